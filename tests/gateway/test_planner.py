"""Paths through the media: the best one, the only one, none."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content import Kind
from gateway.errors import MissingPartError
from gateway.planner import Goal, NoPathError, Plan, find, foresee, goals, table
from gateway.transform import Transform, Wishes


def never_run(content, wishes, work):
    raise AssertionError("planning carries nothing out")


def edge(name, source, target, cost=1.0, loss=0.01, *, delivers=False, missing=""):
    return Transform(
        name, source, target, cost, loss, never_run, delivers=delivers, missing=lambda: missing
    )


RECOGNIZE = edge("recognize", Kind.VOICE, Kind.TEXT, cost=15, loss=0.05)
SPEAK = edge("speak", Kind.TEXT, Kind.VOICE, cost=1, loss=0.01)
EXTRACT = edge("extract", Kind.EMAIL, Kind.TEXT, cost=0.1, loss=0.01)
COMPOSE = edge("compose", Kind.TEXT, Kind.EMAIL, cost=0.1, loss=0.0)
RENDER = edge("render", Kind.TEXT, Kind.FAX, cost=0.3, loss=0.01)
READ = edge("read", Kind.FAX, Kind.TEXT, cost=2, loss=0.02)
SEGMENT = edge("segment", Kind.TEXT, Kind.SMS, cost=0.01, loss=0.1)
RECODE = edge("recode", Kind.VOICE, Kind.VOICE, cost=0.5, loss=0.0)
MAIL = edge("mail", Kind.EMAIL, Kind.EMAIL, cost=0.1, loss=0.0, delivers=True)
SEND_FAX = edge("fax", Kind.FAX, Kind.FAX, cost=40, loss=0.0, delivers=True)
ALL = (RECOGNIZE, SPEAK, EXTRACT, COMPOSE, RENDER, READ, SEGMENT, RECODE, MAIL, SEND_FAX)


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan]


@pytest.mark.parametrize(
    ("start", "goal", "path"),
    [
        (Kind.TEXT, Goal(Kind.VOICE), "speak"),
        (Kind.EMAIL, Goal(Kind.VOICE), "extract speak"),
        (Kind.FAX, Goal(Kind.EMAIL), "read compose"),
        (Kind.VOICE, Goal(Kind.SMS), "recognize segment"),
        (Kind.VOICE, Goal(Kind.VOICE), "recode"),
        (Kind.VOICE, Goal(Kind.FAX, delivered=True), "recognize render fax"),
        (Kind.EMAIL, Goal(Kind.EMAIL, delivered=True), "mail"),
    ],
)
def test_paths_are_found(start, goal, path):
    assert names(find(ALL, start, goal)) == path.split()


def test_what_loses_less_wins_even_if_it_costs_more():
    direct = edge("attach", Kind.FAX, Kind.EMAIL, cost=99, loss=0.0)
    assert names(find((*ALL, direct), Kind.FAX, Goal(Kind.EMAIL))) == ["attach"]


def test_of_equally_good_ones_the_cheaper_wins_and_of_equals_always_the_same():
    def roads(first, second):
        return [
            edge("quick", Kind.TEXT, Kind.SMS, cost=first),
            edge("brisk", Kind.TEXT, Kind.SMS, cost=second),
        ]

    assert names(find(roads(1, 2), Kind.TEXT, Goal(Kind.SMS))) == ["quick"]
    assert names(find(roads(2, 1), Kind.TEXT, Goal(Kind.SMS))) == ["brisk"]
    for order in (roads(1, 1), roads(1, 1)[::-1]):
        assert names(find(order, Kind.TEXT, Goal(Kind.SMS))) == ["brisk"]


def test_many_small_losses_count_as_one_large_one():
    better = [
        edge("a", Kind.TEXT, Kind.VOICE, loss=0.1),
        edge("b", Kind.VOICE, Kind.FAX, loss=0.1),
        edge("direct", Kind.TEXT, Kind.FAX, loss=0.2),
    ]
    assert names(find(better, Kind.TEXT, Goal(Kind.FAX))) == ["a", "b"]  # .81 is left, not .8


def test_what_has_to_be_installed_is_taken_only_if_nothing_else_leads_there():
    perfect = edge("perfect", Kind.TEXT, Kind.FAX, cost=0, loss=0, missing="package perfection")
    assert names(find((perfect, RENDER), Kind.TEXT, Goal(Kind.FAX))) == ["render"]
    with pytest.raises(MissingPartError, match=r"perfect → compose.* needs: package perfection"):
        find(
            (perfect, edge("compose", Kind.FAX, Kind.EMAIL)),
            Kind.TEXT,
            Goal(Kind.EMAIL),
        )


def test_a_foreseen_plan_tells_what_it_needs():
    plan = foresee(
        [edge("read", Kind.FAX, Kind.TEXT, missing="tesseract")], Kind.FAX, Goal(Kind.TEXT)
    )
    assert plan.missing() == ("tesseract",)
    assert "needs: tesseract" in plan.explain()


@pytest.mark.parametrize(
    ("start", "goal"),
    [
        (Kind.SMS, Goal(Kind.TEXT)),  # no transform leaves it
        (Kind.TEXT, Goal(Kind.TEXT)),  # it is one
        (Kind.TEXT, Goal(Kind.SMS, delivered=True)),  # nothing sends it
    ],
)
def test_where_nothing_leads(start, goal):
    with pytest.raises(NoPathError, match="nothing here leads from"):
        find(ALL, start, goal)


def test_nothing_comes_after_a_delivery():
    only_through_a_delivery = [
        edge("mail", Kind.TEXT, Kind.EMAIL, delivers=True),
        edge("extract", Kind.EMAIL, Kind.VOICE),
    ]
    with pytest.raises(NoPathError):
        find(only_through_a_delivery, Kind.TEXT, Goal(Kind.VOICE))


def test_it_explains_itself():
    text = find(ALL, Kind.EMAIL, Goal(Kind.VOICE)).explain()
    assert text.splitlines() == [
        "e-mail → voice: 2 steps, about 1.1 s of CPU time, loss 2 %",
        "  1. extract    e-mail → text                 0.1 s  loss 1 %",
        "  2. speak      text → voice                    1 s  loss 1 %",
    ]


def test_the_table_has_all_pairs():
    routes = table(ALL)
    assert [str(goal) for goal in goals(ALL)] == [
        *("text", "voice", "e-mail", "fax", "SMS"),
        *("e-mail, delivered", "fax, delivered"),
    ]
    assert len(routes) == 5 * 7
    found = {(route.start, str(route.goal)): route.plan for route in routes}
    assert found[Kind.SMS, "text"] is None
    to_fax = found[Kind.VOICE, "fax, delivered"]
    assert to_fax is not None
    assert names(to_fax) == ["recognize", "render", "fax"]


def test_only_what_makes_the_result_is_told_its_media_type():
    wishes = Wishes(media_type="image/tiff", language="de")
    plan = find(ALL, Kind.VOICE, Goal(Kind.FAX))
    assert [plan.wishes_for(index, wishes).media_type for index in range(2)] == [None, "image/tiff"]
    sent = find(ALL, Kind.VOICE, Goal(Kind.FAX, delivered=True))
    told = [sent.wishes_for(index, wishes) for index in range(3)]
    assert [one.media_type for one in told] == [None, "image/tiff", "image/tiff"]
    assert {one.language for one in told} == {"de"}


kinds = st.sampled_from(list(Kind))
graphs = st.lists(
    st.builds(
        edge,
        st.sampled_from("abcdefgh"),
        kinds,
        kinds,
        cost=st.sampled_from([0.0, 0.1, 0.2, 0.3, 7.0]),
        loss=st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0]),
        delivers=st.booleans(),
        missing=st.sampled_from(["", "", "", "something"]),
    ),
    max_size=12,
)


def all_paths(transforms, start, goal):
    """By trying everything: every path that comes to no node twice."""
    if goal == Goal(start):
        return [(t,) for t in transforms if t.source == t.target == start and not t.delivers]
    paths, growing = [], [((), (Goal(start),))]
    while growing:
        path, nodes = growing.pop()
        for step in transforms:
            node = Goal(step.target, step.delivers)
            if Goal(step.source) == nodes[-1] and node not in nodes:
                grown = ((*path, step), (*nodes, node))
                if node == goal:
                    paths.append(grown[0])
                else:
                    growing.append(grown)
    return paths


def kept(path):
    return math.prod(1 - step.loss for step in path)


@given(graphs, kinds, kinds, st.booleans())
def test_no_other_path_is_better(transforms, start, target, delivered):
    goal = Goal(target, delivered)
    paths = all_paths(transforms, start, goal)
    if not paths:
        with pytest.raises(NoPathError):
            foresee(transforms, start, goal)
        return
    plan = foresee(transforms, start, goal)
    assert plan.steps in paths
    best_missing = min(sum(bool(step.missing()) for step in path) for path in paths)
    assert len(plan.missing()) == best_missing
    rivals = [path for path in paths if sum(bool(step.missing()) for step in path) == best_missing]
    assert kept(plan) >= max(map(kept, rivals)) - 1e-9
    as_good = [path for path in rivals if kept(path) > 0 and abs(kept(path) - kept(plan)) < 1e-12]
    assert all(plan.cost <= sum(step.cost for step in path) + 1e-6 for path in as_good)


@given(graphs, kinds, kinds, st.booleans(), st.randoms(use_true_random=False))
def test_a_path_is_a_path(transforms, start, target, delivered, chance: random.Random):
    goal = Goal(target, delivered)
    try:
        plan = foresee(transforms, start, goal)
    except NoPathError:
        return
    assert plan.steps[0].source == start
    last = plan.steps[-1]
    assert Goal(last.target, last.delivers) == goal
    for one, next_one in itertools.pairwise(plan):
        assert one.target == next_one.source
        assert not one.delivers
    shuffled = list(transforms)
    chance.shuffle(shuffled)
    again = foresee(shuffled, start, goal)
    assert (again.loss, names(again)) == (plan.loss, names(plan))
    assert again.cost == pytest.approx(plan.cost)

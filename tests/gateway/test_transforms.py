"""All parts together: every named conversion has its path, and it is a sensible one."""

from __future__ import annotations

import pytest

from gateway.config import GatewaySettings
from gateway.content import Kind
from gateway.planner import Goal, foresee, table
from gateway.transcripts import recognize
from gateway.transforms import assemble


@pytest.fixture(scope="module")
def transforms():
    return assemble(GatewaySettings())


@pytest.mark.parametrize(
    ("start", "goal", "path"),
    [
        ("text", "voice", "speak"),
        ("text", "email", "compose"),
        ("text", "fax", "render"),
        ("text", "sms", "segment"),
        ("voice", "text", "recognize"),
        ("voice", "email", "compose"),  # with the audio, not its text alone
        ("voice", "fax", "recognize render"),
        ("voice", "sms", "recognize segment"),
        ("email", "text", "extract"),
        ("email", "voice", "extract speak"),
        ("email", "fax", "print"),  # with its attachments
        ("email", "sms", "extract segment"),
        ("fax", "text", "read"),
        ("fax", "voice", "read speak"),
        ("fax", "email", "compose"),  # with the pages
        ("fax", "sms", "read segment"),
        ("fax", "fax", "redraw"),
        ("sms", "text", "join"),
        ("sms", "voice", "join speak"),
        ("sms", "email", "join compose"),
        ("sms", "fax", "join render"),
    ],
)
def test_paths(transforms, start, goal, path):
    plan = foresee(transforms, Kind(start), Goal(Kind(goal)))
    assert [step.name for step in plan] == path.split()


@pytest.mark.parametrize("medium", ["email", "fax", "sms"])
def test_everything_can_be_sent(transforms, medium):
    for start in Kind:
        plan = foresee(transforms, start, Goal(Kind(medium), delivered=True))
        assert [step.delivers for step in plan] == [False] * (len(plan) - 1) + [True]


def test_every_kind_becomes_every_other(transforms):
    for route in table(transforms):
        assert route.plan is not None or route.goal == Goal(route.start)


def test_no_two_steps_are_the_same(transforms):
    edges = [(step.name, step.source, step.target) for step in transforms]
    assert len(edges) == len(set(edges))
    assert all(0 <= step.loss < 1 and step.cost > 0 for step in transforms)


def test_a_model_is_loaded_once_for_all(monkeypatch):
    made = []
    monkeypatch.setattr(recognize, "Ears", lambda settings: made.append(settings) or Silent())
    assemble(GatewaySettings())
    assert len(made) == 1


class Silent:
    """Stands for the models."""

    def missing(self) -> str:
        return ""

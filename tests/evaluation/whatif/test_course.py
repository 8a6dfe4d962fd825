"""A call conducted again: by its own policy the same, by another what really comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.whatif.course import Course, acts_of, conducted, same
from tests.conversation.stage import Stage
from tests.evaluation.whatif.calls import ADAPTIVE, Said, kept, played
from voicebot.conversation.events import Digit, ExpertJoined, ExpertLeft, Handoff, Reply
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience

FIXED = Policy(silence=0.7)


def talk(draw: st.DrawFn) -> list[Said]:
    """Somebody who says something now and then, with pauses of all lengths."""
    at, said = draw(st.floats(1.0, 6.0)), []
    for number in range(draw(st.integers(1, 6))):
        seconds = draw(st.floats(0.2, 2.5))
        said.append((at, seconds, draw(st.sampled_from(["yes", f"word number {number} then", ""]))))
        at += seconds + draw(st.sampled_from([0.25, 0.4, 0.6, 0.9, 3.0, 5.0]))
    return said


TALK = st.composite(talk)()


@settings(max_examples=40)
@given(TALK, st.sampled_from([ADAPTIVE, FIXED]))
def test_by_its_own_policy_a_call_is_what_it_was(said: list[Said], policy: Policy) -> None:
    journal = kept(played(said, policy))
    course = conducted(journal, policy)
    then = acts_of(journal.steps)
    assert course.divergence is None
    assert [act.kind for act in course.acts] == [act.kind for act in then]
    assert [act.at for act in course.acts] == pytest.approx([act.at for act in then], abs=1e-6)


def asked(course: Course | Stage) -> list[tuple[str, float]]:
    """The turns of words: what they were, and the silence before them."""
    acts = course.acts if isinstance(course, Course) else acts_of(course.steps)
    return [(a.what, round(a.at - a.paused, 3)) for a in acts if a.kind == "ask" and a.paused]


@settings(max_examples=60)
@given(TALK, st.floats(0.4, 2.5))
def test_the_turns_told_are_those_of_a_call_with_the_other_policy(
    said: list[Said], scale: float
) -> None:
    """The caller of the stage keeps to set times, whatever the bot does, as long as the turns are
    told at all they must be those that the machine takes when it is really called so."""
    other = replace(ADAPTIVE, patience=Patience(scale=scale))
    course = conducted(kept(played(said)), other)
    really = asked(played(said, other))
    told = asked(course)
    if course.divergence is None:
        assert told == really
    else:
        assert told == really[: len(told)]


def test_secrets_are_masked_and_the_course_is_the_same() -> None:
    stage = Stage(
        answer=lambda turn, said: Reply(turn, ("All right.",)), policy=ADAPTIVE, hint=0.9
    ).start()
    stage.speak(4.0, 1.0, "balance")
    for number, digit in enumerate("4821#"):
        stage.plan(9.0 + number * 0.2, Digit(digit))
    stage.run(20.0)
    assert conducted(kept(stage), ADAPTIVE).divergence is None


def test_a_call_with_an_expert() -> None:
    stage = Stage(
        answer=lambda turn, said: (
            Reply(turn, ("One moment.",), handoff=Handoff("asked"))
            if said == "a person"
            else Reply(turn, ("Hello.",))
        ),
        policy=ADAPTIVE,
        hint=0.9,
    ).start()
    stage.speak(4.0, 1.0, "a person")
    stage.plan(8.0, ExpertJoined("anna", "Anna"))
    stage.plan(20.0, ExpertLeft("anna", "ended"))
    stage.run(30.0)
    journal = kept(stage)
    assert conducted(journal, ADAPTIVE).divergence is None
    patient = conducted(journal, replace(ADAPTIVE, patience=Patience(scale=1.5)))
    assert patient.divergence is None
    assert patient.acts[-1].at > acts_of(journal.steps)[-1].at


def test_what_follows_an_answer_comes_as_much_later_as_the_answer() -> None:
    said = [(4.0, 1.0, "one two three"), (9.0, 1.0, "four five six")]
    journal = kept(played(said))
    course = conducted(journal, replace(ADAPTIVE, patience=None, silence=1.2))
    asks = [act for act in course.acts if act.kind == "ask"]
    then = [act for act in acts_of(journal.steps) if act.kind == "ask"]
    later = [now.at - before.at for now, before in zip(asks, then, strict=True)]
    assert course.divergence is None
    assert later[0] > 0.3
    assert later[1] == pytest.approx(2 * later[0], abs=0.01)


def test_a_turn_that_is_never_taken_ends_the_course() -> None:
    journal = kept(played([(4.0, 1.0, "hello there you"), (5.5, 1.0, "and more of it")]))
    course = conducted(journal, replace(ADAPTIVE, patience=None, silence=50.0))
    assert course.divergence is not None
    assert course.divergence.now is None


def test_masked_words_are_compared_masked() -> None:
    then, now = (acts_of(kept(played([(4.0, 1.0, "one two three")])).steps)[-1] for _ in range(2))
    assert same(then, now)
    assert same(replace(then, what="•••• ••"), replace(now, what="four tw"))
    assert not same(replace(then, what="•••"), replace(now, what="four"))
    assert not same(then, replace(now, kind="ring"))

"""Answers prepared before the turn is over, in virtual time."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conversation.stage import NOTICE, Stage
from voicebot.conversation import commands as do
from voicebot.conversation import journal
from voicebot.conversation.commands import Command
from voicebot.conversation.events import (
    DialoguePrepared,
    Digit,
    Expectation,
    Handoff,
    Party,
    RecognitionFailed,
    Reply,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience

AHEAD = Policy(patience=Patience(), foresight=True)
ORDER = "I'd like to know what my balance is today"
ANSWER = "You have $4.20. Can I do anything else for you?"
SPECULATIVE = (do.PrepareDialogue, do.RenderAhead)


def bank(turn: int, said: str) -> Reply:
    if "pin" in said:
        expects = Expectation("digits", 4, sensitive=True)
        return Reply(turn, ("Your PIN?",), expects=expects)
    if "person" in said:
        return Reply(turn, ("One moment.",), handoff=Handoff("asked"))
    return Reply(turn, (ANSWER,), rate=0.8)


def stage(policy: Policy = AHEAD, hint: float | None = 0.1, recognition: float = 0.1) -> Stage:
    on = Stage(bank, policy, recognition_seconds=recognition, hint=hint).start()
    on.run(4.9)
    return on


def test_the_answer_is_prepared_and_its_beginning_rendered_before_the_turn_is_over() -> None:
    on = stage()
    on.speak(5.0, 1.0, ORDER)
    on.run(8.0)
    assert on.all(do.PrepareDialogue) == [do.PrepareDialogue(1, ORDER, 0.9)]
    assert on.all(do.RenderAhead) == [do.RenderAhead("You have $4.20.", 0.8)]
    (asked,) = on.when(do.AskDialogue)
    assert on.when(do.PrepareDialogue) == [pytest.approx(6.0 + NOTICE + 0.1)]
    assert on.when(do.RenderAhead)[0] < asked
    said_first = next(c for at, c in on.done if at > asked and isinstance(c, do.Say))
    assert (said_first.text, said_first.rate) == ("You have $4.20.", 0.8)
    said = on.all(do.AskDialogue)[0]
    prepared = on.all(do.PrepareDialogue)[0]
    assert (said.text, said.confidence, said.alternatives) == (
        prepared.text,
        prepared.confidence,
        prepared.alternatives,
    )


def test_a_turn_that_is_over_with_its_words_is_not_prepared() -> None:
    on = stage(hint=0.99)
    on.speak(5.0, 1.0, ORDER)
    on.run(8.0)
    assert len(on.all(do.AskDialogue)) == 1
    assert on.all(do.PrepareDialogue) == []


def test_who_goes_on_hears_nothing_of_what_was_prepared() -> None:
    on = stage()
    on.dialogue_seconds = 0.4  # the answer comes when the caller speaks again
    on.speak(5.0, 1.0, "I want to")
    on.speak(6.5, 1.0, "I want to speak about my balance")
    on.run(12.0)
    assert on.all(do.PrepareDialogue)[0].text == "I want to"
    assert [c.text for c in on.all(do.AskDialogue)] == ["I want to speak about my balance"]
    assert all(at > 7.5 for at in on.when(do.RenderAhead))


def test_an_answer_to_something_else_is_passed_over() -> None:
    on = stage()
    on.speak(5.0, 1.0, ORDER)
    on.run(6.0 + NOTICE + 0.11)
    on.feed(DialoguePrepared(7, ("Old.",)))
    on.feed(DialoguePrepared(1, ()))
    assert on.all(do.RenderAhead) == []
    on.run(8.0)
    on.feed(DialoguePrepared(1, ("Late.",)))
    assert "Late." not in [c.text for c in on.all(do.RenderAhead)]


def test_without_words_there_is_nothing_to_prepare() -> None:
    on = stage()
    on.speak(5.0, 1.0, "")
    on.speak(8.0, 1.0, "hello")
    on.run(9.0 + NOTICE + 0.01)
    on.feed(RecognitionFailed(2, "busy"))
    on.run(20.0)
    assert on.all(do.PrepareDialogue) == []


def test_keys_are_not_overtaken() -> None:
    on = stage()
    on.speak(1.0, 1.0, "my pin")
    on.run(4.9)
    before = len(on.all(do.PrepareDialogue))
    on.plan(5.5, Digit("4"))
    on.speak(5.0, 1.0, ORDER)
    on.run(7.0)
    assert len(on.all(do.PrepareDialogue)) == before


def test_only_the_bots_own_conversation_is_prepared() -> None:
    on = stage()
    on.speak(5.0, 1.0, "a person please")
    on.run(9.0)
    before = len(on.all(do.PrepareDialogue))
    assert on.all(do.RingSeat)
    on.speak(10.0, 1.0, "are you still there")
    on.run(15.0)
    assert len(on.all(do.PrepareDialogue)) == before


def test_it_is_off_unless_wanted() -> None:
    on = stage(replace(AHEAD, foresight=False))
    on.speak(5.0, 1.0, ORDER)
    on.run(8.0)
    assert not [command for _, command in on.done if isinstance(command, SPECULATIVE)]


def test_a_secret_is_masked_in_the_journal_of_its_preparation() -> None:
    on = stage()
    on.speak(5.0, 1.0, "my pin please")
    on.run(9.0)
    on.speak(10.0, 1.0, "it is 482")
    on.run(14.0)
    assert "482" in on.all(do.PrepareDialogue)[-1].text
    lines = "".join(journal.step_lines(step, sensitive=step.now > 9.0) for step in on.steps)
    assert "482" not in lines


texts = st.sampled_from(["", "yes", "I want to", ORDER, "my pin", "a person", "4 8 2"])
gaps = st.floats(0.3, 4.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(gaps, st.floats(0.2, 2.0), texts), max_size=6),
    st.sampled_from([None, 0.1, 0.6, 0.99]),
    st.floats(0.05, 1.5),
)
def test_a_call_takes_the_same_course_with_and_without(
    speech: list[tuple[float, float, str]], hint: float | None, recognition: float
) -> None:
    courses: list[list[tuple[float, Command]]] = []
    for foresight in (True, False):
        on = stage(replace(AHEAD, foresight=foresight), hint, recognition)
        at = 5.0
        for gap, seconds, text in speech:
            on.speak(round(at + gap, 2), round(seconds, 2), text)
            at = round(at + gap, 2) + round(seconds, 2)
        on.run(at + 30.0)
        courses.append([(t, c) for t, c in on.done if not isinstance(c, SPECULATIVE)])
        lines = [journal.header_line(on.policy)]
        lines += [journal.step_lines(step, sensitive=False) for step in on.steps]
        kept = journal.read(line + "\n" for line in "".join(lines).splitlines())
        assert all(step.commands == again for step, again in journal.replay(kept))
        assert json.loads(lines[0])["policy"]["foresight"] is foresight
    assert courses[0] == courses[1]
    assert all(c.party is Party.CALLER for _, c in courses[0] if isinstance(c, do.Transcribe))

"""Turns of a call that end when they seem complete, in virtual time."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conversation.stage import NOTICE, Stage
from voicebot.conversation import commands as do
from voicebot.conversation import journal
from voicebot.conversation.events import (
    Expectation,
    RecognitionFailed,
    Reply,
    SpeechStarted,
    TurnHint,
)
from voicebot.conversation.policy import Policy, policy_of
from voicebot.conversation.turns import Patience

PATIENT = Policy(patience=Patience())
ORDER = "I'd like to know what my balance is today"


def bank(turn: int, said: str) -> Reply:
    if "card" in said:
        return Reply(turn, ("The last four digits?",), expects=Expectation("digits", 4))
    if "pin" in said:
        expects = Expectation("digits", 4, sensitive=True)
        return Reply(turn, ("Your PIN?",), expects=expects)
    return Reply(turn, ("All right.",))


def stage(hint: float | None = None, recognition: float = 0.1, policy: Policy = PATIENT) -> Stage:
    return Stage(bank, policy, recognition_seconds=recognition, hint=hint).start()


def decided(on: Stage) -> list[float]:
    """How long after 6.0 s each turn was asked."""
    return [round(at - 6.0, 3) for at in on.when(do.AskDialogue)]


def test_a_complete_turn_is_over_as_soon_as_its_words_are_known() -> None:
    sure = stage(hint=0.98)
    sure.speak(5.0, 1.0, ORDER)
    sure.run(10.0)
    assert decided(sure) == [pytest.approx(NOTICE + 0.1)]
    assert [c.attempt for c in sure.all(do.JudgeTurn)] == [1]


def test_a_goodbye_behind_a_polite_no_is_waited_for() -> None:
    on = stage(hint=0.98)
    on.speak(5.0, 1.0, "No, thank you.")
    on.speak(6.5, 0.6, "No, thank you. Goodbye.")
    on.run(10.0)
    assert [asked.text for asked in on.all(do.AskDialogue)] == ["No, thank you. Goodbye."]
    alone = stage(hint=0.98)
    alone.speak(5.0, 1.0, "No, thank you.")
    alone.run(10.0)
    assert decided(alone) == [pytest.approx(0.6)]


def test_words_that_come_late_are_waited_for() -> None:
    slow = stage(hint=0.98, recognition=1.2)
    slow.speak(5.0, 1.0, ORDER)
    slow.run(10.0)
    assert decided(slow) == [pytest.approx(NOTICE + 1.2)]


def test_a_hint_that_comes_last_shortens_the_wait() -> None:
    late = stage()
    late.speak(5.0, 1.0, ORDER)
    late.run(6.0 + NOTICE + 0.11)
    assert decided(late) == []
    late.feed(TurnHint(1, 0.99))
    assert decided(late) == [pytest.approx(NOTICE + 0.11)]


def test_a_hint_of_what_was_said_before_is_passed_over() -> None:
    on = stage()
    on.speak(5.0, 1.0, ORDER)
    on.run(6.0 + NOTICE + 0.11)
    on.feed(TurnHint(0, 0.99))
    on.feed(TurnHint(7, 0.99))
    assert decided(on) == []
    on.run(10.0)
    assert len(decided(on)) == 1


def test_a_phrase_left_hanging_is_given_time() -> None:
    on = stage(hint=0.1)
    on.speak(5.0, 1.0, "I want to transfer two hundred and")
    on.run(10.0)
    assert decided(on) == [pytest.approx(Patience().hanging.doubt)]


def test_who_goes_on_is_not_cut_off_and_recognition_is_called_back() -> None:
    on = stage(hint=0.1, recognition=0.6)
    on.speak(5.0, 1.0, "I want to")
    on.speak(6.5, 1.0, ORDER)
    on.run(12.0)
    assert [c.text for c in on.all(do.AskDialogue)] == [ORDER]
    assert [c.attempt for c in on.all(do.CancelTranscribe)] == [1]
    assert len(on.all(do.Transcribe)) == 2


def test_nothing_is_called_back_that_has_been_answered() -> None:
    on = stage(hint=0.1)
    on.speak(5.0, 1.0, "I want to")
    on.speak(6.5, 1.0, ORDER)
    on.run(12.0)
    assert on.all(do.CancelTranscribe) == []


@pytest.mark.parametrize(
    ("said", "wait"), [("4 8 2 1", 0.4), ("4 8 2", Patience().unfinished.doubt)]
)
def test_digits_that_are_asked_for_are_counted(said: str, wait: float) -> None:
    on = stage(hint=0.1)
    on.speak(1.0, 0.8, "it is about my card")
    on.speak(5.0, 1.0, said)
    on.run(10.0)
    assert on.all(do.AskDialogue)[-1] == do.AskDialogue(3, said, 0.9)
    assert decided(on)[-1] == pytest.approx(wait, abs=0.11)


def test_a_failing_recognizer_leaves_a_turn_without_words() -> None:
    on = stage(recognition=60.0)
    on.speak(5.0, 1.0, ORDER)
    on.run(6.5)
    on.feed(RecognitionFailed(1, "busy"))
    on.run(9.0)
    assert [c.name for c in on.all(do.TellDialogue)] == ["start", "not_understood"]


def test_a_recognizer_that_never_answers_does_not_hold_the_turn() -> None:
    on = stage(recognition=600.0)
    on.speak(5.0, 1.0, ORDER)
    limit = 6.0 + Patience().ceiling + PATIENT.recognition + 0.1
    on.run(limit)
    assert [c.name for c in on.all(do.TellDialogue)] == ["start", "not_understood"]


def test_without_the_model_words_and_silence_decide() -> None:
    deaf = stage(policy=replace(PATIENT, patience=Patience(semantic=False)))
    deaf.speak(5.0, 1.0, ORDER)
    deaf.run(10.0)
    assert deaf.all(do.JudgeTurn) == []
    assert decided(deaf)[0] < Policy().silence


def test_a_fixed_silence_is_still_a_policy() -> None:
    on = stage(policy=Policy(silence=0.9))
    on.speak(5.0, 1.0, ORDER)
    on.run(10.0)
    assert decided(on) == [pytest.approx(0.9)]
    assert on.all(do.JudgeTurn) == []


@given(
    st.sampled_from(["", ORDER, "and", "4 8 2", "yes", "A B", "card", "pin"]),
    st.none() | st.floats(0, 1),
    st.floats(0.01, 20.0),
)
@settings(max_examples=100, deadline=None)
def test_every_utterance_ends_within_the_ceiling_and_recognition(
    said: str, hint: float | None, recognition: float
) -> None:
    on = stage(hint, recognition)
    on.speak(5.0, 1.0, said)
    words_known = min(NOTICE + recognition, Patience().ceiling + PATIENT.recognition)
    on.run(6.0 + max(Patience().ceiling, words_known) + 0.01)
    utterance = on.machine.handle(SpeechStarted(on.now + 1.0), on.now + 1.0)
    assert do.SetTimer("longest:caller", on.now + 1.0 + PATIENT.longest) in utterance


# ── the journal ───────────────────────────────────────────────────────────────────────────────


def test_a_secret_answer_replays_from_its_masked_journal() -> None:
    on = stage(hint=0.5)
    on.speak(1.0, 1.0, "it is about my pin")
    on.speak(6.0, 1.0, "four eight two one")
    sensitive, lines = False, [journal.header_line(PATIENT)]
    on.run(12.0)
    replayed = stage()
    for step in on.steps:
        lines.append(journal.step_lines(step, sensitive=sensitive))
        replayed.machine.handle(step.event, step.now)
        sensitive = sensitive or replayed.machine.sensitive
    assert "four" not in "".join(lines)
    for step, commands in journal.replay(journal.read("".join(lines).splitlines(keepends=True))):
        timers = [c for c in step.commands if isinstance(c, do.SetTimer)]
        assert [c for c in commands if isinstance(c, do.SetTimer)] == timers


def test_a_policy_survives_being_kept() -> None:
    policy = replace(PATIENT, patience=Patience(scale=1.3, semantic=False), silence=0.4)
    assert policy_of(json.loads(json.dumps(asdict(policy)))) == policy


def test_older_calls_did_not_wait_for_a_goodbye() -> None:
    kept = json.loads(json.dumps(asdict(PATIENT)))
    del kept["patience"]["declined"]
    older = policy_of(kept)
    assert older.patience == replace(PATIENT.patience, declined=None)
    on = stage(hint=0.98, policy=older)
    on.speak(5.0, 1.0, "No, thank you.")
    on.run(10.0)
    assert decided(on) == [pytest.approx(NOTICE + 0.1)]


def test_older_calls_had_no_patience() -> None:
    assert policy_of({"silence": 0.7}).patience is None
    kept = journal.read(['{"policy": {"silence": 0.5}}\n'])
    assert kept.policy == Policy(silence=0.5)


@pytest.mark.parametrize(
    "policy",
    [{"silense": 1}, {"patience": {"word": 1}}, {"patience": {"words": {"sure": 1, "dout": 1}}}],
)
def test_an_unknown_number_is_named(policy: dict[str, object]) -> None:
    with pytest.raises(journal.JournalError, match=r"line 1 .* which this version does not know"):
        journal.read([json.dumps({"policy": policy}) + "\n"])

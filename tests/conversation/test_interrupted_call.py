"""Sounds over the bot's voice on a stage with virtual time: it pauses, and goes on or not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation import journal
from voicebot.conversation.events import (
    Digit,
    Expectation,
    Handoff,
    MarkEchoed,
    Party,
    PieceSent,
    PieceStarted,
    RecognitionFailed,
    Reply,
    SpeechStarted,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import State

BALANCE = "You have twelve hundred dollars in checking and some more in your savings account."
QUESTION = "I can block the card for you. Do you want me to block the card right now?"


def bank(turn: int, said: str) -> Reply | None:
    match said:
        case "/start":
            return Reply(turn, ("Welcome.",))
        case "card":
            return Reply(turn, (QUESTION,), expects=Expectation("yes_no"))
        case "person":
            return Reply(turn, ("Let me find somebody.",), handoff=Handoff("asked"))
        case "bye":
            return Reply(turn, ("Goodbye then, and thank you.",), end=True)
        case "slow":
            return None
    return Reply(turn, (BALANCE, "Anything else?"))


@pytest.fixture
def stage() -> Stage:
    """The bot begins to tell the balance at 5.77 s, for about seven seconds."""
    stage = Stage(bank).start()
    stage.speak(4.0, 1.0, "balance")
    return stage


def bot_lines(stage: Stage) -> list[do.RecordTurn]:
    return [line for line in stage.lines().values() if line.party is Party.BOT]


def asked(stage: Stage) -> list[str]:
    return [c.text for c in stage.all(do.AskDialogue)]


def test_mm_hmm_pauses_the_bot_which_goes_on_where_it_was(stage: Stage) -> None:
    stage.speak(8.0, 0.4, "Mm-hmm.")
    stage.run(8.2)
    assert stage.when(do.ClearAudio) == [pytest.approx(8.1)]
    assert stage.machine.state is State.OVERLAP
    so_far = bot_lines(stage)[-1]
    assert so_far.heard is not None
    assert BALANCE.startswith(so_far.heard)
    assert len(so_far.heard) > 20
    stage.run(20.0)
    assert asked(stage) == ["balance"]
    assert len(stage.all(do.ClearAudio)) == 1
    assert [(line.text, line.heard) for line in bot_lines(stage)][1:] == [
        (f"{BALANCE} Anything else?", None)
    ]
    again = [c for c in stage.all(do.Say) if c.resumes]
    position = 8.1 - stage.line[1].begins
    assert again[0].text == stage.line[1].text
    assert again[0].since == pytest.approx(position - stage.policy.rewind)
    assert again[0].resumes == stage.line[1].piece
    assert [c.since for c in again[1:]] == [0.0] * len(again[1:])


def test_the_pause_is_as_long_as_the_sound_its_notice_and_its_recognition(stage: Stage) -> None:
    stage.speak(8.0, 0.4, "Mm-hmm.")
    stage.run(20.0)
    resumed = next(at for at, c in stage.done if isinstance(c, do.Say) and c.resumes)
    assert resumed == pytest.approx(8.4 + 0.2 + stage.recognition_seconds)


def test_a_click_does_not_wait_for_recognition(stage: Stage) -> None:
    stage.speak(8.0, 0.06, "whatever")
    stage.run(20.0)
    resumed = next(at for at, c in stage.done if isinstance(c, do.Say) and c.resumes)
    assert resumed == pytest.approx(8.06 + 0.2 + stage.policy.settle)
    assert len(stage.all(do.Transcribe)) == 1
    assert bot_lines(stage)[-1].heard is None


def test_a_click_before_speech_does_not_make_it_go_on(stage: Stage) -> None:
    stage.speak(8.0, 0.06, "")
    stage.speak(8.2, 1.0, "my card was stolen")
    stage.run(11.0)
    assert not [c for c in stage.all(do.Say) if c.resumes]
    assert asked(stage)[-1] == "my card was stolen"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.3, "Stop."), (0.4, "No."), (1.5, "my card was stolen"), (0.5, "Agent")]
)
def test_words_stop_the_bot_for_good(stage: Stage, seconds: float, text: str) -> None:
    stage.speak(8.0, seconds, text)
    stage.run(8.0 + seconds + stage.policy.silence + 0.31)
    assert asked(stage) == ["balance", text]
    assert not [c for c in stage.all(do.Say) if c.resumes]
    cut = bot_lines(stage)[1]
    assert cut.heard
    assert cut.text.startswith(cut.heard)
    assert cut.times["finished"] == pytest.approx(8.1)


def test_a_long_sign_of_listening_is_left_to_its_end(stage: Stage) -> None:
    stage.speak(8.0, 1.4, "Yeah, yeah, I see.")
    stage.run(20.0)
    resumed = next(at for at, c in stage.done if isinstance(c, do.Say) and c.resumes)
    assert resumed == pytest.approx(9.4 + stage.policy.silence)
    assert asked(stage) == ["balance"]


def test_somebody_who_goes_on_after_okay_interrupts(stage: Stage) -> None:
    stage.speak(8.0, 0.3, "Okay.")
    stage.speak(8.6, 1.0, "Okay, and my savings?")
    stage.run(12.0)
    assert asked(stage) == ["balance", "Okay, and my savings?"]


def test_a_second_sound_pauses_again(stage: Stage) -> None:
    stage.speak(7.0, 0.4, "Mm-hmm.")
    stage.speak(9.0, 0.4, "Yeah.")
    stage.run(20.0)
    assert len(stage.all(do.ClearAudio)) == 2
    assert bot_lines(stage)[-1].heard is None
    heard_to = [s.reached for s in stage.line if s.text == stage.line[1].text]
    begun_at = [s.since for s in stage.line if s.text == stage.line[1].text]
    assert begun_at[1:] == [pytest.approx(r - stage.policy.rewind) for r in heard_to[:-1]]


@pytest.mark.parametrize("text", ["Yes.", "okay", "Sure", "Yeah.", "No."])
def test_an_answer_counts_once_its_question_was_heard(text: str) -> None:
    stage = Stage(bank).start()
    stage.speak(4.0, 1.0, "card")
    stage.run(6.5)
    question = next(s for s in stage.line if s.text.startswith("Do you"))
    stage.speak(question.begins + (question.ends - question.begins) * 0.7, 0.3, text)
    stage.run(14.0)
    assert asked(stage) == ["card", text]


def test_an_answer_before_its_question_is_a_sign_of_listening() -> None:
    stage = Stage(bank).start()
    stage.speak(4.0, 1.0, "card")
    stage.speak(6.6, 0.3, "Okay.")
    stage.run(14.0)
    assert asked(stage) == ["card"]
    assert bot_lines(stage)[-1].heard is None


def test_failing_recognition_lets_the_bot_go_on(stage: Stage) -> None:
    stage.speak(8.0, 0.5, "")
    stage.run(7.0)
    stage.recognition_seconds = 1000.0
    stage.run(8.8)
    stage.feed(RecognitionFailed(stage.all(do.Transcribe)[-1].attempt, "busy"))
    assert [c for c in stage.all(do.Say) if c.resumes]


def test_a_voice_over_the_very_end_of_a_line_has_cut_nothing(stage: Stage) -> None:
    stage.run(6.0)
    end = stage.line[-1].ends
    stage.speak(end - 0.15, 1.0, "thanks and my card")
    stage.run(end + 5)
    assert bot_lines(stage)[1].heard is None
    assert asked(stage)[1:] == ["thanks and my card"]


def test_a_key_while_the_bot_is_paused_stops_it(stage: Stage) -> None:
    stage.speak(8.0, 0.4, "Mm-hmm.")
    stage.plan(8.3, Digit("1"))
    stage.run(12.0)
    assert not [c for c in stage.all(do.Say) if c.resumes]
    assert bot_lines(stage)[1].heard


def test_a_mark_that_comes_back_from_a_clear_is_not_taken_for_playing(stage: Stage) -> None:
    stage.run(6.0)
    first = stage.line[1]
    stage.plan(first.ends - 0.02 - 0.2, SpeechStarted(first.ends - 0.3))
    stage.run(first.ends - 0.1)
    stage.feed(MarkEchoed(first.piece))
    stage.run(first.ends + 1)
    assert bot_lines(stage)[-1].heard is not None


def test_without_clear_what_was_sent_ahead_counts_as_heard() -> None:
    heard = []
    for clears in (True, False):
        stage = Stage(bank, Policy(lead=0.7), marks=False, clears=clears).start()
        stage.speak(4.0, 1.0, "balance")
        stage.speak(8.0, 1.5, "no stop")
        stage.run(9.0)
        heard.append(len(bot_lines(stage)[-1].heard or ""))
    assert heard[1] > heard[0]


def test_a_reply_that_hands_over_while_the_bot_is_paused() -> None:
    stage = Stage(bank, dialogue_seconds=2.5).start()
    stage.speak(8.0, 1.0, "person")
    stage.run(11.8)  # the bot says that it needs a moment
    stage.feed(SpeechStarted(11.8))
    stage.run(20.0)
    assert stage.all(do.RingSeat)
    assert "Let me find somebody." in stage.spoken()
    assert stage.heard[-1] == stage.all(do.Say)[-1].piece


# ── whatever happens ──────────────────────────────────────────────────────────────────────────

words = st.sampled_from(
    ["balance", "card", "person", "slow", "", "Mm-hmm.", "Okay.", "yes", "no", "Stop.", "bye"]
)


@st.composite
def callers(draw: st.DrawFn) -> list[tuple[float, float, str]]:
    at, said = 1.0, []
    for gap, seconds, text in draw(
        st.lists(st.tuples(st.floats(0.3, 5.0), st.floats(0.03, 2.5), words), max_size=14)
    ):
        said.append((at + gap, seconds, text))
        at += gap + seconds
    return said


def conversation(
    said: list[tuple[float, float, str]], recognition: float, *, marks: bool, clears: bool
) -> Stage:
    stage = Stage(bank, Policy(call=120.0, transfer=20.0), marks, clears, recognition).start()
    for at, seconds, text in said:
        stage.speak(at, seconds, text)
    return stage.run(400.0)


@given(callers(), st.sampled_from([0.05, 0.3, 1.5]), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_transcript_holds_what_the_line_carried(
    said: list[tuple[float, float, str]], recognition: float, marks: bool, clears: bool
) -> None:
    stage = conversation(said, recognition, marks=marks, clears=clears)
    assert stage.ended
    for line in bot_lines(stage):
        heard = line.text if line.heard is None else line.heard
        assert line.text.startswith(heard)
    _every_word_was_on_the_line(stage)
    _silence_lasts_from_a_clear_to_the_next_command(stage)
    _every_mark_is_accounted_for(stage)


def _every_word_was_on_the_line(stage: Stage) -> None:
    """Characters that the transcript counts as heard, against those that the line carried."""
    reached: dict[tuple[str, int], float] = {}
    root: dict[str, str] = {}
    for command in stage.all(do.Say):
        root[command.piece] = root.get(command.resumes, command.piece)
    for sounding in stage.line:
        key = (sounding.text, list(root).index(root[sounding.piece]))
        reached[key] = max(reached.get(key, 0.0), sounding.reached / sounding.length)
    carried = sum(len(text) * part for (text, _), part in reached.items())
    transcript = sum(
        len(line.text if line.heard is None else line.heard) for line in bot_lines(stage)
    )
    spaces = sum(line.text.count(" ") for line in bot_lines(stage))
    # A tail of 0.15 s may be left out of each piece; words are counted whole.
    assert transcript <= carried + spaces + 3 * len(reached)


def _silence_lasts_from_a_clear_to_the_next_command(stage: Stage) -> None:
    queued: set[str] = set()
    cleared: set[str] = set()
    for step in stage.steps:
        if isinstance(step.event, PieceStarted | PieceSent):
            assert step.event.piece in queued
        for command in step.commands:
            if isinstance(command, do.Say):
                assert command.piece not in cleared
                queued.add(command.piece)
            if isinstance(command, do.ClearAudio):
                cleared |= queued
                queued.clear()


def _every_mark_is_accounted_for(stage: Stage) -> None:
    """Each piece was played, cut, or taken up again under another name; never two of these."""
    said = [c.piece for c in stage.all(do.Say)]
    assert len(said) == len(set(said))
    resumed = [c.resumes for c in stage.all(do.Say) if c.resumes]
    assert len(resumed) == len(set(resumed))
    assert set(resumed) <= set(said)
    assert not set(resumed) & set(stage.heard)
    assert len(stage.heard) == len(set(stage.heard))


@given(callers(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_replay_equals_the_original(said: list[tuple[float, float, str]], marks: bool) -> None:
    stage = conversation(said, 0.3, marks=marks, clears=True)
    lines = [journal.header_line(stage.policy)]
    lines += [journal.step_lines(step, sensitive=False) for step in stage.steps]
    read = journal.read("".join(lines).splitlines(keepends=True))
    for step, commands in journal.replay(read):
        assert step.commands == commands


@given(st.lists(st.floats(0.01, 2.0), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_onsets_alone_never_make_it_speak(gaps: list[float]) -> None:
    stage = Stage(bank).start()
    stage.run(0.3)
    for gap in gaps:
        stage.run(stage.now + gap)
        stage.feed(SpeechStarted(stage.now))
    first = stage.when(do.ClearAudio)
    if first:
        assert not [at for at, c in stage.done if isinstance(c, do.Say) and at > first[0]]

"""What must hold for every call, whatever happens in it and in which order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conversation.account import (
    its_journal_replays,
    nothing_is_spoken_after_a_clear_that_was_queued_before,
    nothing_sounds_after_a_clear,
    turns_are_asked_in_order_one_at_a_time,
)
from tests.conversation.hardship import SAID, Hardship, dialogue
from tests.conversation.stage import NOTICE, Stage
from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    CallerHungUp,
    DialogueFailed,
    Digit,
    Event,
    Expectation,
    ExpertJoined,
    ExpertLeft,
    MarkEchoed,
    NoSeat,
    Party,
    PieceFailed,
    PieceSent,
    PieceStarted,
    RecognitionFailed,
    Reply,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import Phase
from voicebot.conversation.turns import Patience

QUICK = Policy(call=300.0, transfer=30.0)
policies = st.sampled_from(
    [
        QUICK,
        replace(QUICK, patience=Patience()),
        replace(QUICK, patience=Patience(), partial_every=0.8),
    ]
)


def pin_with_figures(turn: int, said: str) -> Reply | None:
    """Asks for the PIN at some length, and knows what it sounds like."""
    if said != "pin":
        return dialogue(turn, said)
    expects = Expectation("digits", 4, sensitive=True, hints=tuple("0123456789"))
    return Reply(turn, ("Thank you. For your safety, please tell me your PIN.",), expects=expects)


words = st.sampled_from(["balance", "pin", "person", "bye", "nothing", "dead", ""])
stretches = st.tuples(st.floats(0.05, 6.0), st.floats(0.1, 40.0), words)


@st.composite
def callers(draw: st.DrawFn) -> list[tuple[float, float, str]]:
    """(start, seconds, text) of what a caller says, one after the other."""
    at, said = 0.5, []
    for gap, seconds, text in draw(st.lists(stretches, max_size=12)):
        at += gap
        said.append((at, seconds, text))
        at += seconds
    return said


@given(
    callers(),
    st.booleans(),
    st.sampled_from([0.05, 0.3, 1.5, 20.0]),
    st.sampled_from([0.02, 0.5, 3.0]),
    st.lists(st.tuples(st.floats(1.0, 60.0), st.sampled_from("0123456789*#")), max_size=6),
    policies,
    st.sampled_from([None, 0.1, 0.9]),
)
@settings(max_examples=150, deadline=None)
def test_every_call_ends_and_every_utterance_with_it(
    said: list[tuple[float, float, str]],
    marks: bool,
    recognition: float,
    thinking: float,
    keys: list[tuple[float, str]],
    policy: Policy,
    hint: float | None,
) -> None:
    stage = Stage(
        dialogue,
        policy,
        marks,
        recognition_seconds=recognition,
        dialogue_seconds=thinking,
        hint=hint,
    ).start()
    for at, seconds, text in said:
        stage.speak(at, seconds, text)
    for at, key in keys:
        stage.plan(at, Digit(key))
    stage.run(1000.0)
    assert stage.ended
    assert len(stage.all(do.CloseRecord)) == 1
    nothing_is_spoken_after_a_clear_that_was_queued_before(stage)
    turns_are_asked_in_order_one_at_a_time(stage)


pieces = st.sampled_from(["0.1", "0.2", "1.3", "2.4", "x"])
times = st.floats(0, 100)
parties = st.sampled_from([Party.CALLER, Party.EXPERT])
timers = st.sampled_from(
    "endpoint:caller longest:caller recognition:expert barge_in no_input digits dialogue filler "
    "playout hold transfer call closing unknown".split()
)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(SpeechStarted, times, parties),
    st.builds(SpeechPaused, times, parties),
    st.builds(Transcript, st.integers(0, 5), words, st.floats(0, 1)),
    st.builds(RecognitionFailed, st.integers(0, 5), st.just("x")),
    st.builds(TurnHint, st.integers(0, 5), st.floats(0, 1)),
    st.integers(0, 6).flatmap(
        lambda turn: words.map(lambda w: dialogue(turn, w) or Reply(turn, ()))
    ),
    st.builds(DialogueFailed, st.integers(0, 6), st.just("x")),
    st.builds(PieceStarted, pieces),
    st.builds(PieceSent, pieces, st.floats(0, 5)),
    st.builds(PieceFailed, pieces, st.just("x")),
    st.builds(MarkEchoed, pieces),
    st.builds(Digit, st.sampled_from("0123456789*#")),
    st.builds(ExpertJoined, st.just("a"), st.just("Anna")),
    st.builds(ExpertLeft, st.sampled_from(["a", "b"]), st.sampled_from(["ended", "lost"])),
    st.builds(NoSeat, st.just("all_busy")),
    st.builds(TimerFired, timers),
)


@given(st.lists(st.tuples(st.floats(0, 2), events), max_size=60), st.booleans(), policies)
@settings(max_examples=200, deadline=None)
def test_replaying_the_journal_gives_the_same_commands(
    happened: list[tuple[float, Event]], masked: bool, policy: Policy
) -> None:
    stage = Stage(policy=policy).start()
    for gap, event in happened:
        stage.now += gap
        stage.feed(event)
    its_journal_replays(stage, masked=masked)


@given(st.lists(events, max_size=40))
@settings(max_examples=100, deadline=None)
def test_an_ended_call_stays_ended(happened: list[Event]) -> None:
    stage = Stage(policy=QUICK).start()
    for event in happened:
        stage.feed(event)
    stage.feed(CallerHungUp("the caller hung up"))
    assert stage.machine.phase is Phase.ENDED
    assert len(stage.all(do.CloseRecord)) == 1
    for event in happened:
        assert stage.machine.handle(event, stage.now) == []


# ── whole calls on bad lines ──────────────────────────────────────────────────────────────────


spoken = st.tuples(st.just("speech"), st.floats(0.1, 40.0), st.sampled_from(SAID))
bursts = st.tuples(st.just("burst"), st.floats(0.03, 0.6), st.just(""))
keyed = st.tuples(st.just("key"), st.just(0.0), st.sampled_from("0123456789*#"))
by_experts = st.tuples(
    st.just("expert"), st.floats(0.1, 20.0), st.sampled_from(["joins", "talks", "ended", "lost"])
)
happenings = st.tuples(st.floats(0.02, 8.0), st.one_of(spoken, spoken, bursts, keyed, by_experts))


@given(
    st.lists(happenings, max_size=20),
    st.booleans(),
    st.frozensets(st.integers(0, 30), max_size=12),
    st.lists(st.sampled_from([0.05, 0.3, 2.0, 14.0, None]), min_size=1, max_size=4).map(tuple),
    st.frozensets(st.integers(0, 12), max_size=3),
    st.sampled_from([0.02, 0.5, 3.0]),
    policies,
    st.sampled_from([None, 0.1, 0.9]),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_happens_in_a_call_everything_in_it_comes_to_an_end(
    course: list[tuple[float, tuple[str, float, str]]],
    marks: bool,
    lost: frozenset[int],
    recognition: tuple[float | None, ...],
    fails: frozenset[int],
    thinking: float,
    policy: Policy,
    hint: float | None,
) -> None:
    stage = Hardship(
        dialogue,
        policy,
        marks,
        dialogue_seconds=thinking,
        hint=hint,
        lost=lost,
        recognition=recognition,
        fails=fails,
    ).start()
    at = 0.5
    for gap, (what, seconds, content) in course:
        at += gap
        _plan(stage, what, at, seconds, content)
        at += seconds
    stage.run(1000.0)
    assert stage.ended
    assert len(stage.all(do.CloseRecord)) == 1
    nothing_is_spoken_after_a_clear_that_was_queued_before(stage)
    nothing_sounds_after_a_clear(stage)
    turns_are_asked_in_order_one_at_a_time(stage)
    its_journal_replays(stage, masked=False)
    its_journal_replays(stage, masked=True)


def _plan(stage: Stage, what: str, at: float, seconds: float, content: str) -> None:
    match what, content:
        case "speech" | "burst", text:
            stage.speak(at, seconds, text)
        case "key", key:
            stage.plan(at, Digit(key))
        case "expert", "joins":
            stage.plan(at, ExpertJoined("anna", "Anna"))
        case "expert", "talks":
            stage.plan(at + 0.1, SpeechStarted(at, Party.EXPERT))
            stage.said[at + seconds] = "let me see"
            stage.plan(at + seconds + NOTICE, SpeechPaused(at + seconds, Party.EXPERT))
        case "expert", reason:
            stage.plan(at, ExpertLeft("anna", reason))


def test_a_turn_that_was_cut_does_not_go_on() -> None:
    """Speech that began just before the turn was cut is noticed just behind it."""
    stage = Hardship(dialogue, QUICK, recognition=(2.0,)).start()
    longest = QUICK.longest
    stage.speak(5.0, longest - 0.5, "a long story")
    stage.plan(5.0 + longest + 0.05, SpeechStarted(5.0 + longest - 0.05))
    stage.run(5.0 + longest + 2.5)
    assert [asked.text for asked in stage.all(do.AskDialogue)] == ["a long story"]


def test_what_is_said_over_a_question_for_a_secret_replays_from_a_masked_journal() -> None:
    for answer in ("4 8 2 1", "4821", "oh oh oh oh", "oh", "mm-hmm", "yes", "stop", "you", "um 4"):
        for said_at in (8.0, 8.3, 8.6, 9.4):
            stage = Hardship(pin_with_figures, QUICK, dialogue_seconds=0.02).start()
            stage.speak(5.0, 1.0, "pin")
            stage.speak(said_at, 0.7, answer)
            stage.run(1000.0)
            its_journal_replays(stage, masked=True)


def test_keys_for_a_secret_are_never_kept_as_an_answer_to_something_else() -> None:
    stage = Hardship(dialogue, QUICK).start()
    stage.speak(5.0, 1.0, "pin")
    stage.plan(8.0, Digit("4"))
    stage.plan(8.1, Digit("8"))
    stage.speak(8.3, 1.0, "balance")
    stage.run(1000.0)
    assert [asked.text for asked in stage.all(do.AskDialogue)] == ["pin", "balance"]
    assert not [told for told in stage.all(do.TellDialogue) if told.name == "dtmf"]
    assert not [line for line in stage.lines().values() if "4" in line.text or "8" in line.text]
    assert stage.spoken()[-1] != "Your PIN?"


def test_a_goodbye_that_never_comes_to_its_end_is_not_kept_as_heard() -> None:
    stage = Hardship(dialogue, QUICK).start()
    stage.speak(5.0, 1.0, "bye")
    stage.run(6.76)
    stage._playing.clear()  # the player hangs before the first sound
    stage.run(8.0 + QUICK.closing)
    assert stage.ended
    goodbye = list(stage.lines().values())[-1]
    assert goodbye.text == "Goodbye then."
    assert goodbye.heard == ""
    assert [type(c) for _, c in stage.done[-2:]] == [do.HangUp, do.CloseRecord]


def test_a_missing_mark_is_noticed_though_more_is_said_behind_it() -> None:
    stage = Hardship(dialogue, QUICK, lost=frozenset([2])).start()
    stage.speak(5.0, 1.0, "balance")
    stage.run(20.0)
    first = next(said for said in stage.line if said.text == "You said it.")
    settled = [step.now for step in stage.steps if step.event == TimerFired("playout")]
    assert any(abs(at - first.ends - QUICK.mark_grace) < 0.01 for at in settled)

"""What must hold for every call, whatever happens in it and in which order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation import journal
from voicebot.conversation.events import (
    CallerHungUp,
    DialogueFailed,
    Digit,
    Event,
    Expectation,
    ExpertJoined,
    ExpertLeft,
    Handoff,
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


def dialogue(turn: int, said: str) -> Reply | None:
    """Answers by what was said; the words are drawn by the tests."""
    match said:
        case "pin":
            return Reply(turn, ("Your PIN?",), expects=Expectation("digits", 4, sensitive=True))
        case "person":
            return Reply(turn, (), handoff=Handoff("asked"))
        case "bye":
            return Reply(turn, ("Goodbye then.",), end=True)
        case "nothing":
            return Reply(turn, ())
        case "dead":
            return None
    return Reply(turn, ("You said it. This is a longer answer, with a second half.",))


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
    _nothing_is_spoken_after_a_clear_that_was_queued_before(stage)
    _turns_are_asked_in_order_one_at_a_time(stage)


def _nothing_is_spoken_after_a_clear_that_was_queued_before(stage: Stage) -> None:
    queued: set[str] = set()
    cleared: set[str] = set()
    for step in stage.steps:
        if isinstance(step.event, PieceStarted | PieceSent):
            assert step.event.piece not in cleared
        for command in step.commands:
            if isinstance(command, do.Say):
                assert command.piece not in queued | cleared
                queued.add(command.piece)
            if isinstance(command, do.ClearAudio):
                cleared |= queued
                queued.clear()


def _turns_are_asked_in_order_one_at_a_time(stage: Stage) -> None:
    open_turn, last = 0, 0
    for step in stage.steps:
        if isinstance(step.event, Reply | DialogueFailed) and step.event.turn == open_turn:
            open_turn = 0
        for command in step.commands:
            if isinstance(command, do.RingSeat | do.CloseRecord):
                open_turn = 0
            if isinstance(command, do.AskDialogue | do.TellDialogue):
                assert open_turn == 0
                assert command.turn == last + 1
                open_turn = last = command.turn


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
    lines = [journal.header_line(policy)]
    sensitive = [False]
    for gap, event in happened:
        stage.now += gap
        sensitive.append(masked and stage.machine.sensitive)
        stage.feed(event)
    lines += [
        journal.step_lines(step, sensitive=hidden)
        for step, hidden in zip(stage.steps, sensitive, strict=True)
    ]
    read = journal.read("".join(lines).splitlines(keepends=True))
    assert read.policy == policy
    for step, commands in journal.replay(read):
        assert step.commands == commands


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

"""A fax machine calls: the machine gives the line away, and closes the record with what came."""

from __future__ import annotations

import pytest

from voicebot.conversation import commands as do
from voicebot.conversation.call import CallMachine
from voicebot.conversation.events import (
    CallerHungUp,
    CallStarted,
    FaxEnded,
    FaxHeard,
    Handoff,
    Reply,
    Shutdown,
    SpeechStarted,
    TimerFired,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import Phase, State


@pytest.fixture
def machine() -> CallMachine:
    machine = CallMachine(Policy())
    machine.handle(CallStarted("c1", "+15550100"), 0.0)
    machine.handle(Reply(1, ("Welcome to the bank.",)), 0.1)
    return machine


def record(commands: list[do.Command]) -> do.CloseRecord:
    (found,) = [c for c in commands if isinstance(c, do.CloseRecord)]
    return found


def test_the_bot_falls_silent_and_the_line_is_given_away(machine: CallMachine) -> None:
    commands = machine.handle(FaxHeard(1.2), 1.2)
    assert commands[-1] == do.ReceiveFax()
    assert do.ClearAudio() in commands
    assert machine.phase is Phase.FAX
    assert machine.state is State.FAX
    assert machine.handle(SpeechStarted(1.3), 1.4) == []
    assert machine.handle(TimerFired("no_input"), 9.0) == []
    assert machine.handle(FaxHeard(4.7), 4.7) == []


@pytest.mark.parametrize(
    ("ended", "outcome", "reason"),
    [
        (FaxEnded(2, complete=True), "fax", "2 pages"),
        (FaxEnded(1, complete=True), "fax", "1 page"),
        (FaxEnded(1, complete=False, reason="it broke off"), "fax", "1 page, not complete"),
        (FaxEnded(0, complete=False, reason="no carrier"), "failed", "no page came: no carrier"),
    ],
)
def test_what_came_is_the_outcome(
    machine: CallMachine, ended: FaxEnded, outcome: str, reason: str
) -> None:
    machine.handle(FaxHeard(1.2), 1.2)
    commands = machine.handle(ended, 60.0)
    assert any(isinstance(c, do.HangUp) for c in commands)
    assert record(commands).outcome == outcome
    assert reason in record(commands).reason
    assert machine.phase is Phase.ENDED


@pytest.mark.parametrize("event", [CallerHungUp("the caller hung up"), Shutdown("stopped")])
def test_what_came_is_waited_for_when_the_caller_or_we_go(
    machine: CallMachine, event: CallerHungUp | Shutdown
) -> None:
    machine.handle(FaxHeard(1.2), 1.2)
    commands = machine.handle(event, 30.0)
    assert any(isinstance(c, do.EndFax) for c in commands)
    assert machine.phase is Phase.FAX
    commands = machine.handle(FaxEnded(1, complete=False, reason="dropped"), 30.1)
    assert record(commands).outcome == "fax"


def test_but_not_for_ever(machine: CallMachine) -> None:
    machine.handle(FaxHeard(1.2), 1.2)
    (timer,) = [c for c in machine.handle(CallerHungUp(), 30.0) if isinstance(c, do.SetTimer)]
    assert record(machine.handle(TimerFired(timer.name), timer.at)).outcome == "failed"


def test_a_seat_that_rings_is_called_off() -> None:
    machine = CallMachine(Policy())
    machine.handle(CallStarted("c1"), 0.0)
    machine.handle(Reply(1, (), handoff=Handoff("asked")), 1.0)
    assert machine.phase is Phase.TRANSFERRING
    assert do.CancelRing() in machine.handle(FaxHeard(3.0), 3.0)

"""To a person: ringing seats, talking with the expert, and what happens when nobody is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voicebot.conversation import prompts
from voicebot.conversation.commands import (
    CancelRing,
    NoteIncident,
    PlayRingback,
    RecordTurn,
    RingSeat,
    StoreCallback,
)
from voicebot.conversation.conduct import Conduct
from voicebot.conversation.ear import Ear
from voicebot.conversation.ending import close
from voicebot.conversation.events import ExpertJoined, ExpertLeft, Handoff, NoSeat
from voicebot.conversation.masking import mask
from voicebot.conversation.states import Phase


def transfer(call: Conduct, handoff: Handoff, texts: Sequence[str]) -> None:
    """Look for a person while the caller hears `texts` and then the ringing tone."""
    call.leave_talking()
    call.phase = Phase.TRANSFERRING
    call.handoff = handoff
    call.outcome = ("abandoned", "hung up while waiting for a person")
    call.say(*(texts or (prompts.TRANSFER,)))
    call.do(PlayRingback(), RingSeat(handoff.reason, handoff.topic, handoff.skill))
    call.timer("transfer", call.policy.transfer)
    call.timer("hold", call.policy.hold)


def on_hold(call: Conduct) -> None:
    """The caller has been waiting for a while."""
    if call.phase is Phase.TRANSFERRING:
        call.say(prompts.HOLD)
        call.do(PlayRingback())
        call.timer("hold", call.policy.hold)


def on_transfer_deadline(call: Conduct) -> None:
    """The caller has waited long enough."""
    if call.phase is Phase.TRANSFERRING:
        call.do(CancelRing())
        on_no_seat(call, NoSeat("no_answer"))


def on_joined(call: Conduct, event: ExpertJoined) -> None:
    """An expert is there: say who, then join the two."""
    call.leave_talking()
    call.fall_silent()
    call.phase = Phase.WITH_EXPERT
    call.seat = event.seat
    call.outcome = ("expert", f"{event.name} took the call")
    call.rate = 1.0
    call.say(prompts.connected(event.name))


def on_no_seat(call: Conduct, event: NoSeat) -> None:
    """Nobody is free: promise to call back, if it is known where."""
    customer = call.slots.get("customer")
    known = customer.get("phone", "") if isinstance(customer, Mapping) else ""
    number = (call.started.caller if call.started else "") or str(known)
    if not number:
        outcome = ("failed", f"{event.reason}, and no number to call back")
        close(call, outcome, prompts.NO_SEAT_NO_NUMBER)
        return
    call.do(StoreCallback(number, call.handoff.reason, call.handoff.topic))
    close(call, ("callback", event.reason), prompts.NO_SEAT)


def write_down(call: Conduct, ear: Ear) -> None:
    """Take what was said into the transcript; nobody is to answer it."""
    utterance, commands = ear.take()
    call.do_all(commands)
    if utterance is None or utterance.transcript is None or not utterance.text:
        return
    call.do(
        RecordTurn(
            call.next_line(),
            ear.party,
            mask(utterance.text) if utterance.secret else utterance.text,
            confidence=utterance.transcript.confidence,
            sensitive=utterance.secret,
            times=dict(utterance.times),
        )
    )


def _stop_listening(call: Conduct, ear: Ear) -> None:
    """The two are parted: what was being said is written down as far as it came."""
    call.do_all(ear.cut(call.now, ()))
    if ear.utterance is not None and ear.utterance.ready:
        write_down(call, ear)


def on_expert_left(call: Conduct, event: ExpertLeft) -> None:
    """The expert said goodbye, or was lost and somebody else must be found."""
    if event.seat and call.seat and event.seat != call.seat:
        return
    call.seat = ""
    call.fall_silent()
    for ear in call.ears.values():
        _stop_listening(call, ear)
    if event.reason == "ended":
        close(call, call.outcome, prompts.THANKS)
    else:
        call.do(NoteIncident(f"the expert was lost: {event.reason}"))
        transfer(call, call.handoff, (prompts.LOST_EXPERT,))

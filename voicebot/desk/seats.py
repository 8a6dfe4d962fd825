"""The desk: joins calls that need a person with the pages of experts.

The asyncio shell around `router.py`. All methods are called in the event loop's thread and return
at once. What a call is told comes later (by `call_soon`), never in the middle of its own command.

Messages to a page (JSON objects):

    {"type": "state", "state"}             the seat's state: away, available, ringing, ...
    {"type": "ringing", "dossier"}         a call rings; dossier as in `dossier.py`
    {"type": "stop_ringing", "call_id", "reason"}
    {"type": "connect", "call_id", "media_token"}   open the audio with this token, once
    {"type": "dossier", "dossier"}         the call's dossier has changed (without its lines)
    {"type": "line", "call_id", "line"}    a line was said or changed
    {"type": "partial", "call_id", "party", "stable", "tentative"}   what is being said just now
    {"type": "ended", "call_id", "reason"} the conversation is over; the seat is in wrap-up
    {"type": "error", "message"}           a sentence for the expert

Messages from a page: available, away, end, wrapped_up, and with the call's id accept, decline and
note (with text).
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from voicebot.config import LimitSettings
from voicebot.conversation.commands import RecordTurn, RingSeat, ShowPartial
from voicebot.conversation.events import ExpertLeft, NoSeat, SeatRinging
from voicebot.desk import decisions as made
from voicebot.desk.decisions import Decision, SeatState
from voicebot.desk.dossier import Dossier, line_as_json
from voicebot.desk.places import RouterSettings
from voicebot.desk.ports import NoteKeeper, Scheduler, SeatInfo, Timer, WaitingInfo
from voicebot.desk.requests import BadRequest, SeatRefused, checked_seat, parse_request
from voicebot.desk.router import Router

MOST_SEATS = 200

Send = Callable[[Mapping[str, Any]], None]
Notify = Callable[[SeatRinging | ExpertLeft | NoSeat], None]

log = structlog.get_logger(__name__)


class MediaRefused(ValueError):
    """A media token that is unknown, used or out of date; accept the call again."""


@dataclass(frozen=True, slots=True)
class SeatLeg:
    """The audio of the seat belongs to this call."""

    seat_id: str
    name: str
    call_id: str


@dataclass(slots=True)
class _DeskCall:
    id: str
    dossier: Dossier
    notify: Notify
    gone: bool = False


class Desk:
    """Seats on one side, calls on the other."""

    def __init__(
        self,
        limits: LimitSettings,
        notes: NoteKeeper,
        *,
        scheduler: Scheduler | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        settings = RouterSettings(ring=limits.ring_seconds, transfer=limits.transfer_seconds)
        self._router = Router(settings)
        self._notes = notes
        self._scheduler: Scheduler = scheduler or asyncio.get_running_loop()
        self._now = now
        self._timer: Timer | None = None
        self._pages: dict[str, Send] = {}
        self._calls: dict[str, _DeskCall] = {}
        self._served: dict[str, str] = {}  # seat -> the call that its notes may be about
        self._tokens: dict[str, tuple[str, str]] = {}  # media token -> seat, call
        self._todo: deque[Decision] = deque()
        self._busy = False

    # ── for calls ─────────────────────────────────────────────────────────────────────────────

    def ring(self, call_id: str, command: RingSeat, dossier: Dossier, notify: Notify) -> None:
        """Find a person. `notify` is told SeatRinging, NoSeat and, once connected, ExpertLeft.

        A call that rings again begins anew; what it was to be told before is forgotten.
        """
        self._forget(call_id)
        self._calls[call_id] = _DeskCall(call_id, dossier, notify)
        self._carry_out(self._router.ring(call_id, command.skill, self._scheduler.time()))

    def update(self, call_id: str, dossier: Dossier) -> None:
        """The dossier has changed."""
        call = self._calls.get(call_id)
        if call is not None:
            call.dossier = dossier
            self._tell_seat_of(
                call_id, {"type": "dossier", "dossier": dossier.as_json(lines=False)}
            )

    def line(self, call_id: str, turn: RecordTurn) -> None:
        """A line of the transcript is new or has changed."""
        call = self._calls.get(call_id)
        if call is not None:
            call.dossier = call.dossier.with_line(turn)
            line = {"type": "line", "call_id": call_id, "line": line_as_json(turn)}
            self._tell_seat_of(call_id, line)

    def partial(self, call_id: str, words: ShowPartial) -> None:
        """What somebody is saying just now."""
        if call_id in self._calls:
            partial = {
                "type": "partial",
                "call_id": call_id,
                "party": words.party.value,
                "stable": words.stable,
                "tentative": words.tentative,
            }
            self._tell_seat_of(call_id, partial)

    def withdraw(self, call_id: str) -> None:
        """The call does not need a person any more; nothing happens if it never did."""
        self.release(call_id, "the caller does not wait any more")

    def release(self, call_id: str, reason: str) -> None:
        """The call is over for the expert: the seat goes to wrap-up."""
        self._forget(call_id)
        self._carry_out(self._router.release(call_id, reason, self._scheduler.time()))

    # ── for pages ─────────────────────────────────────────────────────────────────────────────

    def connect(self, seat: str, name: str, send: Send, skills: Iterable[str] = ()) -> None:
        """The page of `seat` is there; an older page of the same seat is replaced.

        `send` gives a message to the page: it must neither block nor raise. A seat without skills
        takes every call. Raises SeatRefused (a ValueError) with a sentence for people.
        """
        seat, name, skills = checked_seat(seat, name, skills)
        known = {view.seat for view in self._router.seats()}
        if seat not in known and len(known) >= MOST_SEATS:
            raise SeatRefused(f"All {MOST_SEATS} seats are taken.")
        older = self._pages.get(seat)
        if older is not None and older != send:
            older({"type": "error", "message": "This seat was opened in another window."})
        self._pages[seat] = send
        self._carry_out(self._router.sign_in(seat, name, skills, self._scheduler.time()))
        self._show_call(seat)

    def disconnect(self, seat: str, send: Send) -> None:
        """The page that was connected with `send` is gone; of a replaced page nothing follows."""
        if self._pages.get(seat) == send:
            del self._pages[seat]
            self._carry_out(self._router.sign_out(seat, self._scheduler.time()))

    def receive(self, seat: str, message: Mapping[str, Any]) -> None:
        """The page said something. Raises BadRequest (a ValueError), with a sentence for people."""
        request = parse_request(message)
        if seat not in self._pages:
            raise BadRequest("This seat is not signed in. Load the page again.")
        now = self._scheduler.time()
        router = self._router
        match request.type:
            case "available":
                self._carry_out(router.available(seat, now))
            case "away":
                self._carry_out(router.away(seat, now))
            case "accept":
                self._carry_out(router.accept(seat, request.call_id, now))
            case "decline":
                self._carry_out(router.decline(seat, request.call_id, now))
            case "end":
                self._carry_out(router.end(seat, now))
            case "wrapped_up":
                self._carry_out(router.wrapped_up(seat, now))
            case "note":
                self._note(seat, request.call_id, request.text)

    # ── for the media edge ────────────────────────────────────────────────────────────────────

    def claim_media(self, token: str) -> SeatLeg:
        """Whose audio comes with `token`, which is good once. Raises MediaRefused."""
        seat, call_id = self._tokens.pop(token, ("", ""))
        name = self._name(seat)
        if not name or call_id not in self._calls:
            raise MediaRefused("the media token is unknown, used or out of date")
        self._carry_out(self._router.media_opened(call_id, self._scheduler.time()))
        return SeatLeg(seat, name, call_id)

    # ── for the status page ───────────────────────────────────────────────────────────────────

    def seats(self) -> Sequence[SeatInfo]:
        """Who is signed in."""
        now = self._scheduler.time()
        return [
            SeatInfo(v.seat, v.name, v.skills, v.state.value, now - v.since, v.call_id)
            for v in self._router.seats()
        ]

    def waiting(self) -> Sequence[WaitingInfo]:
        """Who waits for a person, longest first."""
        now = self._scheduler.time()
        found = []
        for view in self._router.calls():
            if not view.connected:
                dossier = self._calls[view.call_id].dossier
                since = now - view.since
                found.append(
                    WaitingInfo(
                        view.call_id, dossier.caller, dossier.reason, view.skill, since, view.seat
                    )
                )
        return found

    def snapshot(self) -> dict[str, Any]:
        """Both, as JSON holds it."""
        return {
            "seats": [asdict(seat) for seat in self.seats()],
            "waiting": [asdict(call) for call in self.waiting()],
        }

    # ── how it is done ────────────────────────────────────────────────────────────────────────

    def _carry_out(self, decisions: Sequence[Decision]) -> None:
        self._todo.extend(decisions)
        if self._busy:  # a page's `send` came back to us: it has its turn after what is under way
            return
        self._busy = True
        try:
            while self._todo:
                self._one(self._todo.popleft())
        finally:
            self._busy = False
        self._set_timer()

    def _one(self, decision: Decision) -> None:
        match decision:
            case made.StateChanged(seat, state):
                self._tell(seat, {"type": "state", "state": state.value})
            case made.Ring(seat, call_id):
                self._ring_at(seat, call_id)
            case made.StopRinging(seat, call_id, reason):
                self._void_tokens(call_id)
                message = {"type": "stop_ringing", "call_id": call_id, "reason": reason}
                self._tell(seat, message)
                log.info("seat stops ringing", seat=seat, call=call_id, reason=reason)
            case made.Connect(seat, call_id):
                self._let_in(seat, call_id)
            case made.Ended(seat, call_id, reason):
                self._void_tokens(call_id)
                self._tell(seat, {"type": "ended", "call_id": call_id, "reason": reason})
            case made.Warned(seat, message):
                self._tell(seat, {"type": "error", "message": message})
            case made.Refused(call_id, reason):
                self._lose(call_id, NoSeat(reason))
                log.info("no seat", call=call_id, reason=reason)
            case made.ExpertGone(call_id, seat, reason):
                self._lose(call_id, ExpertLeft(seat, reason))
                log.info("expert gone", seat=seat, call=call_id, reason=reason)

    def _ring_at(self, seat: str, call_id: str) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            self._tell(seat, {"type": "ringing", "dossier": call.dossier.as_json()})
            self._notify(call, SeatRinging(seat, self._name(seat)))
            log.info("seat rings", seat=seat, call=call_id)

    def _let_in(self, seat: str, call_id: str) -> None:
        self._served.pop(seat, None)
        self._served[seat] = call_id
        if len(self._served) > 2 * MOST_SEATS:  # seats of long ago
            del self._served[next(iter(self._served))]
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (seat, call_id)
        self._tell(seat, {"type": "connect", "call_id": call_id, "media_token": token})

    def _lose(self, call_id: str, event: NoSeat | ExpertLeft) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            self._notify(call, event)

    def _notify(self, call: _DeskCall, event: SeatRinging | ExpertLeft | NoSeat) -> None:
        def deliver() -> None:
            if call.gone:
                return
            if not isinstance(event, SeatRinging):  # the last that this call hears of the desk
                self._forget(call.id)
            call.notify(event)

        self._scheduler.call_soon(deliver)

    def _forget(self, call_id: str) -> None:
        call = self._calls.pop(call_id, None)
        if call is not None:
            call.gone = True

    def _tell(self, seat: str, message: Mapping[str, Any]) -> None:
        send = self._pages.get(seat)
        if send is not None:
            send(message)

    def _tell_seat_of(self, call_id: str, message: Mapping[str, Any]) -> None:
        for view in self._router.calls():
            if view.call_id == call_id and view.seat:
                self._tell(view.seat, message)

    def _show_call(self, seat: str) -> None:
        """A page that has just come may find that a call is at its seat."""
        for view in self._router.seats():
            if view.seat == seat and view.call_id in self._calls:
                kind = "ringing" if view.state is SeatState.RINGING else "dossier"
                dossier = self._calls[view.call_id].dossier.as_json()
                self._tell(seat, {"type": kind, "dossier": dossier})

    def _name(self, seat: str) -> str:
        return next((view.name for view in self._router.seats() if view.seat == seat), "")

    def _void_tokens(self, call_id: str) -> None:
        for token in [token for token, (_, of) in self._tokens.items() if of == call_id]:
            del self._tokens[token]

    def _note(self, seat: str, call_id: str, text: str) -> None:
        if self._served.get(seat) != call_id:
            raise BadRequest("A note belongs to the call at this seat, or to its last one.")
        self._notes.add_note(call_id, seat, self._now(), text)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._router.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - self._scheduler.time())
            self._timer = self._scheduler.call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._carry_out(self._router.tick(self._scheduler.time()))

"""Which call rings at which seat. Pure: events in, decisions out, time is an argument.

A waiting call rings at the seat that has been available longest and has the skill (a seat without
a list of skills takes everything), one seat at a time. A seat that declines or does not answer is
not asked again for the same call. A call that nobody can take is refused:

    none_signed_in  nobody who could take it is at a seat, at once (or after `rejoin`)
    no_answer       everybody who could take it was asked
    all_busy        somebody could, but nobody became free in time

Who accepts has a few seconds to open the audio; else the call goes on to another seat. A seat whose
page is lost in a conversation keeps it for a while: its audio comes by another way.

State of a call:  waiting -> ringing -> accepted -> connected; all but the last can go back to
waiting, and every call leaves by `release`, Refused or ExpertGone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from voicebot.desk.decisions import (
    CallView,
    Connect,
    Decision,
    Ended,
    ExpertGone,
    Refused,
    Ring,
    SeatState,
    SeatView,
    StateChanged,
    StopRinging,
    Warned,
)
from voicebot.desk.places import DeskCall, Phase, RouterSettings, Seat


class Router:
    """Seats and waiting calls. Every method answers with what is to be done, in order."""

    def __init__(self, settings: RouterSettings) -> None:
        self._settings = settings
        self._seats: dict[str, Seat] = {}
        self._calls: dict[str, DeskCall] = {}  # longest waiting first
        self._made: list[Decision] = []

    # ── seats ─────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, seat_id: str, name: str, skills: Iterable[str], now: float) -> list[Decision]:
        """The page of the seat is there. A seat that is known goes on with what it was doing."""
        seat = self._seats.get(seat_id)
        if seat is None:
            seat = self._seats[seat_id] = Seat(seat_id, name, frozenset(skills), now)
        seat.name, seat.skills, seat.present = name, frozenset(skills), True
        if seat.call is not None and seat.call.phase is Phase.CONNECTED:
            seat.call.due = math.inf
        self._made.append(StateChanged(seat.id, seat.state))
        return self._decided(now)

    def sign_out(self, seat_id: str, now: float) -> list[Decision]:
        """The page of the seat is gone."""
        seat = self._seats.get(seat_id)
        if seat is None:
            return []
        if seat.call is not None and seat.call.phase is Phase.CONNECTED:
            seat.present = False
            seat.call.due = now + self._settings.away
            return []
        del self._seats[seat_id]
        if seat.call is not None:
            self._back_to_queue(seat.call)
        return self._decided(now)

    def available(self, seat_id: str, now: float) -> list[Decision]:
        """The expert takes calls (again)."""
        seat = self._seats[seat_id]
        if seat.call is not None:
            self._warn(seat, "A call is at this seat.")
        elif seat.state is not SeatState.AVAILABLE:
            seat.misses = 0
            self._turn(seat, SeatState.AVAILABLE, now)
            for call in self._calls.values():
                call.tried.discard(seat_id)  # whoever comes back may be asked again
        return self._decided(now)

    def away(self, seat_id: str, now: float) -> list[Decision]:
        """The expert takes no calls for now."""
        seat = self._seats[seat_id]
        call = seat.call
        if call is not None and call.phase is not Phase.RINGING:
            self._warn(seat, "End the call first.")
            return self._decided(now)
        if call is not None:
            self._back_to_queue(call)
            self._made.append(StopRinging(seat.id, call.id, "away"))
        if seat.state is not SeatState.AWAY:
            self._turn(seat, SeatState.AWAY, now)
        return self._decided(now)

    def accept(self, seat_id: str, call_id: str, now: float) -> list[Decision]:
        """The expert takes the call that rings."""
        seat = self._seats[seat_id]
        call = self._ringing_at(seat, call_id)
        if call is not None:
            seat.misses = 0
            call.phase, call.due = Phase.ACCEPTED, now + self._settings.media
            self._turn(seat, SeatState.TALKING, now)
            self._made.append(Connect(seat.id, call.id))
        return self._decided(now)

    def decline(self, seat_id: str, call_id: str, now: float) -> list[Decision]:
        """The expert does not take the call that rings."""
        seat = self._seats[seat_id]
        call = self._ringing_at(seat, call_id)
        if call is not None:
            seat.misses = 0
            self._back_to_queue(call)
            self._made.append(StopRinging(seat.id, call.id, "declined"))
            self._turn(seat, SeatState.AVAILABLE, now)
        return self._decided(now)

    def media_opened(self, call_id: str, now: float) -> list[Decision]:
        """The audio of the seat that accepted the call is there."""
        call = self._calls.get(call_id)
        if call is not None and call.phase is Phase.ACCEPTED:
            call.phase, call.due = Phase.CONNECTED, math.inf
        return self._decided(now)

    def end(self, seat_id: str, now: float) -> list[Decision]:
        """The expert ends the conversation, or takes back having accepted."""
        seat = self._seats[seat_id]
        call = seat.call
        if call is None or call.phase is Phase.RINGING:
            self._warn(seat, "There is no conversation to end.")
        elif call.phase is Phase.CONNECTED:
            self._expert_gone(call, seat, "ended", now)
        else:
            self._back_to_queue(call)
            self._made.append(StopRinging(seat.id, call.id, "taken back"))
            self._turn(seat, SeatState.AVAILABLE, now)
        return self._decided(now)

    def wrapped_up(self, seat_id: str, now: float) -> list[Decision]:
        """The expert has finished the work after a call."""
        seat = self._seats[seat_id]
        if seat.state is SeatState.WRAP_UP:
            self._turn(seat, SeatState.AVAILABLE, now)
        return self._decided(now)

    # ── calls ─────────────────────────────────────────────────────────────────────────────────

    def ring(self, call_id: str, skill: str, now: float) -> list[Decision]:
        """The call needs a person. One that is known begins anew; its seat is done with it."""
        former = self._calls.get(call_id)
        lost = former is not None and former.phase is Phase.CONNECTED
        self._leave(call_id, "the caller is put through again", now)
        call = DeskCall(call_id, skill, now, now + self._settings.transfer)
        if lost:
            call.rejoin = now + self._settings.rejoin
        self._calls[call_id] = call
        return self._decided(now)

    def release(self, call_id: str, reason: str, now: float) -> list[Decision]:
        """The call does not need the desk any more."""
        self._leave(call_id, reason, now)
        return self._decided(now)

    # ── time ──────────────────────────────────────────────────────────────────────────────────

    def next_deadline(self) -> float | None:
        """When `tick` is to be called next."""
        earliest = min((call.wakes for call in self._calls.values()), default=math.inf)
        return earliest if earliest < math.inf else None

    def tick(self, now: float) -> list[Decision]:
        """Time has passed."""
        for call in list(self._calls.values()):
            seat = call.seat
            if seat is None or call.due > now:
                continue
            if call.phase is Phase.RINGING:
                self._missed(call, seat, now)
            elif call.phase is Phase.ACCEPTED:
                self._back_to_queue(call)
                self._made.append(StopRinging(seat.id, call.id, "no audio"))
                self._turn(seat, SeatState.AWAY, now)
                self._warn(seat, "No audio came from this seat. Check the microphone.")
            else:
                self._expert_gone(call, seat, "lost", now)
        return self._decided(now)

    # ── looking in ────────────────────────────────────────────────────────────────────────────

    def seats(self) -> list[SeatView]:
        """Who is signed in, in order of signing in."""
        return [
            SeatView(
                seat.id,
                seat.name,
                tuple(sorted(seat.skills)),
                seat.state,
                seat.since,
                seat.call.id if seat.call is not None else "",
            )
            for seat in self._seats.values()
        ]

    def calls(self) -> list[CallView]:
        """All calls at the desk, longest waiting first."""
        return [
            CallView(
                call.id,
                call.skill,
                call.since,
                call.seat.id if call.seat is not None else "",
                call.phase is Phase.CONNECTED,
            )
            for call in self._calls.values()
        ]

    # ── how it is done ────────────────────────────────────────────────────────────────────────

    def _decided(self, now: float) -> list[Decision]:
        for call in list(self._calls.values()):
            if call.phase is Phase.WAITING:
                self._place(call, now)
        made, self._made = self._made, []
        return made

    def _place(self, call: DeskCall, now: float) -> None:
        able = [
            seat
            for seat in self._seats.values()
            if seat.state is not SeatState.AWAY
            and seat.id not in call.tried
            and (not call.skill or not seat.skills or call.skill in seat.skills)
        ]
        free = [seat for seat in able if seat.state is SeatState.AVAILABLE]
        if now >= call.rejoin:
            call.rejoin = math.inf
        if not able and call.rejoin < math.inf:
            return
        if not able:
            self._refuse(call, "no_answer" if call.tried else "none_signed_in")
        elif now >= call.deadline:
            self._refuse(call, "no_answer" if call.tried else "all_busy")
        elif free:
            seat = min(free, key=lambda seat: seat.since)
            seat.call, call.seat = call, seat
            call.phase = Phase.RINGING
            call.due = min(now + self._settings.ring, call.deadline)
            self._turn(seat, SeatState.RINGING, seat.since)
            self._made.append(Ring(seat.id, call.id))

    def _refuse(self, call: DeskCall, reason: str) -> None:
        del self._calls[call.id]
        self._made.append(Refused(call.id, reason))

    def _missed(self, call: DeskCall, seat: Seat, now: float) -> None:
        seat.misses += 1
        self._back_to_queue(call)
        self._made.append(StopRinging(seat.id, call.id, "not answered"))
        if seat.misses < self._settings.misses:
            self._turn(seat, SeatState.AVAILABLE, now)
        else:
            self._turn(seat, SeatState.AWAY, now)
            self._warn(seat, "Calls were not answered here, so the seat is set to away.")

    def _back_to_queue(self, call: DeskCall) -> None:
        """The call loses its seat, which is not asked again; the seat's state is to be set."""
        if call.seat is not None:
            call.tried.add(call.seat.id)
            call.seat.call = None
        call.phase, call.seat, call.due = Phase.WAITING, None, math.inf

    def _expert_gone(self, call: DeskCall, seat: Seat, reason: str, now: float) -> None:
        del self._calls[call.id]
        self._done(seat, call, reason, now)
        self._made.append(ExpertGone(call.id, seat.id, reason))

    def _leave(self, call_id: str, reason: str, now: float) -> None:
        call = self._calls.pop(call_id, None)
        if call is None or call.seat is None:
            return
        seat = call.seat
        if call.phase is Phase.RINGING:
            seat.call = None
            self._made.append(StopRinging(seat.id, call.id, reason))
            self._turn(seat, SeatState.AVAILABLE, seat.since)  # not the expert's doing
        else:
            self._done(seat, call, reason, now)

    def _done(self, seat: Seat, call: DeskCall, reason: str, now: float) -> None:
        seat.call = None
        if not seat.present:
            del self._seats[seat.id]
            return
        self._made.append(Ended(seat.id, call.id, reason))
        self._turn(seat, SeatState.WRAP_UP, now)

    def _ringing_at(self, seat: Seat, call_id: str) -> DeskCall | None:
        if seat.state is SeatState.RINGING and seat.call is not None and seat.call.id == call_id:
            return seat.call
        self._warn(seat, "That call does not ring here any more.")
        return None

    def _turn(self, seat: Seat, state: SeatState, since: float) -> None:
        seat.state, seat.since = state, since
        self._made.append(StateChanged(seat.id, state))

    def _warn(self, seat: Seat, message: str) -> None:
        self._made.append(Warned(seat.id, message))

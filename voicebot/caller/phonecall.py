"""One call from the network's point of view, without socket or clock: messages and 20 ms steps.

Both channels grow by one frame a step, so they are aligned: sample n of either belongs to the same
instant. What the caller says in a frame is sent at the end of the frame, as a network does that
first has to hear it; what the bot sends is played from the next frame on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voicebot.audio.g711 import ulaw_decode
from voicebot.caller.behaviour import Behaviour, Cue, Manners, Performed
from voicebot.caller.playout import Playout
from voicebot.caller.result import CallEvent
from voicebot.caller.wire import (
    FRAME,
    FRAME_SECONDS,
    BotMistake,
    Clear,
    Mark,
    Media,
    Sender,
    read,
)

MAX_EVENTS = 10_000


class PhoneCall:
    """A caller who performs `cues` in call `call_id`, whose TwiML gave `parameters`."""

    def __init__(
        self,
        call_id: str,
        cues: Sequence[Cue],
        parameters: Mapping[str, str],
        manners: Manners,
        on_event: Callable[[float, str], None] | None = None,
    ) -> None:
        self._parameters = parameters
        self._sender = Sender(call=call_id)
        self._playout = Playout()
        self._behaviour = Behaviour(cues, manners, self.note)
        self._on_event = on_event
        self._caller = bytearray()
        self._bot = bytearray()
        self.events: list[CallEvent] = []
        self.mistakes = 0
        self.hanging_up = False

    @property
    def now(self) -> float:
        """Seconds since the stream started."""
        return len(self._bot) / FRAME * FRAME_SECONDS

    @property
    def caller_pcm(self) -> bytes:
        """What was sent: 16-bit PCM at 8 kHz."""
        return ulaw_decode(bytes(self._caller))

    @property
    def bot_pcm(self) -> bytes:
        """What was played to the caller, as far as the caller's channel goes."""
        return ulaw_decode(bytes(self._bot[: len(self._caller)]))

    @property
    def performed(self) -> list[Performed]:
        """The cues that were performed, the last one perhaps in part."""
        return self._behaviour.performed

    @property
    def unplayed(self) -> float:
        """Seconds of the bot's audio that nobody has heard yet."""
        return self._playout.buffered / FRAME * FRAME_SECONDS

    def begin(self) -> list[str]:
        """The messages that open the stream."""
        return [self._sender.connected(), self._sender.start(self._parameters)]

    def step(self) -> list[str]:
        """20 ms have passed: what to send now. Sets `hanging_up` when the call is over."""
        messages = [self._sender.mark(name) for name in self._playout.due()]
        if self._bot:  # the first frame is only just beginning
            act = self._behaviour.step()
            if act.hang_up:
                return [*messages, *self.hang_up()]
            if act.key:
                messages.append(self._sender.dtmf(act.key))
            messages.append(self._sender.media(act.frame))
            self._caller += act.frame
        heard = self._playout.play(FRAME)
        self._bot += heard
        self._behaviour.ear.hear(ulaw_decode(heard), self._playout.idle)
        return messages

    def receive(self, message: str | bytes) -> list[str]:
        """The bot sent `message`: what to send back at once."""
        try:
            asked = read(message, self._sender.stream)
        except BotMistake as mistake:
            self.mistakes += 1
            self.note(f"the bot broke the protocol: {mistake}")
            return []
        match asked:
            case Media(audio):
                self._playout.media(audio)
                return []
            case Mark(name):
                self._playout.mark(name)
                return [self._sender.mark(name) for name in self._playout.due()]
            case Clear():
                if self._playout.buffered:
                    self.note(f"the bot took back {self.unplayed:.2f} s of speech")
                return [self._sender.mark(name) for name in self._playout.clear()]

    def hang_up(self) -> list[str]:
        """Put the receiver down."""
        self.hanging_up = True
        return [self._sender.stop()]

    def note(self, what: str, odd: bool = True) -> None:
        """Keep `what` as an event of now."""
        if len(self.events) < MAX_EVENTS:
            self.events.append(CallEvent(self.now, what, odd))
        if self._on_event is not None:
            self._on_event(self.now, what)

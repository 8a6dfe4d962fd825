"""What is known of one call, and the small words with which it is conducted.

The handlers in `talking`, `speaking`, `handover` and `ending` are functions of a `Conduct` and an
event; `CallMachine` chooses among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from voicebot.conversation.commands import (
    CancelTimer,
    Command,
    PauseRecording,
    RecordTurn,
    ResumeRecording,
    SetTimer,
    TellDialogue,
)
from voicebot.conversation.ear import Ear
from voicebot.conversation.events import CallStarted, Expectation, Handoff, Party
from voicebot.conversation.masking import mask
from voicebot.conversation.mouth import Mouth
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import Phase, State

NOTHING_EXPECTED = Expectation()


class Conduct:
    """The facts of one call. Handlers change them and leave commands in `out`."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.phase = Phase.TALKING
        self.started: CallStarted | None = None
        self.now = 0.0
        self.out: list[Command] = []
        self._attempts = self._lines = 0
        self.ears = {
            party: Ear(party, policy, self._next_attempt) for party in (Party.CALLER, Party.EXPERT)
        }
        self.mouth = Mouth(policy, self.next_line, marks=True)
        self.turns = 0  # turns of the dialogue so far
        self.awaiting = 0  # the turn whose reply is awaited; 0: none
        self.asked: RecordTurn | None = None  # the caller's line that the reply belongs to
        self.expects = NOTHING_EXPECTED
        self.held: Sequence[str] = ()  # what the caller's speech kept the bot from saying
        self.digits = ""
        self.rate = 1.0
        self.slots: Mapping[str, Any] = {}
        self.requested_slot = ""
        self.greeted = False
        self.handoff = Handoff("")
        self.seat = ""
        self.outcome = ("abandoned", "")
        self._recording_paused = False

    # ── facts that follow from facts ──────────────────────────────────────────────────────────

    @property
    def caller(self) -> Ear:
        """The ear for the caller."""
        return self.ears[Party.CALLER]

    @property
    def sensitive(self) -> bool:
        """Is the answer to a sensitive question awaited, so that nothing of it may be kept?"""
        said = self.caller.utterance  # goes on, perhaps, when the question is over
        asked = self.expects.sensitive and self.phase is Phase.TALKING
        return asked or (said is not None and said.secret)

    @property
    def hints(self) -> tuple[str, ...]:
        """Words that are likely to come."""
        return self.expects.hints if self.phase is Phase.TALKING else ()

    @property
    def state(self) -> State:
        """The name of the situation."""
        if self.phase is not Phase.TALKING:
            return State(self.phase)
        utterance = self.caller.utterance
        if utterance is not None and self.mouth.speaking:
            return State.OVERLAP
        if utterance is not None:
            return State.CALLER_SPEAKING if utterance.speaking else State.DECIDING
        if self.mouth.speaking:
            return State.SPEAKING if self.greeted else State.GREETING
        if self.awaiting:
            return State.THINKING if self.greeted else State.GREETING
        return State.LISTENING

    # ── small words ───────────────────────────────────────────────────────────────────────────

    def _next_attempt(self) -> int:
        self._attempts += 1
        return self._attempts

    def next_line(self) -> int:
        """The number of the next line of the transcript."""
        self._lines += 1
        return self._lines

    def do(self, *commands: Command) -> None:
        """Want these done, in order."""
        self.out.extend(commands)

    def do_all(self, commands: Iterable[Command]) -> None:
        """Want all of these done, in order."""
        self.out.extend(commands)

    def timer(self, name: str, seconds: float) -> None:
        """Be woken in `seconds`."""
        self.do(SetTimer(name, self.now + seconds))

    def cancel(self, *timers: str) -> None:
        """Do not be woken."""
        self.do_all(CancelTimer(name) for name in timers)

    def say(self, *texts: str) -> None:
        """Speak, after what is already being spoken."""
        self.do_all(self.mouth.say(texts, self.rate))

    def resume(self) -> None:
        """Go on speaking where the bot paused."""
        self.do_all(self.mouth.resume())

    def fall_silent(self) -> None:
        """Stop speaking at once, for good."""
        self.do_all(self.mouth.stop(self.now)[0])

    def listen(self) -> None:
        """It is the caller's turn: ask again when nothing comes."""
        self.timer("no_input", self.policy.no_input)

    def tell(self, name: str, payload: Mapping[str, Any]) -> None:
        """Let the dialogue know of something other than words."""
        self.turns += 1
        self.do(TellDialogue(self.turns, name, payload))
        self.await_reply()

    def await_reply(self) -> None:
        """The dialogue has been asked turn `turns`."""
        self.awaiting = self.turns
        self.cancel("no_input")
        self.timer("dialogue", self.policy.dialogue)
        self.timer("filler", self.policy.filler)

    def record_caller(
        self,
        text: str,
        kind: str,
        confidence: float | None,
        times: Mapping[str, float],
        *,
        secret: bool = False,
    ) -> None:
        """Write down what the caller said, keyed or did not say."""
        secret = secret or self.sensitive
        self.asked = RecordTurn(
            self.next_line(),
            Party.CALLER,
            mask(text) if secret else text,
            kind=kind,
            confidence=confidence,
            sensitive=secret,
            times=dict(times),
        )
        self.do(self.asked)

    def keep_secret(self, secret: bool) -> None:
        """Keep what the caller says now out of the recording, or record it again."""
        if secret != self._recording_paused:
            self._recording_paused = secret
            self.do(PauseRecording() if secret else ResumeRecording())

    def leave_talking(self) -> None:
        """The bot's conversation stops here, whatever comes after it."""
        if self.mouth.paused:
            self.fall_silent()
        self.held, self.digits, self.awaiting = (), "", 0
        self.expects = NOTHING_EXPECTED
        self.cancel("no_input", "go_on", "digits", "dialogue", "filler", "transfer", "hold")
        self.keep_secret(False)

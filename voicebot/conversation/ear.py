"""What one party says, utterance by utterance: from the first sound to a final transcript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from voicebot.conversation.commands import (
    CancelTimer,
    CancelTranscribe,
    Command,
    JudgeTurn,
    SetTimer,
    Transcribe,
)
from voicebot.conversation.events import (
    Expectation,
    Party,
    RecognitionFailed,
    SpeechPaused,
    SpeechStarted,
    Transcript,
    TurnHint,
)
from voicebot.conversation.partials import Partials
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Evidence, silence_needed


@dataclass(slots=True)
class Utterance:
    """One stretch of speech; times in seconds since the call began.

    `over`: the turn is declared finished. `transcript` belongs to recognition attempt `attempt`;
    both are void when the speaker goes on. `hint` is the turn predictor's opinion of that attempt,
    `longest_gap` the longest pause (s) after which the speaker went on. `secret`: it may be the
    answer to a sensitive question. `closed`: it does not go on, whatever is said.
    """

    started: float
    paused: float | None = None
    attempt: int = 0
    transcript: Transcript | None = None
    over: bool = False
    secret: bool = False
    closed: bool = False
    hint: float | None = None
    longest_gap: float = 0.0
    times: dict[str, float] = field(default_factory=dict)

    @property
    def speaking(self) -> bool:
        """Is it still going on?"""
        return self.paused is None

    @property
    def ready(self) -> bool:
        """Is the turn over and its text known?"""
        return self.over and self.transcript is not None

    @property
    def text(self) -> str:
        """The words, '' when none were heard."""
        return self.transcript.text.strip() if self.transcript else ""

    @property
    def meant(self) -> str:
        """The words that answer what was asked; where none do, what was heard best."""
        return self.transcript.meant.strip() if self.transcript else ""

    @property
    def seconds(self) -> float:
        """How long it was, from first to last sound."""
        return (self.paused if self.paused is not None else self.started) - self.started


class Ear:
    """Follows one party. Recognition begins at the first pause and is thrown away if they go on.

    How long the silence must be is worked out anew with every piece of evidence: when a pause
    begins, when its words are known, when the turn predictor has judged it.
    """

    def __init__(self, party: Party, policy: Policy, next_attempt: Callable[[], int]) -> None:
        self.party = party
        self._policy = policy
        self._next_attempt = next_attempt
        self._patience = policy.patience if party is Party.CALLER else None
        self._expects = Expectation()
        self._partials = Partials(party, policy.partial_every, next_attempt)
        self.utterance: Utterance | None = None

    def timer(self, name: str) -> str:
        """The name of this ear's timer `name`."""
        return f"{name}:{self.party}"

    def started(self, event: SpeechStarted) -> list[Command]:
        """Speech: a new utterance, or the current one goes on."""
        if self.utterance is None:
            self.utterance = Utterance(event.at, times={"started": event.at})
            longest = SetTimer(self.timer("longest"), event.at + self._policy.longest)
            return [longest, *self._partials.began(event.at)]
        if self.utterance.closed or self._too_long(event.at):
            return []
        # Also when the turn was over already: until it is taken, nothing has been done with it.
        void = self._void(self.utterance)
        if self.utterance.paused is not None:
            gap = event.at - self.utterance.paused
            self.utterance.longest_gap = max(self.utterance.longest_gap, gap)
        self.utterance.paused = None
        self.utterance.transcript = None
        self.utterance.hint = None
        self.utterance.attempt = 0
        self.utterance.over = False
        cancelled = [CancelTimer(self.timer(name)) for name in ("endpoint", "recognition")]
        return [*cancelled, *void, *self._partials.went_on(event.at)]

    def paused(
        self, event: SpeechPaused, hints: tuple[str, ...], expects: Expectation | None = None
    ) -> list[Command]:
        """Silence: recognize what there is, and wait whether it was all."""
        utterance = self.utterance
        if utterance is None or utterance.over or not utterance.speaking:
            return []
        self._expects = expects or Expectation()
        transcribe = self._transcribe(utterance, event.at, hints)
        commands: list[Command] = [*self._partials.paused(), transcribe]
        if self._patience is not None and self._patience.semantic:
            judge = JudgeTurn(transcribe.attempt, transcribe.since, transcribe.until, self.party)
            commands.append(judge)
        ends_at = event.at + self._silence(utterance)
        return [*commands, SetTimer(self.timer("endpoint"), ends_at)]

    def reconsider(self, now: float) -> list[Command]:
        """There is more evidence: the turn is over sooner, later, or by now."""
        utterance = self.utterance
        if self._patience is None or utterance is None or utterance.over:
            return []
        if utterance.paused is None:
            return []
        ends_at = utterance.paused + self._silence(utterance)
        if ends_at > now:
            return [SetTimer(self.timer("endpoint"), ends_at)]
        return [CancelTimer(self.timer("endpoint")), *self.ended(now)]

    def cut(self, now: float, hints: tuple[str, ...], *, for_good: bool = False) -> list[Command]:
        """Take what there is of the utterance: it has lasted too long, or nobody listens any more.

        If `for_good`, speech that began before and is noticed only now does not make it go on:
        nothing would cut it a second time.
        """
        utterance = self.utterance
        if utterance is None:
            return []
        utterance.closed |= for_good
        if utterance.over:
            return []
        commands: list[Command] = []
        if utterance.speaking:
            commands.append(self._transcribe(utterance, now, hints))
        return commands + self.ended(now)

    def ended(self, now: float) -> list[Command]:
        """The turn is over; its text may still be awaited."""
        utterance = self.utterance
        if utterance is None or utterance.speaking or utterance.over:
            return []
        utterance.over = True
        utterance.times["decided"] = now
        if utterance.ready:
            return []
        return [SetTimer(self.timer("recognition"), now + self._policy.recognition)]

    def transcribed(self, event: Transcript, now: float) -> bool:
        """Take the text if it belongs to what is being listened to."""
        utterance = self.utterance
        if utterance is None or utterance.attempt != event.attempt or utterance.transcript:
            return False
        utterance.transcript = event
        utterance.times["transcribed"] = now
        return True

    def glance(self, now: float, hints: tuple[str, ...]) -> list[Command]:
        """Recognize what was said so far, for those who read along."""
        utterance = self.utterance
        if utterance is None or not utterance.speaking or utterance.secret:
            return []
        since = max(utterance.started - self._policy.lead_in, 0.0)
        return self._partials.ask(since, now, hints)

    def glanced(self, event: Transcript) -> list[Command]:
        """Show the transcript if it is what `glance` asked for."""
        return [] if self.utterance is None else self._partials.answered(event)

    def show(self) -> list[Command]:
        """Show the words of a pause, which need not be the end."""
        utterance = self.utterance
        if utterance is None or utterance.transcript is None or utterance.secret:
            return []
        return self._partials.show(utterance.text)

    def hinted(self, event: TurnHint) -> bool:
        """Take the turn predictor's opinion if it is of what is being listened to."""
        utterance = self.utterance
        if utterance is None or not event.attempt or utterance.attempt != event.attempt:
            return False
        utterance.hint = event.probability
        return True

    def failed(self, event: RecognitionFailed, now: float) -> bool:
        """Recognition gave up: the utterance counts as one without words."""
        return self.transcribed(Transcript(event.attempt, "", 0.0), now)

    def give_up(self, now: float) -> bool:
        """Recognition never answered."""
        utterance = self.utterance
        if utterance is None or not utterance.over:
            return False
        return self.failed(RecognitionFailed(utterance.attempt, "no answer"), now)

    def take(self) -> tuple[Utterance | None, list[Command]]:
        """Hand over the utterance and listen for the next one."""
        taken, self.utterance = self.utterance, None
        names = ("endpoint", "longest", "recognition")
        return taken, [*(CancelTimer(self.timer(n)) for n in names), *self._partials.ended()]

    def _too_long(self, at: float) -> bool:
        return self.utterance is not None and at - self.utterance.started >= self._policy.longest

    def _silence(self, utterance: Utterance) -> float:
        if self._patience is None:
            return self._policy.silence
        heard = utterance.transcript
        evidence = Evidence(
            self._expects,
            None if heard is None else utterance.text,
            utterance.hint,
            utterance.longest_gap,
            None if heard is None else heard.standing,
        )
        return silence_needed(evidence, self._patience)

    def _void(self, utterance: Utterance) -> list[Command]:
        """Recognition that is under way for nothing."""
        if self._patience is None or not utterance.attempt or utterance.transcript is not None:
            return []
        return [CancelTranscribe(utterance.attempt, self.party)]

    def _transcribe(self, utterance: Utterance, until: float, hints: tuple[str, ...]) -> Transcribe:
        utterance.paused = until
        utterance.times["paused"] = until
        utterance.attempt = self._next_attempt()
        utterance.transcript = utterance.hint = None
        since = max(utterance.started - self._policy.lead_in, 0.0)
        return Transcribe(utterance.attempt, since, until, self.party, hints, expects=self._expects)

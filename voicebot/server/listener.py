"""One speaker's audio: followed by voice activity, kept for recognition, forgotten soon."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from voicebot.audio.arrival import SteadyClock
from voicebot.audio.echo import COMPARED, LONGEST_DELAY, SentAudio, is_echo, without_echo
from voicebot.audio.pcm import level
from voicebot.conversation.activity import SpeechDetector
from voicebot.conversation.events import SpeechPaused, SpeechStarted
from voicebot.engines.base import Int16, VoiceActivity
from voicebot.telephony.base import LINE_RATE

IDLE_KEEP = 1.5
"""Seconds of audio kept while nobody speaks: what an onset may reach back to."""
OVER_BOT = 0.1
"""Seconds after its last sound within which the bot counts as speaking."""
ECHO_AFTER = LONGEST_DELAY + COMPARED / LINE_RATE
"""Seconds after its last sound within which an echo of the bot may come."""
ECHO_MEMORY = 5.0
"""Seconds after an echo within which the first sign of a voice is not trusted."""
DOUBTED = 0.1
"""Probability of speech from which on it is asked whether it is an echo: comparing costs 0.2 ms."""
FORGET_AFTER = 4.0
"""Seconds after a pause until the utterance before it is forgotten."""


class Listener:
    """Turns frames into SpeechStarted and SpeechPaused; hands out the audio between two times.

    Times are seconds since the call began. Gaps in the arriving audio are filled with silence,
    since some networks send nothing while nobody speaks. Where the audio has come to lag behind the
    clock or to run ahead of it, that is made up for while nobody speaks.
    """

    def __init__(
        self,
        activity: VoiceActivity,
        detector: SpeechDetector,
        on_event: Callable[[SpeechStarted | SpeechPaused], None],
        longest: float,
        since: float = 0.0,
        sent: SentAudio | None = None,
    ) -> None:
        """`sent` is what this speaker hears of us: it may come back as an echo."""
        self._activity = activity
        self._detector = detector
        self._on_event = on_event
        self._longest = longest
        self._arrival = SteadyClock(LINE_RATE, since)
        self._kept = bytearray()
        self._base = round(since * LINE_RATE)  # sample number of the first kept sample
        self._analysed = self._base  # sample number up to which activity was looked at
        self._probability = 0.0  # of speech, in the last window
        self._last_speech = since
        self._sent = sent
        self._echo_at = -ECHO_MEMORY  # when there was an echo
        self._onsets: deque[float] = deque(maxlen=64)  # when speech began, lately

    @property
    def now(self) -> float:
        """How far the audio reaches."""
        return (self._base + len(self._kept) // 2) / LINE_RATE

    def feed(self, pcm: bytes, now: float) -> float | None:
        """Audio that arrived at `now`; returns the time at which it begins.

        None where it is left out, since the timeline is ahead of the clock and nobody speaks.
        """
        samples = len(pcm) // 2
        idle = not self._detector.speaking and self._probability < DOUBTED
        if idle and self._arrival.surplus(samples, now):
            return None
        self._fill(self._arrival.arrived(samples, now, idle=idle))
        began = self.now
        self._take(pcm)
        return began

    def tick(self, now: float) -> None:
        """No audio has come for a while, perhaps."""
        self._fill(self._arrival.tick(now))

    def slice(self, since: float, until: float) -> Int16:
        """The audio from `since` to `until`, as far as it is there, without the bot's echo."""
        heard = self._between(since, until)
        if self._sent is None or not self._sent.audible(since, ECHO_AFTER):
            return heard
        since = max(since, self._base / LINE_RATE)
        onset = next((at for at in self._onsets if at >= since), since)
        return without_echo(heard, since, round((onset - since) * LINE_RATE), self._sent)

    def _between(self, since: float, until: float) -> Int16:
        first = max(round(since * LINE_RATE) - self._base, 0)
        last = max(round(until * LINE_RATE) - self._base, first)
        return np.frombuffer(bytes(self._kept[first * 2 : last * 2]), np.int16)

    def _fill(self, samples: int) -> None:
        while samples > 0:
            piece = min(samples, LINE_RATE)
            self._take(bytes(piece * 2))
            samples -= piece

    def _take(self, pcm: bytes) -> None:
        self._kept += pcm
        window = self._activity.window
        end = self._base + len(self._kept) // 2
        while end - self._analysed >= window:
            offset = (self._analysed - self._base) * 2
            samples = np.frombuffer(bytes(self._kept[offset : offset + window * 2]), np.int16)
            self._look_at(samples)
        self._forget()

    def _look_at(self, samples: Int16) -> None:
        start, seconds = self._analysed / LINE_RATE, len(samples) / LINE_RATE
        self._analysed += len(samples)
        probability = self._probability = self._activity.probability(samples)
        if probability >= DOUBTED and self._is_echo(start + seconds):
            probability, self._echo_at = 0.0, start
        quiet_line = start - self._echo_at > ECHO_MEMORY
        over_bot = quiet_line and self._sent is not None and self._sent.audible(start, OVER_BOT)
        loud = level(samples)
        event = self._detector.feed(probability, start, seconds, level=loud, over_bot=over_bot)
        if self._detector.speaking:
            self._last_speech = start + seconds
        if isinstance(event, SpeechStarted):
            self._onsets.append(event.at)
        if event is not None:
            self._on_event(event)

    def _is_echo(self, until: float) -> bool:
        """Does the audio up to `until`, the end of what was analysed, come from us?"""
        if self._sent is None or not self._sent.audible(until, ECHO_AFTER):
            return False
        heard = self._between(until - COMPARED / LINE_RATE, until)
        before = np.zeros(COMPARED - len(heard), np.int16)  # the call is younger than that
        return is_echo(np.concatenate((before, heard)), self._sent.around(until))

    def _forget(self) -> None:
        recent = self.now - self._last_speech < FORGET_AFTER
        keep = self._longest + FORGET_AFTER if recent else IDLE_KEEP
        excess = len(self._kept) - round(keep * LINE_RATE) * 2
        excess = min(excess, (self._analysed - self._base) * 2)
        if excess > LINE_RATE // 2:  # now and then, not at every frame
            del self._kept[:excess]
            self._base += excess // 2

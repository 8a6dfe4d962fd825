"""From the voice activity of short windows to "speech started" and "speech paused"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from voicebot.conversation.events import Party, SpeechPaused, SpeechStarted

_FALLS: Final = 0.3
_RISES: Final = 0.03
"""By which part of the difference the estimated noise follows a quieter and a louder window."""


@dataclass(frozen=True, slots=True)
class ActivitySettings:
    """Probabilities at which a window counts as speech or as silence; durations in seconds.

    Between `silence_below` and `speech_above` a window keeps the state it is in. Speech begins
    after `onset` of speech within a row of windows; it pauses after `pause` of silence. Within
    `recent` of a pause, `resume` of speech is enough: somebody who just spoke is likely to go on,
    and would be cut off while it is still doubted.

    Voice activity lags behind the ear by 50 to 300 ms at the end of speech. A window is silent to
    the ear that is `quiet` decibels below the loudest of this stretch of speech, or less than
    `above` decibels above the noise of the line and `clearly` below the loudest. As soon as
    voice activity agrees, the silence of the ear counts as well: a pause is noticed after `pause`
    of it, and speech ended at most `lag` after it began. After `deaf` of it voice activity is not
    asked any more.

    While the bot can be heard, one window of probability `sign` is enough: it pauses at the first
    sign, for a false alarm costs less than talking on. A false alarm is one that never became
    `resume` of speech; after it signs are not trusted for `wary`, and twice as long after each
    further one (at most `wariest`), so that a noisy line does not make the bot stutter.
    """

    speech_above: float = 0.5
    silence_below: float = 0.35
    onset: float = 0.09
    pause: float = 0.2
    resume: float = 0.06
    recent: float = 1.5
    quiet: float = 30.0
    above: float = 8.0
    clearly: float = 12.0
    lag: float = 0.096
    deaf: float = 0.16
    sign: float = 0.1
    wary: float = 5.0
    wariest: float = 60.0


class SpeechDetector:
    """Follows one speaker. Feed it one probability per window, in order."""

    def __init__(self, settings: ActivitySettings, party: Party = Party.CALLER) -> None:
        self._settings = settings
        self._party = party
        self._speaking = False
        self._onset_at: float | None = None  # start of the speech windows not yet believed
        self._voiced = 0.0  # seconds of speech since `_onset_at`
        self._silent_since: float | None = None  # end of the last speech window
        self._paused_at: float | None = None  # end of the last stretch of speech
        self._loudest = -math.inf  # dBFS, in this stretch of speech
        self._noise: float | None = None  # dBFS of the line while nobody speaks
        self._quiet_since: float | None = None  # silent to the ear from here on
        self._spoken = 0.0  # seconds of speech in this stretch
        self._false_alarms = 0  # in a row
        self._wary_until = 0.0

    @property
    def speaking(self) -> bool:
        """Is the speaker believed to be speaking?"""
        return self._speaking

    def feed(
        self,
        probability: float,
        start: float,
        seconds: float,
        *,
        level: float | None = None,
        over_bot: bool = False,
    ) -> SpeechStarted | SpeechPaused | None:
        """The window from `start` (s since the call began), `seconds` long, holds speech with
        `probability`; the event that follows from it, if any. `level`: how loud it is (dBFS), where
        it is known. `over_bot`: the bot is heard."""
        if level is not None:
            self._learn_noise(level, probability)
            if self._is_silent_to_the_ear(level, start, seconds):
                probability = 0.0
        if self._speaking:
            return self._while_speaking(probability, start, seconds)
        started = self._while_silent(probability, start, seconds)
        if started is None and over_bot and self._is_sign(probability, start):
            started = self._start(start)
        return started

    def _is_sign(self, probability: float, start: float) -> bool:
        return probability >= self._settings.sign and start >= self._wary_until

    def _start(self, began: float) -> SpeechStarted:
        if self._onset_at is not None:
            began = self._onset_at
        self._spoken = self._voiced
        self._onset_at, self._voiced = None, 0.0
        self._speaking, self._silent_since = True, None
        if not self._is_recent(began):
            self._loudest, self._quiet_since = -math.inf, None
        return SpeechStarted(began, self._party)

    def _while_silent(
        self, probability: float, start: float, seconds: float
    ) -> SpeechStarted | None:
        if probability < self._settings.silence_below:
            self._onset_at, self._voiced = None, 0.0
            return None
        if probability >= self._settings.speech_above:
            if self._onset_at is None:
                self._onset_at = start
            self._voiced += seconds
        if self._onset_at is None or self._voiced < self._needed(start) - 1e-9:
            return None
        return self._start(start)

    def _needed(self, now: float) -> float:
        resumes = min(self._settings.resume, self._settings.onset)
        return resumes if self._is_recent(now) else self._settings.onset

    def _is_recent(self, now: float) -> bool:
        return self._paused_at is not None and now - self._paused_at < self._settings.recent

    def _is_silent_to_the_ear(self, level: float, start: float, seconds: float) -> bool:
        """Has it been quiet for so long that it is silence, whatever voice activity believes?"""
        if not self._speaking and not self._is_recent(start):
            return False
        self._loudest = max(self._loudest, level)
        if level > self._loudest - self._settings.quiet and not self._is_noise(level):
            self._quiet_since = None
            return False
        if self._quiet_since is None:
            self._quiet_since = start
        return start + seconds - self._quiet_since >= self._settings.deaf - 1e-9

    def _is_noise(self, level: float) -> bool:
        if self._noise is None:
            return False
        most = min(self._noise + self._settings.above, self._loudest - self._settings.clearly)
        return level < most

    def _learn_noise(self, level: float, probability: float) -> None:
        """The line without speech: quickly down, and slowly up, since sounds end gradually."""
        if self._speaking or probability >= self._settings.silence_below:
            return
        if self._noise is None:
            self._noise = level
        share = _FALLS if level < self._noise else _RISES
        self._noise += share * (level - self._noise)

    def _while_speaking(
        self, probability: float, start: float, seconds: float
    ) -> SpeechPaused | None:
        if probability >= self._settings.speech_above:
            self._silent_since = None
            self._spoken += seconds
            return None
        if self._silent_since is None:
            if probability >= self._settings.silence_below:
                return None
            self._silent_since = start
        quiet_since = self._silent_since if self._quiet_since is None else self._quiet_since
        silent = start + seconds - min(quiet_since, self._silent_since)
        if silent < self._settings.pause - 1e-9:
            return None
        ended = min(self._silent_since, quiet_since + self._settings.lag)
        self._silent_since = None
        self._speaking = False
        self._learn(ended)
        return SpeechPaused(ended, self._party)

    def _learn(self, ended: float) -> None:
        """Was it speech after all?"""
        if self._spoken >= self._settings.resume - 1e-9:
            self._paused_at, self._false_alarms = ended, 0
            return
        seconds = self._settings.wary * 2.0 ** min(self._false_alarms, 10)
        self._wary_until = ended + min(seconds, self._settings.wariest)
        self._false_alarms += 1

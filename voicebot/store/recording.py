"""A call's recording: a two-channel WAV file that is written while the call runs.

Left is the caller, right is the bot or the expert; 16-bit linear PCM, little-endian (the format of
RIFF/WAVE, Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991).

Audio is placed at seconds since the call began. What is older than a horizon behind the newest
audio goes to disk and is forgotten here, so that memory does not grow with the call. Gaps are
silence; they are left out of the file system's blocks where it can do that.
"""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from voicebot.store.wav import FRAME_BYTES, HEADER_BYTES, wav_header

CALLER, BOT = 0, 1
_NEVER = -(1 << 40)  # a frame that is near no other

HORIZON = 1.0
"""Seconds that audio may come late, and that a crash loses."""

AHEAD = 10.0
"""Seconds that the bot may be in front of the caller's audio before that is flushed, too."""

SNAP = 0.02
"""A piece that starts within this many seconds of the end of the one before joins it without a
seam: arrival times jitter, samples don't."""

LONGEST = 8 * 3600.0
"""Seconds; audio placed later than this is a mistake of the caller of `Recorder`."""

HEADER_SECONDS = 3.0
"""How much audio may be written before the header in the file says so."""


class RecordingLostError(Exception):
    """The recording can't go on (a full disk, say); what was written so far stays playable."""


class Recorder:
    """Writes the recording at `path`; the file is made now, readable for its owner only.

    Writes are about 16 kB twice a second into the page cache (well below a millisecond), so it may
    be used on the event loop. Raises RecordingLostError once, whichever call notices; every call
    after that does nothing.
    """

    def __init__(
        self, path: Path, rate: int = 8000, *, horizon: float = HORIZON, snap: float = SNAP
    ) -> None:
        self.path = path
        self.rate = rate
        self.seconds = 0.0  # how much is in the file
        self.late = 0  # samples that came after their place had been flushed
        self._horizon = round(horizon * rate)
        self._snap = round(snap * rate)
        self._base = 0  # the frame that self._frames[0] is
        self._block = max(self._horizon // 2, 1)
        self._frames = np.zeros((self._horizon + self._block, 2), np.int32)
        self._end = 0  # frames of audio or silence known so far, from the beginning of the call
        self._newest = [0, 0]  # where the newest piece of each channel starts
        self._last_end = [_NEVER, _NEVER]  # where the newest piece of each channel ends
        self._muted: list[tuple[int, float]] = []  # frames of the caller that nobody may hear
        self._written = 0  # frames that the header in the file promises
        self._fd = -1
        self._open()

    def caller(self, pcm: bytes, at: float) -> None:
        """Place what the caller said: 16-bit mono samples that begin `at` seconds into the call."""
        self._place(CALLER, pcm, at)

    def bot(self, pcm: bytes, at: float) -> None:
        """Place what the bot or the expert said, in the same form."""
        self._place(BOT, pcm, at)

    def pause(self, at: float | None = None) -> None:
        """The caller's channel is silent from `at` on (None: from the end of what there is)."""
        if not self.paused:
            since = self._last_end[CALLER] if at is None else self._frame(at)
            self._muted.append((max(0, since), math.inf))
            self._erase(CALLER, max(0, since), self._end)

    def resume(self, at: float | None = None) -> None:
        """The caller is recorded again, from `at` on (None: from the end of what came meanwhile).

        Give `at`: audio from before it may still be under way.
        """
        if self.paused:
            since, _ = self._muted.pop()
            until = max(since, self._last_end[CALLER] if at is None else self._frame(at))
            self._muted.append((since, until))

    @property
    def paused(self) -> bool:
        """Is the caller's channel being left silent?"""
        return bool(self._muted) and self._muted[-1][1] == math.inf

    def silence(self, since: float, until: float) -> None:
        """Take out what the caller said from `since` to `until`, also where it is on disk."""
        first, last = self._frame(since), self._frame(until)
        if first < last:
            self._muted.insert(0, (first, last))
            self._erase(CALLER, first, last)

    def cut(self, at: float) -> None:
        """The bot's audio from `at` on was never heard: it had been sent ahead and was cleared."""
        first = self._frame(at)
        if self._fd >= 0 and first < self._last_end[BOT]:
            self._erase(BOT, first, self._last_end[BOT])
            self._last_end[BOT] = first
            self._newest[BOT] = min(self._newest[BOT], first)

    def close(self) -> None:
        """Write the rest and close the file; twice does no harm."""
        self._flush(self._end)
        self._write_header()
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    # ── placing ───────────────────────────────────────────────────────────────────────────────

    def _frame(self, at: float) -> int:
        if not 0.0 <= at <= LONGEST:  # false for NaN, too
            raise ValueError(f"{at!r} is not a time in seconds since the call began")
        return round(at * self.rate)

    def _place(self, channel: int, pcm: bytes, at: float) -> None:
        if self._fd < 0:
            return
        start = self._frame(at)
        samples = np.frombuffer(pcm, "<i2")
        if abs(start - self._last_end[channel]) <= self._snap:
            start = self._last_end[channel]
        end = start + len(samples)
        self._newest[channel] = max(self._newest[channel], start)
        self._last_end[channel] = max(self._last_end[channel], end)
        self._end = max(self._end, end)
        self._flush_old()
        if start < self._base:
            self.late += min(self._base, end) - start
            samples = samples[self._base - start :]
            start = self._base
        if channel == CALLER:
            samples = self._audible(samples, start)
        if len(samples):
            self._room(end)
            self._frames[start - self._base : end - self._base, channel] += samples

    def _audible(self, samples: NDArray[np.int16], start: int) -> NDArray[np.int16]:
        """`samples`, which begin at frame `start`, without what is muted."""
        self._muted = [region for region in self._muted if region[1] > self._base]
        end = start + len(samples)
        for since, until in self._muted:
            if since < end and until > start:
                samples = samples.copy()
                samples[max(0, since - start) : int(min(until, end)) - start] = 0
        return samples

    def _erase(self, channel: int, first: int, last: int) -> None:
        if self._fd < 0:
            return
        self._frames[max(0, first - self._base) : max(0, last - self._base), channel] = 0
        try:
            for at in range(first, min(last, self._base), self.rate):
                self._erase_on_disk(channel, at, min(at + self.rate, last, self._base))
        except OSError as error:
            self._lose(error)

    def _erase_on_disk(self, channel: int, first: int, last: int) -> None:
        offset = HEADER_BYTES + first * FRAME_BYTES
        data = os.pread(self._fd, (last - first) * FRAME_BYTES, offset)
        frames = np.frombuffer(data[: len(data) // FRAME_BYTES * FRAME_BYTES], "<i2").copy()
        frames[channel::2] = 0
        self._write(frames.tobytes(), offset)

    def _room(self, end: int) -> None:
        """Make the buffer hold frame `end` - 1; it grows only while audio is placed ahead."""
        missing = end - self._base - len(self._frames)
        if missing > 0:
            more = np.zeros((missing + self._block, 2), np.int32)
            self._frames = np.concatenate([self._frames, more])

    # ── writing ───────────────────────────────────────────────────────────────────────────────

    def _flush_old(self) -> None:
        ahead = self._newest[BOT] - round(AHEAD * self.rate)
        upto = max(self._newest[CALLER], ahead) - self._horizon
        # In blocks: two writes a second instead of fifty.
        if upto - self._base >= self._block:
            self._flush(upto)

    def _flush(self, upto: int) -> None:
        if self._fd < 0 or upto <= self._base:
            return
        held = min(upto - self._base, len(self._frames))
        block = np.clip(self._frames[:held], -32768, 32767).astype("<i2")
        offset = HEADER_BYTES + self._base * FRAME_BYTES
        try:
            # A long gap is not written out but jumped over: the file system reads it as zeros.
            if block.any():
                self._write(block.tobytes(), offset)
            os.ftruncate(self._fd, HEADER_BYTES + upto * FRAME_BYTES)
        except OSError as error:
            self._lose(error)
        kept = self._frames[held : held + max(0, self._end - upto)]
        self._frames = np.zeros((max(self._horizon + self._block, len(kept)), 2), np.int32)
        self._frames[: len(kept)] = kept
        self._base = upto
        self.seconds = upto / self.rate
        if upto - self._written >= HEADER_SECONDS * self.rate:
            self._write_header()

    def _write_header(self) -> None:
        if self._fd < 0:
            return
        try:
            self._write(wav_header(self.rate, self._base), 0)
        except OSError as error:
            self._lose(error)
        self._written = self._base

    def _write(self, data: bytes, offset: int) -> None:
        view = memoryview(data)
        while view:
            count = os.pwrite(self._fd, view, offset)
            view, offset = view[count:], offset + count

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._fd = os.open(self.path, flags, 0o600)
            self._write(wav_header(self.rate, 0), 0)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> NoReturn:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            # On a disk that fails altogether the header stays as it was: right, but short.
            with suppress(OSError):
                os.pwrite(fd, wav_header(self.rate, self._base), 0)
                os.ftruncate(fd, HEADER_BYTES + self._base * FRAME_BYTES)
            os.close(fd)
        raise RecordingLostError(f"the recording can't go on: {error.strerror}") from error

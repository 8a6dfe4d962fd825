"""The audio of a call inside the page: its waveform as SVG, its sound as Opus in a data URI.

Opus in Ogg (RFC 7845) takes about a tenth of the two-channel WAV, so that thirty calls fit into a
page that can still be mailed. What a caller said in a secret turn is silence in it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from markupsafe import Markup
from numpy.typing import NDArray

from evaluation.runs.model import CallRecord

HEIGHT: Final = 96
"""Of the waveform, in its own units; both channels together."""
LONGEST: Final = 1800.0
"""Seconds of a call that are read; a longer recording is none of an evaluation."""
_COLUMNS: Final = 600
_AROUND: Final = 0.3
"""Seconds before and after a secret turn that are silent, too: ends of speech are estimates."""

Stereo = NDArray[np.int16]
"""Samples by channel, [n, 2]: caller, bot."""


class SoundError(ValueError):
    """The recording can't be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording: samples [n, 2] at `rate` Hz."""

    samples: Stereo
    rate: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate

    def between(self, since: float, until: float) -> Sound:
        """A part of it; what lies outside is left out."""
        first, last = (round(max(at, 0.0) * self.rate) for at in (since, until))
        return Sound(self.samples[first:last], self.rate)


def read_sound(folder: Path, call: CallRecord) -> Sound | None:
    """The recording of a call in a run's folder, its secret turns silent; None where there is none.

    Raises:
        SoundError: it is no two-channel recording, lies outside the folder, or can't be read.
    """
    if not call.audio:
        return None
    path = (folder / call.audio).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise SoundError(f"{call.audio} of {call.case} lies outside the run's folder")
    try:
        with soundfile.SoundFile(path) as file:
            if file.channels != 2 or file.frames > LONGEST * file.samplerate:
                seconds = file.frames / file.samplerate
                raise SoundError(
                    f"{path} has {file.channels} channels and {seconds:.0f} s; a call has 2 and at "
                    f"most {LONGEST:.0f} s"
                )
            samples: Stereo = file.read(dtype="int16", always_2d=True)
            return Sound(_without_secrets(samples, file.samplerate, call), file.samplerate)
    except (OSError, soundfile.LibsndfileError) as error:
        raise SoundError(f"the recording {path} can't be read: {error}") from error


def _without_secrets(samples: Stereo, rate: int, call: CallRecord) -> Stereo:
    for turn in call.turns:
        if turn.secret and turn.start is not None and turn.end is not None:
            first = round(max(turn.start - _AROUND, 0.0) * rate)
            samples[first : round((turn.end + _AROUND) * rate), 0] = 0
    return samples


def opus_uri(sound: Sound) -> str:
    """The recording as `data:audio/ogg...`."""
    written = io.BytesIO()
    soundfile.write(written, sound.samples, sound.rate, format="OGG", subtype="OPUS")
    return "data:audio/ogg;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def wav_bytes(sound: Sound) -> bytes:
    """The recording as a 16-bit WAV file."""
    written = io.BytesIO()
    soundfile.write(written, sound.samples, sound.rate, format="WAV", subtype="PCM_16")
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the waveform that stands out: `kind` is a class of the page's style."""

    start: float
    end: float
    kind: str


def waveform(sound: Sound, marks: Sequence[Mark] = ()) -> Markup:
    """Both channels, caller above and bot below, as one SVG element that fills its box."""
    length = max(sound.seconds, 1e-9)
    half = HEIGHT / 2
    parts = [
        f'<rect class="mark {mark.kind}" x="{_x(mark.start, length)}" y="0" '
        f'width="{max(_x(mark.end, length) - _x(mark.start, length), 1.0):.1f}" '
        f'height="{HEIGHT}"/>'
        for mark in marks
    ]
    for channel, name in enumerate(("caller", "bot")):
        outline = _outline(sound.samples[:, channel], half * channel + half / 2, half / 2 - 2)
        parts.append(f'<path class="wave-{name}" d="{outline}"/>')
    return Markup(  # noqa: S704 - numbers of ours and the kinds of marks
        f'<svg viewBox="0 0 {_COLUMNS} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _x(at: float, length: float) -> float:
    return round(min(max(at / length, 0.0), 1.0) * _COLUMNS, 1)


def _outline(samples: NDArray[np.int16], middle: float, most: float) -> str:
    """The loudest sample of each column, mirrored at the middle."""
    count = min(_COLUMNS, len(samples))
    if not count:
        return f"M0 {middle:g}H{_COLUMNS}"
    edges = np.linspace(0, len(samples), count, endpoint=False).astype(int)
    peaks = np.maximum.reduceat(np.abs(samples.astype(np.int32)), edges) / 32768.0
    scale = most / max(float(np.max(peaks)), 0.05)
    high = np.maximum(peaks * scale, 0.3)
    step = _COLUMNS / count
    above = "L".join(f"{n * step:.1f} {middle - h:.1f}" for n, h in enumerate(high))
    below = "L".join(f"{n * step:.1f} {middle + high[n]:.1f}" for n in range(len(high) - 1, -1, -1))
    return f"M{above}L{below}Z"

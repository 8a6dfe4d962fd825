"""The signal processing of the pages, run in the browser and judged here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.web.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RESAMPLE = """async ([samples, from, to, chunk]) => {
  const { Resampler } = await import("/static/audio/resampler.js");
  const resampler = new Resampler(from, to);
  const out = [];
  for (let at = 0; at < samples.length; at += chunk) {
    out.push(...resampler.push(Float32Array.from(samples.slice(at, at + chunk))));
  }
  return out;
}"""

# Runs a list of steps against a play buffer: audio, marks, clear, and pulling quanta of 128.
PLAYOUT = """async ([rate, steps]) => {
  const { Playout } = await import("/static/audio/playout.js");
  const out = [];
  const marks = [];
  let due = 0;
  const playout = new Playout(rate, (name) => marks.push([name, out.length / rate]));
  for (const [what, value] of steps) {
    if (what === "push") playout.push(Float32Array.from(value));
    if (what === "mark") playout.mark(value);
    if (what === "clear") playout.clear();
    if (what === "live") playout.live = value;
    if (what === "pull") due += value * rate;
    while (out.length < due) {
      const quantum = new Float32Array(128);
      playout.pull(quantum);
      out.push(...quantum);
    }
  }
  return { out, marks, ahead: playout.ahead };
}"""

Floats = NDArray[np.float64]


def sine(hertz: float, seconds: float, rate: int) -> Floats:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


async def resample(
    site: Site, samples: Floats, source: int, target: int, chunk: int = 128
) -> Floats:
    await site.open("/phone")
    return np.array(await site.page.evaluate(RESAMPLE, [samples.tolist(), source, target, chunk]))


async def play(site: Site, rate: int, *steps: tuple[str, Any]) -> tuple[Floats, Any, float]:
    await site.open("/phone")
    plain = [[what, v.tolist() if isinstance(v, np.ndarray) else v] for what, v in steps]
    answer = await site.page.evaluate(PLAYOUT, [rate, plain])
    return np.array(answer["out"]), answer["marks"], answer["ahead"]


def sounding(samples: Floats, rate: int) -> float:
    """Seconds from the first to the last sample that can be heard."""
    heard = np.flatnonzero(np.abs(samples) > 1e-3)
    return float(heard[-1] - heard[0] + 1) / rate if len(heard) else 0.0


def loudness(samples: Floats) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-12))


async def test_resampling_keeps_tones_and_refuses_aliases(site: Site) -> None:
    for source, target in ((48000, 8000), (44100, 8000), (8000, 48000), (8000, 44100)):
        passed = await resample(site, sine(1000, 0.5, source), source, target)
        assert len(passed) == pytest.approx(0.5 * target, abs=0.01 * target)
        middle = passed[len(passed) // 4 : -len(passed) // 4]
        assert loudness(middle) == pytest.approx(-3.0, abs=0.1)
        spectrum = np.abs(np.fft.rfft(middle * np.blackman(len(middle))))
        peak = int(np.argmax(spectrum))
        assert peak * target / len(middle) == pytest.approx(1000, abs=10)
        spectrum[max(0, peak - 8) : peak + 9] = 0
        assert 20 * np.log10(spectrum.max() / len(middle)) < -65  # images and noise
    folded = await resample(site, sine(5000, 0.5, 48000), 48000, 8000)
    assert loudness(folded[400:-400]) < -65


async def test_resampling_does_not_depend_on_how_audio_is_cut(site: Site) -> None:
    tone = sine(700, 0.1, 44100)
    whole = await resample(site, tone, 44100, 8000, chunk=len(tone))
    pieces = await resample(site, tone, 44100, 8000, chunk=7)
    np.testing.assert_allclose(pieces, whole, atol=1e-6)


async def test_playing_has_no_click_at_start_end_and_gap(site: Site) -> None:
    tone = sine(400, 0.3, 8000)
    steps = [("push", tone), ("pull", 0.6), ("push", tone), ("pull", 0.6)]
    out, _, ahead = await play(site, 48000, *steps)
    assert loudness(out[4800:9600]) == pytest.approx(-3.0, abs=0.2)
    steepest = 2 * np.pi * 400 / 48000
    assert np.abs(np.diff(out)).max() < 1.15 * steepest
    for half in (out[: len(out) // 2], out[len(out) // 2 :]):
        assert sounding(half, 48000) == pytest.approx(0.3, abs=0.01)
    assert ahead == 0


async def test_a_buffer_of_sixty_milliseconds_rides_out_jitter(site: Site) -> None:
    frame = sine(400, 0.02, 8000)  # 8 whole periods: frames join without a seam
    steps: list[tuple[str, Any]] = []
    for burst in (1, 1, 1, 0, 2, 1, 0, 2, 0, 1, 2, 1, 1):
        steps += [("push", frame)] * burst + [("pull", 0.02)]
    out, _, _ = await play(site, 8000, *steps)
    first = int(np.argmax(np.abs(out) > 0.1))
    assert first / 8000 < 0.07
    heard = out[first + 80 : -400]
    windows = heard[: len(heard) // 160 * 160].reshape(-1, 160)
    assert np.sqrt((windows**2).mean(axis=1)).min() > 0.5  # never a hole


async def test_marks_come_after_the_audio_before_them(site: Site) -> None:
    tone = sine(400, 0.5, 8000)
    steps = [("mark", "first"), ("push", tone), ("mark", "half"), ("push", tone), ("mark", "end")]
    _, marks, _ = await play(site, 48000, *steps, ("pull", 1.5))
    assert [name for name, _ in marks] == ["first", "half", "end"]
    first, half, end = (at for _, at in marks)
    assert first < 0.01
    assert half == pytest.approx(0.5, abs=0.02)
    assert end == pytest.approx(1.0, abs=0.02)


async def test_clear_is_silent_within_four_milliseconds(site: Site) -> None:
    tone = sine(400, 2.0, 8000)
    steps = [("push", tone), ("mark", "a"), ("mark", "b"), ("pull", 0.5), ("clear", None)]
    out, marks, ahead = await play(site, 48000, *steps, ("pull", 0.5))
    cleared = next(at for name, at in marks if name == "a")
    assert [name for name, _ in marks] == ["a", "b"]
    after = out[round((cleared + 0.0045) * 48000) :]
    assert np.abs(after).max() == 0
    assert np.abs(np.diff(out)).max() < 0.1
    assert ahead == 0


async def test_what_follows_a_clear_is_played_from_its_beginning(site: Site) -> None:
    old, new = sine(400, 1.0, 8000), sine(900, 0.3, 8000)
    steps = [("push", old), ("pull", 0.2), ("clear", None), ("push", new), ("pull", 0.6)]
    out, _, _ = await play(site, 8000, *steps)
    after = out[round(0.22 * 8000) :]
    spectrum = np.abs(np.fft.rfft(after))
    assert np.argmax(spectrum) * 8000 / len(after) == pytest.approx(900, abs=5)
    assert sounding(after, 8000) == pytest.approx(0.3, abs=0.02)


async def test_between_people_playing_does_not_fall_behind(site: Site) -> None:
    silence, voice = np.zeros(160), sine(400, 0.02, 8000)
    late: list[tuple[str, Any]] = [("push", voice)] * 10 + [("push", silence)] * 30
    _, _, bot = await play(site, 8000, *late)
    _, _, people = await play(site, 8000, ("live", True), *late)
    assert bot == pytest.approx(0.8)  # what the bot says is never cut
    assert people <= 0.2 + 0.001

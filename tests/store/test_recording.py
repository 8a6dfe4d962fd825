"""The recording equals what was placed, stays small in memory, and survives what goes wrong."""

import errno
import os
import resource
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voicebot.store.recording import Recorder, RecordingLostError
from voicebot.store.wav import NotARecordingError, mend

RATE = 8000
FRAME = 160


def tone(count: int = FRAME, level: int = 1000) -> bytes:
    return np.full(count, level, "<i2").tobytes()


def read(path: Path) -> NDArray[np.int16]:
    """What an ordinary player gets: shape (frames, 2)."""
    with wave.open(str(path), "rb") as file:
        assert file.getparams()[:3] == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def test_two_channels_at_their_times(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "new" / "recording.wav")
    recorder.caller(tone(), 0.5)
    recorder.bot(tone(level=-7), 1.0)
    recorder.close()
    recorder.close()
    audio = read(recorder.path)
    assert len(audio) == RATE + FRAME
    assert set(audio[4000 : 4000 + FRAME, 0]) == {1000}
    assert set(audio[8000:, 1]) == {-7}
    assert np.count_nonzero(audio) == 2 * FRAME
    assert recorder.path.stat().st_mode & 0o777 == 0o600
    assert recorder.path.parent.stat().st_mode & 0o777 == 0o700


pieces = st.lists(
    st.tuples(
        st.booleans(),  # bot?
        st.floats(-0.9, 1.5),  # start, relative to the newest start
        st.integers(0, 1200),  # samples
        st.integers(-32768, 32767),
    ),
    max_size=40,
)


@given(pieces)
def test_random_placement_equals_a_plain_mix(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[bool, float, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("mix") / "recording.wav"
    recorder = Recorder(path, snap=0.0)
    expected = np.zeros((RATE * 80, 2), np.int64)
    newest, length = 0.0, 0
    for bot, offset, count, level in pieces:
        at = max(0.0, newest + offset)
        newest = max(newest, at)
        (recorder.bot if bot else recorder.caller)(tone(count, level), at)
        start = round(at * RATE)
        expected[start : start + count, int(bot)] += level
        length = max(length, start + count)
    recorder.close()
    assert recorder.late == 0
    np.testing.assert_array_equal(read(path), np.clip(expected[:length], -32768, 32767))


def test_jitter_leaves_no_seams(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    rng = np.random.default_rng(3)
    for number in range(500):
        recorder.caller(tone(), 1.0 + number * 0.02 + rng.uniform(-0.009, 0.009))
    recorder.close()
    caller = read(recorder.path)[:, 0]
    (heard,) = np.nonzero(caller)
    assert set(caller[heard]) == {1000}  # nothing doubled
    assert heard[-1] - heard[0] + 1 == len(heard) == 500 * FRAME  # no holes


def test_late_audio_is_kept_within_the_horizon_and_dropped_after(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    for number in range(400):
        recorder.bot(tone(), number * 0.02)
        recorder.caller(tone(level=1), number * 0.02)
    recorder.caller(tone(level=50), 7.2)
    assert recorder.late == 0
    recorder.caller(tone(level=50), 1.0)
    assert recorder.late == FRAME
    recorder.close()
    caller = read(recorder.path)[:, 0]
    assert set(caller[57600 : 57600 + FRAME]) == {51}
    assert set(caller[8000 : 8000 + FRAME]) == {1}


def test_a_silent_caller_does_not_hold_the_bot_back(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    for number in range(50 * 30):
        recorder.bot(tone(), number * 0.02)
    assert recorder.seconds > 17
    recorder.close()
    assert np.all(read(recorder.path)[:, 1] == 1000)


def test_card_digits_never_reach_the_disk(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    for number in range(500):
        at = number * 0.02
        if number == 200:
            recorder.pause(at)
            assert recorder.paused
        if number == 300:
            recorder.resume(at)
            assert not recorder.paused
        secret = 200 <= number < 300
        recorder.caller(tone(level=4821 if secret else 7), at)
        recorder.bot(tone(), at)
        assert np.array([4821], "<i2").tobytes() not in recorder.path.read_bytes()[44:]
    recorder.close()
    caller, bot = read(recorder.path).T
    assert not caller[200 * FRAME : 300 * FRAME].any()
    assert set(caller[: 200 * FRAME]) == set(caller[300 * FRAME :]) == {7}
    assert np.all(bot == 1000)


def test_a_pause_also_holds_for_what_came_before_and_comes_late(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav", snap=0.0)
    for number in range(250):
        recorder.caller(tone(), number * 0.02)
    recorder.pause(1.0)  # noticed four seconds late
    recorder.caller(tone(), 5.0)
    recorder.resume(5.5)
    recorder.caller(tone(), 5.4)  # from before the resumption
    recorder.caller(tone(), 5.5)
    recorder.close()
    caller = read(recorder.path)[:, 0]
    (heard,) = np.nonzero(caller)
    assert list(heard) == [*range(8000), *range(44000, 44000 + FRAME)]


def test_pause_and_resume_without_a_time(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    recorder.pause()
    recorder.pause()
    recorder.caller(tone(), 0.0)
    recorder.resume()
    recorder.resume()
    recorder.caller(tone(), 0.02)
    recorder.close()
    assert list(np.nonzero(read(recorder.path)[:, 0])[0]) == list(range(FRAME, 2 * FRAME))


@pytest.mark.parametrize(("since", "until"), [(0.0, 0.5), (3.0, 9.7), (9.9, 11.0), (2.0, 2.0)])
def test_silence_takes_out_the_caller_only(tmp_path: Path, since: float, until: float) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    for number in range(500):
        recorder.caller(tone(), number * 0.02)
        recorder.bot(tone(), number * 0.02)
    recorder.silence(since, until)
    recorder.close()
    caller, bot = read(recorder.path).T
    expected = np.full(80000, 1000)
    expected[round(since * RATE) : round(until * RATE)] = 0
    np.testing.assert_array_equal(caller, expected)
    assert np.all(bot == 1000)


def test_what_the_bot_had_sent_ahead_can_be_cut(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    recorder.caller(tone(), 0.0)
    recorder.bot(tone(5 * RATE), 0.0)
    recorder.caller(tone(), 1.0)
    recorder.cut(1.25)
    recorder.bot(tone(level=5), 1.5)
    recorder.close()
    bot = read(recorder.path)[:, 1]
    assert np.all(bot[:10000] == 1000)
    assert not bot[10000:12000].any()
    assert np.all(bot[12000 : 12000 + FRAME] == 5)
    assert not bot[12000 + FRAME :].any()


def test_memory_stays_constant_over_ten_minutes(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    frame = tone()

    def talk(since: int, until: int) -> int:
        for number in range(since * 50, until * 50):
            recorder.caller(frame, number * 0.02)
            recorder.bot(frame, number * 0.02)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        early = talk(0, 20)
        late = talk(20, 600)
    finally:
        tracemalloc.stop()
    recorder.close()
    assert late - early < 50_000
    assert len(read(recorder.path)) == 600 * RATE


def test_a_long_gap_costs_neither_memory_nor_disk(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    recorder.caller(tone(), 0.0)
    recorder.caller(tone(), 3600.0)
    recorder.bot(tone(), 7200.0)
    recorder.close()
    assert len(read(recorder.path)) == 7200 * RATE + FRAME
    assert recorder.path.stat().st_blocks * 512 < 1_000_000  # of 230 million


@pytest.mark.parametrize("at", [-0.1, float("nan"), float("inf"), 1e9])
def test_impossible_times_are_refused(tmp_path: Path, at: float) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    with pytest.raises(ValueError, match="not a time"):
        recorder.caller(tone(), at)
    recorder.close()


def test_after_a_crash_the_file_plays_and_can_be_mended(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    for number in range(1000):
        recorder.caller(tone(), number * 0.02)
    copy = tmp_path / "crashed.wav"
    copy.write_bytes(recorder.path.read_bytes() + b"\x01")  # cut in the middle of a frame
    assert 14.0 < len(read(copy)) / RATE < 20.0
    assert mend(copy) == recorder.seconds >= 18.0
    assert len(read(copy)) / RATE == recorder.seconds
    assert mend(copy) == recorder.seconds
    recorder.close()


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\0" * 100, b"RIFF" + b"\1" * 96])
def test_what_is_no_recording_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(NotARecordingError):
        mend(path)
    assert path.read_bytes() == content


def test_a_full_disk_is_told_once_and_keeps_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(tmp_path / "recording.wav")
    real = os.pwrite

    def full(fd: int, data: bytes, offset: int) -> int:
        if offset > 200_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data[:1000], offset)  # and short writes on the way there

    monkeypatch.setattr(os, "pwrite", full)

    def talk() -> None:
        for number in range(1000):
            recorder.caller(tone(), number * 0.02)

    with pytest.raises(RecordingLostError, match="No space left"):
        talk()
    talk()
    recorder.bot(tone(), 20.0)
    recorder.silence(0.0, 1.0)
    recorder.cut(0.0)
    recorder.close()
    audio = read(recorder.path)
    assert len(audio) / RATE == recorder.seconds > 5
    assert np.all(audio[:, 0] == 1000)


def test_a_real_limit_on_the_size_of_files(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.wav")

    def talk() -> None:
        for number in range(1000):
            recorder.bot(tone(), number * 0.02)
            recorder.caller(tone(), number * 0.02)

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_001, limits[1]))
    try:
        with pytest.raises(RecordingLostError, match="File too large"):
            talk()
        talk()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(read(recorder.path)) / RATE == recorder.seconds > 5


def test_a_folder_that_cant_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordingLostError, match="exists"):
        Recorder(tmp_path / "file" / "recording.wav")


def test_an_existing_recording_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    path.write_bytes(b"somebody's call")
    with pytest.raises(RecordingLostError, match="exists"):
        Recorder(path)
    assert path.read_bytes() == b"somebody's call"

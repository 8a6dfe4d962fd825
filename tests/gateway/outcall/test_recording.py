"""What is kept of a spoken answer."""

from __future__ import annotations

import wave

from gateway.outcall.recording import TAIL, Recorder, write_wav

FRAME = b"\1\0" * 160
FRAME_SECONDS = 0.02


def fed(recorder: Recorder, first: float, frames: int) -> None:
    for number in range(frames):
        recorder.feed(FRAME, first + number * FRAME_SECONDS)


def test_from_start_to_shortly_after_the_last_sound():
    recorder = Recorder(60.0)
    fed(recorder, 0.0, 50)
    recorder.start(1.0)
    fed(recorder, 1.0, 200)
    assert len(recorder.stop(3.0)) == round((2.0 + TAIL) * 16000)
    fed(recorder, 5.0, 50)
    assert recorder.stop(9.0) == b""


def test_what_did_not_come_was_silence():
    recorder = Recorder(60.0)
    recorder.start(0.0)
    recorder.feed(FRAME, 0.0)
    recorder.feed(FRAME, 1.0)
    kept = recorder.stop(9.0)
    assert kept == FRAME + bytes(16000 - 320) + FRAME


def test_no_more_than_the_longest():
    recorder = Recorder(1.0)
    recorder.start(0.0)
    fed(recorder, 0.0, 100)
    recorder.feed(FRAME, 1e6)
    assert len(recorder.stop(1e6)) == 16000


def test_a_file_that_others_can_read(tmp_path):
    assert write_wav(tmp_path / "a.wav", FRAME * 50) == 1.0
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.readframes(file.getnframes()) == FRAME * 50
    assert [file.name for file in tmp_path.iterdir()] == ["a.wav"]

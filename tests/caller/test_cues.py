"""Items made ready: only what can be heard is sent, and keys have their places."""

from pathlib import Path

import pytest

from tests.telephony.echobot import tone
from voicebot.audio.g711 import ulaw_decode
from voicebot.caller.cues import AROUND, KEY_SPACING, prepare
from voicebot.caller.decode import AudioUnreadable
from voicebot.caller.place import write_recording
from voicebot.caller.result import audible_part
from voicebot.caller.script import Barge, Keys, Play, Silence, Speak, Wait


async def test_silence_around_a_recording_is_not_sent(tmp_path: Path) -> None:
    pcm = bytes(8000) + tone(0.5) + bytes(16000)
    path = tmp_path / "a.wav"
    write_recording(path, pcm, pcm)
    [cue] = await prepare([Play(path)], None)
    assert len(cue.frames) == pytest.approx(25 + 2 * AROUND, abs=1)
    assert cue.audible == pytest.approx(25 + AROUND, abs=1)
    assert all(len(frame) == 160 for frame in cue.frames)


async def test_a_voice_that_ends_within_a_frame_is_filled_with_silence() -> None:
    def voice(text: str) -> bytes:
        assert text == "hi"
        return tone(0.105)

    plain, barging = await prepare([Speak("hi"), Barge(Speak("hi"), 0.5)], voice)
    assert plain.frames == barging.frames
    sound = ulaw_decode(b"".join(plain.frames))
    assert len(sound) == 320 * len(plain.frames)


async def test_keys_silence_and_wait() -> None:
    keys, silence, wait = await prepare([Keys("48"), Silence(1.0), Wait(0.001)], None)
    assert keys.keys == {0: "4", KEY_SPACING: "8"}
    assert keys.audible == KEY_SPACING + 1
    assert len(silence.frames) == 50
    assert len(wait.frames) == 1
    assert silence.audible == wait.audible == 0


async def test_a_voice_that_says_nothing() -> None:
    with pytest.raises(AudioUnreadable, match="nothing to hear"):
        await prepare([Speak("hi")], lambda _: b"")


def test_background_does_not_count_as_voice() -> None:
    quiet = bytes(
        (value * 40 // 100) & 0xFF if n % 2 == 0 else 0 for n, value in enumerate(b"x" * 8000)
    )
    first, last = audible_part(quiet + tone(0.4) + quiet)
    assert (last - first) * 0.02 == pytest.approx(0.4, abs=0.05)
    assert audible_part(b"") == (0, 0)
    assert audible_part(bytes(320)) == (0, 0)

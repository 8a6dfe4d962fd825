from __future__ import annotations

import base64
import json
from typing import Any, Literal

import numpy as np
import pytest

from evaluation.bench.calls import CallLog, MeasuredCall, Moment, line_noise
from evaluation.bench.clips import Clip
from tests.evaluation.bench.tracks import spoken, tone
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import from_bytes, level
from voicebot.caller.wire import FRAME, FRAME_SECONDS

CLIP = spoken((0.2, 0.6), total=1.0)


class Script:
    """Does at frame n what `acts[n]` says; keeps what it was told."""

    def __init__(self, acts: dict[int, Clip | Literal["hang up"]]) -> None:
        self.acts = acts
        self.moments: list[Moment] = []
        self.ended = False

    def step(self, moment: Moment) -> Clip | Literal["hang up"] | None:
        self.moments.append(moment)
        return self.acts.get(moment.frame)

    def over(self) -> None:
        self.ended = True


class Telephone:
    """Drives a call through virtual time."""

    def __init__(self, script: Script, noise: float | None = -70.0) -> None:
        self.now = 100.0
        self.call = MeasuredCall("+15550001", "CA1", {}, script, noise, lambda: self.now)
        (_, start) = self.call.begin()
        self.stream = json.loads(start)["streamSid"]
        self.sent: list[dict[str, Any]] = []

    def step(self, frames: int = 1) -> None:
        for _ in range(frames):
            self.sent += map(json.loads, self.call.step())
            self.now += FRAME_SECONDS

    def bot(self, event: str, **inside: str) -> None:
        message = {"event": event, "streamSid": self.stream}
        self.call.receive(json.dumps(message | ({event: inside} if inside else {})))

    def bot_says(self, seconds: float) -> None:
        audio = ulaw_encode(tone(seconds).tobytes())
        self.bot("media", payload=base64.b64encode(audio).decode())

    def log(self) -> CallLog:
        return self.call.log("caller")


def test_what_the_bot_sends_is_heard_from_the_next_frame_on() -> None:
    telephone = Telephone(Script({}))
    telephone.step(10)
    telephone.bot_says(0.1)  # arrives 0.2 s after the call's first frame began
    telephone.step(20)
    log = telephone.log()
    assert [frame for frame, samples in enumerate(log.outgoing) if samples] == [10, 11, 12, 13, 14]
    heard = log.bot.reshape(-1, FRAME)
    assert [n for n, frame in enumerate(heard) if level(frame) > -40] == [10, 11, 12, 13, 14]
    assert log.arrivals[0].at == pytest.approx(0.2)
    assert log.arrivals[0].size == 800


def test_both_channels_are_equally_long_and_the_clip_lies_where_it_was_said() -> None:
    telephone = Telephone(Script({30: CLIP}))
    telephone.step(120)
    log = telephone.log()
    assert len(log.caller) == len(log.bot) == 119 * FRAME
    (said,) = log.said
    assert (said.start, said.end) == (30, 30 + len(CLIP.frames))
    part = log.caller[said.start * FRAME : said.end * FRAME]
    assert np.array_equal(part, from_bytes(ulaw_decode(b"".join(CLIP.frames))))


def test_a_clear_empties_the_buffer_and_is_logged_with_what_was_lost() -> None:
    telephone = Telephone(Script({}))
    telephone.step(5)
    telephone.bot_says(1.0)
    telephone.step(5)
    telephone.bot("clear")
    telephone.step(5)
    (clear,) = telephone.log().clears
    assert clear.at == pytest.approx(0.2)
    assert clear.dropped == 8000 - 5 * FRAME
    assert not any(telephone.log().outgoing[10:])


def test_marks_are_logged_with_the_audio_before_them_and_echoed_when_it_was_played() -> None:
    telephone = Telephone(Script({}))
    telephone.step(2)
    telephone.bot_says(0.04)
    telephone.bot("mark", name="1.1")
    assert telephone.log().marks[0].before == 320
    assert not [m for m in telephone.sent if m["event"] == "mark"]
    telephone.step(4)
    assert [m["mark"]["name"] for m in telephone.sent if m["event"] == "mark"] == ["1.1"]


def test_the_caller_hears_the_bot_and_hangs_up_when_the_script_says_so() -> None:
    script = Script({12: "hang up"})
    telephone = Telephone(script)
    telephone.bot_says(0.1)
    telephone.step(14)
    assert telephone.call.hanging_up
    assert telephone.sent[-1]["event"] == "stop"
    assert script.moments[0].audible
    assert not script.moments[0].idle
    assert script.moments[-1].idle


def test_a_line_with_noise_sends_every_frame_and_one_without_sends_speech_only() -> None:
    noisy, quiet = Telephone(Script({10: CLIP})), Telephone(Script({10: CLIP}), noise=None)
    for telephone in (noisy, quiet):
        telephone.step(101)
    media = [sum(m["event"] == "media" for m in t.sent) for t in (noisy, quiet)]
    assert media[0] == 100
    assert abs(media[1] - len(CLIP.frames)) <= 1


def test_lateness_of_the_client_is_in_the_log() -> None:
    telephone = Telephone(Script({}))
    telephone.step(10)
    telephone.now += 0.3
    telephone.step(3)
    assert telephone.log().late == pytest.approx(0.3, abs=0.021)


def test_nonsense_of_the_bot_is_counted_and_survived() -> None:
    telephone = Telephone(Script({}))
    telephone.step()
    telephone.call.receive("not json")
    telephone.call.receive(b"binary")
    telephone.step()
    assert telephone.log().mistakes == 2


@pytest.mark.parametrize("dbfs", [-40.0, -60.0])
def test_noise_has_the_level_that_was_asked_for(dbfs: float) -> None:
    frames = line_noise(dbfs, seed=1)
    assert len(frames) == 50
    assert level(from_bytes(ulaw_decode(b"".join(frames)))) == pytest.approx(dbfs, abs=1.0)

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from evaluation.bench.calls import Moment
from evaluation.callers.base import Act, Hold, Press, Utterance
from evaluation.lines import CallerLine
from evaluation.runs.call import EvaluatedCall
from evaluation.sets.model import Keys, Limits, Line, Say, Silence
from tests.evaluation.bench.tracks import spoken, tone
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import from_bytes, level
from voicebot.caller.wire import FRAME, FRAME_SECONDS

CLIP = spoken((0.2, 0.6), total=1.0)
SAY, KEYS, SILENCE = Say("hello"), Keys("4"), Silence(0.1)


class Script:
    """Does at frame n what `acts[n]` says; keeps what it heard."""

    def __init__(self, acts: dict[int, Act]) -> None:
        self.acts = acts
        self.heard: list[bytes] = []
        self.asked: list[int] = []

    def hear(self, frame: bytes) -> None:
        self.heard.append(frame)

    def step(self, moment: Moment) -> Act:
        self.asked.append(moment.frame)
        return self.acts.get(moment.frame)

    def over(self) -> None:
        pass


class Telephone:
    """Drives a call through virtual time."""

    def __init__(self, script: Script, line: Line = Line(), limits: Limits = Limits()) -> None:  # noqa: B008
        self.now = 100.0
        self.call = EvaluatedCall(
            "+1", "CA1", {}, script, CallerLine(line, 1), limits, lambda: self.now
        )
        (_, start) = self.call.begin()
        self.stream = json.loads(start)["streamSid"]
        self.sent: list[dict[str, Any]] = []

    def step(self, frames: int) -> None:
        for _ in range(frames):
            if self.call.hanging_up:
                return
            self.sent += map(json.loads, self.call.step())
            self.now += FRAME_SECONDS

    def events(self, name: str) -> list[dict[str, Any]]:
        return [message[name] for message in self.sent if message["event"] == name]

    def bot_says(self, seconds: float) -> None:
        audio = base64.b64encode(ulaw_encode(tone(seconds).tobytes())).decode()
        body = {"event": "media", "streamSid": self.stream, "media": {"payload": audio}}
        self.call.receive(json.dumps(body))


def test_turns_are_performed_where_they_were_begun() -> None:
    acts: dict[int, Act] = {10: Utterance(0, SAY, CLIP), 90: Press(1, KEYS, "4")}
    acts |= {91 + n: Press(1, KEYS, "") for n in range(4)}
    acts |= {100 + n: Hold(2, SILENCE) for n in range(5)}
    script = Script(acts)
    telephone = Telephone(script)
    telephone.step(120)
    said, keyed, held = telephone.call.performed
    assert (said.number, said.start, said.end, said.whole) == (0, 10, 10 + len(CLIP.frames), True)
    assert (keyed.start, keyed.end, held.start, held.end) == (90, 95, 100, 105)
    assert [dtmf["digit"] for dtmf in telephone.events("dtmf")] == ["4"]
    assert not set(script.asked) & set(range(11, 10 + len(CLIP.frames)))
    (clip,) = telephone.call.log("caller").said
    assert (clip.start, clip.end) == (said.start, said.end)


def test_what_is_said_last_may_be_cut_short() -> None:
    telephone = Telephone(Script({10: Utterance(0, SAY, CLIP)}))
    telephone.step(21)
    (cut,) = telephone.call.performed
    assert (cut.start, cut.end, cut.whole) == (10, 20, False)


def test_the_caller_hears_every_frame_of_the_bot_also_while_it_speaks() -> None:
    script = Script({5: Utterance(0, SAY, CLIP)})
    telephone = Telephone(script)
    telephone.step(10)
    telephone.bot_says(0.1)
    telephone.step(10)
    loud = [n for n, f in enumerate(script.heard) if level(from_bytes(ulaw_decode(f))) > -40]
    assert loud == [10, 11, 12, 13, 14]


def test_lost_frames_are_counted_by_the_network_and_not_sent() -> None:
    telephone = Telephone(Script({}), Line(loss=0.3))
    telephone.step(401)
    media = telephone.events("media")
    chunks = [int(one["chunk"]) for one in media]
    assert len(media) == pytest.approx(280, abs=40)
    assert chunks == sorted(set(chunks))
    assert chunks[-1] > 390
    assert all(int(one["timestamp"]) == (int(one["chunk"]) - 1) * 20 for one in media)
    assert len(telephone.call.log("caller").caller) == 400 * FRAME


def test_frames_that_are_held_back_arrive_in_order_before_the_call_ends() -> None:
    telephone = Telephone(Script({200: "hang up"}), Line(jitter=0.05))
    telephone.step(300)
    numbers = [int(message["sequenceNumber"]) for message in telephone.sent]
    assert [int(m["chunk"]) for m in telephone.events("media")] == list(range(1, 201))
    assert telephone.sent[-1]["event"] == "stop"
    assert numbers[-1] == max(numbers)


def test_the_echo_of_the_bot_is_on_the_callers_channel() -> None:
    telephone = Telephone(Script({}), Line(echo=10.0, echo_delay=0.1))
    telephone.step(10)
    telephone.bot_says(0.2)
    telephone.step(30)
    log = telephone.call.log("caller")
    loud = [n for n, f in enumerate(log.caller.reshape(-1, FRAME)) if level(f) > -40]
    # The frame that is played as number 10 comes back 0.1 s after its end.
    assert loud[0] in (15, 16)
    assert len(loud) in (10, 11)


@pytest.mark.parametrize(
    ("limits", "why"),
    [(Limits(seconds=1.0), "more than 1 s"), (Limits(turns=2), "more than 2 turns")],
)
def test_limits_hang_up(limits: Limits, why: str) -> None:
    acts: dict[int, Act] = {5: Press(0, KEYS, "4"), 60: Press(2, KEYS, "4")}
    telephone = Telephone(Script(acts), limits=limits)
    telephone.step(200)
    assert telephone.call.hanging_up
    assert why in telephone.call.limited
    assert telephone.sent[-1]["event"] == "stop"

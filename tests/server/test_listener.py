"""A listener finds speech, fills gaps, and keeps only what may still be needed."""

from __future__ import annotations

import numpy as np

from voicebot.audio.echo import SentAudio
from voicebot.audio.pcm import Int16
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import SpeechPaused, SpeechStarted
from voicebot.server.listener import IDLE_KEEP, Listener

SECOND = 8000


class Loudness:
    """Voice activity by loudness."""

    window = 256

    def probability(self, window: Int16) -> float:
        return 1.0 if int(np.abs(window).max()) > 1000 else 0.0


def made() -> tuple[Listener, list[SpeechStarted | SpeechPaused]]:
    events: list[SpeechStarted | SpeechPaused] = []
    listener = Listener(Loudness(), SpeechDetector(ActivitySettings()), events.append, 30.0)
    return listener, events


def feed(listener: Listener, seconds: float, level: int) -> None:
    for _ in range(round(seconds * 50)):
        listener.feed(np.full(160, level, np.int16).tobytes(), listener.now + 0.02)


def test_speech_is_found_and_can_be_cut_out() -> None:
    listener, events = made()
    feed(listener, 1.0, 0)
    feed(listener, 1.0, 5000)
    feed(listener, 1.0, 0)
    assert [type(e) for e in events] == [SpeechStarted, SpeechPaused]
    assert abs(events[0].at - 1.0) <= 0.032
    assert abs(events[1].at - 2.0) <= 0.064
    said = listener.slice(events[0].at, events[1].at)
    assert abs(len(said) - SECOND) <= 1024
    assert float((np.abs(said) > 1000).mean()) > 0.9


def test_a_network_that_sends_nothing_in_silence_does_not_stop_the_clock() -> None:
    listener, events = made()
    feed(listener, 1.0, 5000)
    for tenth in range(10, 40):
        listener.tick(tenth / 10)
    assert [type(e) for e in events] == [SpeechStarted, SpeechPaused]
    assert listener.now > 3.5


def test_memory_does_not_grow_with_silence() -> None:
    listener, _ = made()
    feed(listener, 60.0, 0)
    assert len(listener._kept) <= (IDLE_KEEP + 2) * SECOND * 2


def test_what_is_not_there_any_more_is_left_out() -> None:
    listener, _ = made()
    feed(listener, 20.0, 0)
    assert len(listener.slice(0.0, 1.0)) == 0
    assert len(listener.slice(19.5, 25.0)) == SECOND // 2


def listener_of_the_bot() -> tuple[Listener, list[SpeechStarted | SpeechPaused], SentAudio]:
    events: list[SpeechStarted | SpeechPaused] = []
    sent = SentAudio()
    detector = SpeechDetector(ActivitySettings())
    return Listener(Loudness(), detector, events.append, 30.0, 0.0, sent), events, sent


def voice(seconds: float, seed: int) -> Int16:
    random = np.random.default_rng(seed)
    return random.normal(0, 6000, round(seconds * SECOND)).astype(np.int16)


def converse(listener: Listener, sent: SentAudio, bot: Int16, caller: Int16) -> None:
    for start in range(0, len(caller), 160):
        sent.write(bot[start : start + 160], start / SECOND)
        listener.feed(caller[start : start + 160].tobytes(), (start + 160) / SECOND)


def test_the_bots_echo_is_no_speech_but_a_voice_into_it_is() -> None:
    bot = voice(4.0, 1)
    echo = np.concatenate([np.zeros(1200, np.int16), bot[:-1200] // 4])
    listener, events, sent = listener_of_the_bot()
    converse(listener, sent, bot, echo)
    assert events == []
    listener, events, sent = listener_of_the_bot()
    echo[16000:24000] += voice(1.0, 2)
    converse(listener, sent, bot, echo)
    assert [type(e) for e in events] == [SpeechStarted, SpeechPaused]
    assert abs(events[0].at - 2.0) < 0.1


def test_over_the_bot_the_first_window_counts() -> None:
    listener, events, sent = listener_of_the_bot()
    blip = np.zeros(16000, np.int16)
    blip[8192:8448] = voice(0.032, 2)
    converse(listener, sent, np.zeros(16000, np.int16), blip)
    assert events == []
    listener, events, sent = listener_of_the_bot()
    converse(listener, sent, voice(2.0, 1), blip)
    assert [type(e) for e in events] == [SpeechStarted, SpeechPaused]


def test_after_a_stall_the_ear_returns_to_the_clock_while_nobody_speaks() -> None:
    """A second of speech comes at once, a second late; the silence behind it catches up."""
    listener, events = made()
    feed(listener, 1.0, 0)
    for tenth in range(11, 21):
        listener.tick(tenth / 10)
    for _ in range(50):
        assert listener.feed(np.full(160, 5000, np.int16).tobytes(), 2.0) is not None
    assert listener.now > 2.8
    quiet = bytes(320)
    left_out = sum(listener.feed(quiet, 2.0 + n * 0.02) is None for n in range(1, 151))
    assert 35 <= left_out <= 42
    assert abs(listener.now - 5.0) < 0.05
    assert [type(e) for e in events] == [SpeechStarted, SpeechPaused]

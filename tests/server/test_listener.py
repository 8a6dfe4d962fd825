"""A listener finds speech, fills gaps, and keeps only what may still be needed."""

from __future__ import annotations

import numpy as np

from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import SpeechPaused, SpeechStarted
from voicebot.engines.base import Int16
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

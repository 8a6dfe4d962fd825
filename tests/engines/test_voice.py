"""The voice with fake synthesizers: cache, fallback, failures."""

import asyncio

import numpy as np
import pytest

from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.pool import PoolBusy, WorkerPool
from voicebot.engines.voice import Voice


class FakeSynthesizer:
    """Says every word as one chunk; fails where told."""

    def __init__(self, name, value=1, fail_at=None, error=None):
        self.name = name
        self.value = value
        self.fail_at = fail_at
        self.error = error or EngineError(f"{name} is broken")
        self.said = []

    def stream(self, text, out_rate, settings):
        self.said.append((text, out_rate, settings))
        for index, _ in enumerate(text.split()):
            if index == self.fail_at:
                raise self.error
            yield np.full(10, self.value, np.int16)


@pytest.fixture
def pool():
    pool = WorkerPool("voice", 1, 2)
    yield pool
    pool.close()


@pytest.fixture
def speaking(pool, tmp_path):
    def make(primary, fallback=None, **more):
        return Voice(pool, primary, fallback, tmp_path / "cache", **more)

    return make


async def audio(stream):
    chunks = [chunk async for chunk in stream]
    return np.concatenate(chunks).tolist() if chunks else []


async def test_it_says_what_is_meant(speaking):
    engine = FakeSynthesizer("one")
    assert await audio(speaking(engine).speak("Pay $5")) == [1] * 30
    assert engine.said == [("Pay five dollars", 8000, VoiceSettings())]


async def test_a_sentence_is_rendered_once(speaking):
    engine = FakeSynthesizer("one")
    voice = speaking(engine)
    assert await audio(voice.speak("Good morning")) == await audio(voice.speak("Good morning"))
    assert len(engine.said) == 1
    await audio(voice.speak("Good morning", VoiceSettings(0.8)))
    assert len(engine.said) == 2


async def test_what_belongs_to_one_caller_is_not_kept_unless_wanted(speaking, tmp_path):
    engine = FakeSynthesizer("one")
    voice = speaking(engine)
    await audio(voice.speak("Your PIN is 1234"))
    await audio(voice.speak("Hello Mary", cache=False))
    assert not list(tmp_path.rglob("*.pcm"))
    await audio(voice.speak("We open at 9", cache=True))
    assert len(list(tmp_path.rglob("*.pcm"))) == 1
    await audio(voice.speak("We open at 9", cache=True))
    assert len(engine.said) == 3


async def test_prerendered_sentences_are_there(speaking):
    engine = FakeSynthesizer("one")
    voice = speaking(engine)
    await voice.prerender(["Good morning", "One moment please"])
    await audio(voice.speak("One moment please"))
    assert len(engine.said) == 2


async def test_an_unfinished_sentence_is_not_kept(speaking, tmp_path):
    stream = speaking(FakeSynthesizer("one")).speak("Good morning to you")
    await anext(stream)
    await stream.aclose()
    assert not list(tmp_path.rglob("*.pcm"))


async def test_the_fallback_says_all_of_it_and_is_not_kept(speaking, tmp_path):
    voice = speaking(FakeSynthesizer("one", fail_at=0), FakeSynthesizer("two", value=2))
    assert await audio(voice.speak("Good morning")) == [2] * 20
    assert not list(tmp_path.rglob("*.pcm"))


async def test_a_failure_half_way_is_told(speaking, tmp_path):
    fallback = FakeSynthesizer("two")
    stream = speaking(FakeSynthesizer("one", fail_at=1), fallback).speak("Good morning")
    assert len(await anext(stream)) == 10
    with pytest.raises(EngineError, match="one is broken"):
        await anext(stream)
    assert fallback.said == []
    assert not list(tmp_path.rglob("*.pcm"))


async def test_both_failing_names_both(speaking):
    voice = speaking(FakeSynthesizer("one", fail_at=0), FakeSynthesizer("two", fail_at=0))
    with pytest.raises(EngineError, match="one is broken; two is broken"):
        await audio(voice.speak("Good morning"))


async def test_without_a_fallback_the_failure_is_told(speaking):
    with pytest.raises(EngineError, match="one is broken"):
        await audio(speaking(FakeSynthesizer("one", fail_at=0)).speak("Good morning"))


async def test_a_bug_in_an_engine_is_a_failing_engine(speaking):
    broken = FakeSynthesizer("one", fail_at=0, error=KeyError("phoneme"))
    voice = speaking(broken, FakeSynthesizer("two", value=2))
    assert await audio(voice.speak("Good morning")) == [2] * 20
    with pytest.raises(EngineError, match="one failed: KeyError"):
        await audio(speaking(broken).speak("Good morning"))


async def test_too_many_speaking_is_told_at_once(tmp_path):
    pool = WorkerPool("voice", 1, 1)
    pool.max_waiting = -1  # nobody is let in
    voice = Voice(pool, FakeSynthesizer("one"), FakeSynthesizer("two"), tmp_path)
    with pytest.raises(PoolBusy):
        await audio(voice.speak("Good morning"))
    pool.close()


async def test_nothing_to_say_is_nothing(speaking, tmp_path):
    assert await audio(speaking(FakeSynthesizer("one")).speak("  ")) == []
    assert not list(tmp_path.rglob("*.pcm"))


async def test_what_is_rendered_ahead_is_spoken_without_being_rendered_again(speaking):
    engine = FakeSynthesizer("one")
    voice = speaking(engine)
    voice.render_ahead("You have $5 left")
    assert await audio(voice.speak("You have $5 left")) == [1] * 50
    assert len(engine.said) == 1
    assert await audio(voice.speak("You have $5 left")) == [1] * 50
    assert len(engine.said) == 2


async def test_rendering_ahead_fills_the_cache_as_speaking_does(speaking, tmp_path):
    engine = FakeSynthesizer("one")
    voice = speaking(engine)
    voice.render_ahead("Which account")
    await audio(voice.speak("Which account"))
    voice.render_ahead("Which account")
    await audio(voice.speak("Which account"))
    assert len(engine.said) == 1
    assert len(list(tmp_path.rglob("*.pcm"))) == 1


async def test_other_settings_are_another_rendering(speaking):
    engine = FakeSynthesizer("one")
    voice = speaking(engine)
    voice.render_ahead("Pay $5", VoiceSettings(0.8))
    await audio(voice.speak("Pay $5"))
    assert {settings.rate for _, _, settings in engine.said} == {0.8, 1.0}


async def test_a_rendering_that_failed_ahead_is_tried_again(speaking):
    engine = FakeSynthesizer("one", fail_at=0)
    voice = speaking(engine)
    voice.render_ahead("Pay $5")
    await asyncio.sleep(0.05)
    engine.fail_at = None
    assert await audio(voice.speak("Pay $5")) == [1] * 30


async def test_nothing_is_rendered_ahead_of_no_words(speaking):
    engine = FakeSynthesizer("one")
    speaking(engine).render_ahead("  ")
    await asyncio.sleep(0.01)
    assert engine.said == []

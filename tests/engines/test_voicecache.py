import os

import numpy as np
import pytest

from voicebot.engines.base import VoiceSettings
from voicebot.engines.voicecache import VoiceCache, cache_key

AUDIO = np.arange(1000, dtype=np.int16)
SIZE = 2 * len(AUDIO) + 16


@pytest.fixture
def cache(tmp_path):
    return VoiceCache(tmp_path / "voice", 10 * SIZE, 8000)


def files(tmp_path):
    return sorted((tmp_path / "voice").iterdir())


def test_what_was_put_is_there(cache, tmp_path):
    assert cache.get("a") is None
    cache.put("a", AUDIO)
    assert np.array_equal(cache.get("a"), AUDIO)
    assert np.array_equal(VoiceCache(tmp_path / "voice", SIZE, 8000).get("a"), AUDIO)
    assert [file.stat().st_size for file in files(tmp_path)] == [SIZE]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "odd", "foreign"])
def test_a_damaged_file_is_removed(cache, tmp_path, damage):
    cache.put("a", AUDIO)
    path = files(tmp_path)[0]
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[500] ^= 1
    damaged = {
        "cut": data[:-2],
        "flip": data,
        "empty": b"",
        "odd": data[:-1],
        "foreign": b"RIFF" * 9,
    }
    path.write_bytes(bytes(damaged[damage]))
    assert cache.get("a") is None
    assert not path.exists()


def test_another_line_rate_is_not_mistaken(cache, tmp_path):
    cache.put("a", AUDIO)
    assert VoiceCache(tmp_path / "voice", SIZE, 16000).get("a") is None


def test_the_least_recently_used_go_first(tmp_path):
    cache = VoiceCache(tmp_path / "voice", 3 * SIZE, 8000)
    for age, key in enumerate("cba"):
        cache.put(key, AUDIO)
        os.utime(tmp_path / "voice" / f"{key}.pcm", (1000 + age, 1000 + age))
    assert cache.get("c") is not None  # the oldest, but used now
    cache.put("d", AUDIO)
    assert [file.stem for file in files(tmp_path)] == ["a", "c", "d"]


def test_putting_it_again_counts_once(tmp_path):
    cache = VoiceCache(tmp_path / "voice", 2 * SIZE, 8000)
    cache.put("a", AUDIO)
    for _ in range(5):
        cache.put("b", AUDIO)
    assert [file.stem for file in files(tmp_path)] == ["a", "b"]


def test_what_would_never_fit_is_not_kept(tmp_path):
    cache = VoiceCache(tmp_path / "voice", SIZE - 1, 8000)
    cache.put("a", AUDIO)
    assert cache.get("a") is None


def test_abandoned_partial_files_go_and_fresh_ones_stay(cache, tmp_path):
    (tmp_path / "voice").mkdir()
    old, fresh = tmp_path / "voice" / "old.part", tmp_path / "voice" / "fresh.part"
    for path in (old, fresh):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    cache.put("a", AUDIO)
    assert [file.name for file in files(tmp_path)] == ["a.pcm", "fresh.part"]


def test_a_folder_that_cannot_be_made_is_no_failure(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = VoiceCache(tmp_path / "file" / "voice", SIZE, 8000)
    cache.put("a", AUDIO)
    assert cache.get("a") is None


def test_keys_differ_in_everything_that_is_heard():
    keys = {
        cache_key(engine, text, VoiceSettings(speed), rate)
        for engine in ("hibari 1", "hibari 2")
        for text in ("yes", "no")
        for speed in (1.0, 0.8)
        for rate in (8000, 16000)
    }
    assert len(keys) == 16


def test_what_was_used_lately_is_at_hand(tmp_path):
    cache = VoiceCache(tmp_path, 1_000_000, 8000, memory=400)
    for name in "abc":
        cache.put(name, np.full(100, ord(name), np.int16))
    assert cache.recall("a") is None  # 200 bytes each: two have room
    assert cache.recall("b") is not None
    assert cache.get("a").tolist() == [97] * 100
    assert cache.recall("c") is None
    assert [cache.recall(name)[0] for name in "ba"] == [98, 97]


def test_audio_too_long_for_memory_is_on_disk_only(tmp_path):
    cache = VoiceCache(tmp_path, 1_000_000, 8000, memory=100)
    cache.put("a", np.zeros(100, np.int16))
    assert cache.recall("a") is None
    assert cache.get("a") is not None

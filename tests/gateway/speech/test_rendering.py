"""Pieces in a file, and going on after an attempt that broke off."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.errors import RefusedError
from gateway.speech.rendering import Rendering, key_of

RATE = 1000


def piece(value, count=10):
    return lambda: iter([np.full(count, value, np.int16)])


def never():
    raise AssertionError("it was made before")


def broken():
    yield np.full(7, 99, np.int16)
    raise RuntimeError("killed")


def rendering(folder, longest=100.0, rate=RATE):
    return Rendering(folder, rate, longest)


def samples(work):
    return np.frombuffer(work.samples.read_bytes(), np.int16).tolist()


def test_one_after_the_other(tmp_path):
    with rendering(tmp_path) as work:
        assert work.add("a", piece(1, 3))
        assert work.add("b", piece(2, 2))
    assert samples(work) == [1, 1, 1, 2, 2]
    assert work.seconds == 5 / RATE


def test_a_second_attempt_goes_on_behind_the_last_complete_piece(tmp_path):
    def first_attempt():
        with rendering(tmp_path) as work:
            work.add("a", piece(1, 3))
            work.add("b", broken)

    with pytest.raises(RuntimeError, match="killed"):
        first_attempt()
    with rendering(tmp_path) as work:
        assert not work.add("a", never)
        assert work.add("b", piece(2, 2))
        assert work.add("c", piece(3, 1))
    assert samples(work) == [1, 1, 1, 2, 2, 3]


def test_what_was_made_otherwise_is_made_again(tmp_path):
    with rendering(tmp_path) as work:
        for name in "abc":
            work.add(name, piece(1, 2))
    with rendering(tmp_path) as work:
        assert not work.add("a", never)
        assert work.add("other", piece(5, 1))
        assert work.add("c", piece(6, 1))
    assert samples(work) == [1, 1, 5, 6]


def test_another_rate_begins_again(tmp_path):
    with rendering(tmp_path) as work:
        work.add("a", piece(1, 2))
    with rendering(tmp_path, rate=8000) as work:
        assert work.add("a", piece(2, 4))
    assert samples(work) == [2] * 4


def test_a_shorter_text_leaves_nothing_of_the_longer_one(tmp_path):
    for names in ("abc", "a"):
        with rendering(tmp_path) as work:
            for name in names:
                work.add(name, piece(1, 2))
    assert samples(work) == [1, 1]


@pytest.mark.parametrize("damage", [b"x", b"\n", b"abc 12", b"\xff\xfe\n", b"k " * 500 + b"\n"])
def test_a_damaged_journal_costs_time_only(tmp_path, damage):
    with rendering(tmp_path) as work:
        work.add("a", piece(1, 2))
    with work.journal.open("ab") as file:
        file.write(damage)
    with rendering(tmp_path) as work:
        assert not work.add("a", never)
        assert work.add("b", piece(2, 1))
    assert samples(work) == [1, 1, 2]
    assert len(work.journal.read_text().splitlines()) == 2


def test_samples_that_were_lost_are_made_again(tmp_path):
    with rendering(tmp_path) as work:
        work.add("a", piece(1, 2))
        work.add("b", piece(2, 2))
    work.samples.write_bytes(work.samples.read_bytes()[:5])
    with rendering(tmp_path) as work:
        assert not work.add("a", never)
        assert work.add("b", piece(3, 2))
    assert samples(work) == [1, 1, 3, 3]


def test_a_voice_that_does_not_end_is_stopped(tmp_path):
    def endless():
        while True:
            yield np.zeros(RATE, np.int16)

    with (
        pytest.raises(RefusedError, match="longer than 3 s"),
        rendering(tmp_path, longest=3.0) as work,
    ):
        work.add("a", endless)


def test_keys_tell_apart():
    assert key_of("a", "bc", 1.0) != key_of("ab", "c", 1.0)
    assert key_of("a", 1.0) != key_of("a", 1.1)

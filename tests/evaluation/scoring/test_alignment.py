from __future__ import annotations

import json
import random
from functools import reduce
from operator import add
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.alignment import Counts, align, counts_of
from evaluation.scoring.normalise import comparable, distance
from tests.engines.realaudio import LINE, WHISPER, needs_whisper, recording
from tests.evaluation.scoring import sclite
from voicebot.engines.whisper import WhisperRecognizer

AN4 = Path(__file__).parents[4] / "shared" / "data" / "an4" / "cases.jsonl"
recorded = pytest.mark.skipif(not AN4.is_file(), reason="there is no ../shared/data/an4")

words = st.lists(st.sampled_from("a b c d".split()), max_size=8)


def corrupted(said: list[str], chance: random.Random, rate: float) -> list[str]:
    """What a bad recognizer makes of it: words left out, put in, replaced, twice, or swapped."""
    heard: list[str] = []
    for word in said:
        if chance.random() >= rate:
            heard.append(word)
            continue
        other = chance.choice(said)
        heard += chance.choice(([], [other], [word, other], [other, word], [word, word]))
    if chance.random() < rate and len(heard) > 1:
        at = chance.randrange(len(heard) - 1)
        heard[at], heard[at + 1] = heard[at + 1], heard[at]
    return heard


def an4() -> dict[str, list[str]]:
    with AN4.open(encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    return {case["id"]: case["text"].lower().split() for case in cases}


def equal_to_sclite(texts: dict[str, tuple[list[str], list[str]]], folder: Path) -> Counts:
    """The counts of all texts, every single one of which sclite counts alike."""
    theirs = sclite.scored(texts, folder)
    ours = {key: counts_of(align(*pair)) for key, pair in texts.items()}
    assert ours == theirs
    return reduce(add, ours.values())


@sclite.needed
@recorded
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.9])
def test_every_count_on_an4_is_that_of_sclite(rate: float, tmp_path: Path) -> None:
    chance = random.Random(20_261_124)
    texts = {key: (said, corrupted(said, chance, rate)) for key, said in an4().items()}
    total = equal_to_sclite(texts, tmp_path)
    assert (len(texts), total.words) == (240, sum(len(said) for said, _ in texts.values()))
    assert total.errors > 20 * rate


@sclite.needed
@recorded
@needs_whisper
@pytest.mark.real
@pytest.mark.parametrize("every", [24, pytest.param(1, marks=pytest.mark.slow)])
def test_every_count_on_an4_as_whisper_hears_it_is_that_of_sclite(
    every: int, tmp_path: Path
) -> None:
    recognizer = WhisperRecognizer(WHISPER)
    said = dict(list(an4().items())[::every])
    heard = {key: recognizer.recognize(recording("an4", key), LINE).text for key in said}
    plain = {key: (said[key], heard[key].lower().split()) for key in said}
    normal = {key: comparable(" ".join(said[key]), heard[key]) for key in said}
    (tmp_path / "plain").mkdir()
    (tmp_path / "normal").mkdir()
    as_written = equal_to_sclite(plain, tmp_path / "plain")
    as_compared = equal_to_sclite(normal, tmp_path / "normal")
    assert len(said) == len(range(0, 240, every))
    assert 0 < as_compared.errors < as_written.errors / 2


@sclite.needed
def test_where_alignments_cost_the_same_the_one_of_sclite_is_taken(tmp_path: Path) -> None:
    chance = random.Random(7)
    texts = {
        f"{number}": (
            chance.choices("abc", k=chance.randrange(9)),
            chance.choices("abc", k=chance.randrange(9)),
        )
        for number in range(3000)
    }
    texts = {key: pair for key, pair in texts.items() if pair[0] or pair[1]}
    total = equal_to_sclite(texts, tmp_path)
    fewest = sum(distance(said, heard) for said, heard in texts.values())
    assert total.errors > fewest, "else the weights would not matter, and the test say nothing"


def test_a_pair_of_unlike_words_stands_side_by_side() -> None:
    assert align("move fifty dollars".split(), "move sixty dollars now".split()) == (
        ("=", "move", "move"),
        ("S", "fifty", "sixty"),
        ("=", "dollars", "dollars"),
        ("I", "", "now"),
    )
    assert align([], ["you"]) == (("I", "", "you"),)
    assert align(["help"], []) == (("D", "help", ""),)
    assert align([], []) == ()


@given(words, words)
def test_an_alignment_holds_both_texts(said: list[str], heard: list[str]) -> None:
    pairs = align(said, heard)
    assert [word for _, word, _ in pairs if word] == said
    assert [word for _, _, word in pairs if word] == heard
    counts = counts_of(pairs)
    assert counts.words == len(said)
    assert counts.correct + counts.substitutions + counts.insertions == len(heard)


@given(words, words)
def test_no_cheaper_alignment_exists(said: list[str], heard: list[str]) -> None:
    counts = counts_of(align(said, heard))
    cost = 4 * counts.substitutions + 3 * (counts.deletions + counts.insertions)
    assert cost == _least(tuple(said), tuple(heard))


def _least(said: tuple[str, ...], heard: tuple[str, ...]) -> int:
    """The least cost, from its definition."""
    table = {(0, 0): 0}
    for a in range(len(said) + 1):
        for b in range(len(heard) + 1):
            ways = []
            if a:
                ways.append(table[a - 1, b] + 3)
            if b:
                ways.append(table[a, b - 1] + 3)
            if a and b:
                ways.append(table[a - 1, b - 1] + (0 if said[a - 1] == heard[b - 1] else 4))
            if ways:
                table[a, b] = min(ways)
    return table[len(said), len(heard)]


@given(words, words)
def test_sums_of_counts(said: list[str], heard: list[str]) -> None:
    one, other = counts_of(align(said, heard)), counts_of(align(heard, said))
    assert (one + other).errors == one.errors + other.errors
    assert (one + Counts()) == one

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics.segments import Segment, matched_pairs, segments

SCTK = Path("/usr/lib/sctk/bin")
needed = pytest.mark.skipif(
    not (SCTK / "sc_stats").exists(),
    reason="sc_stats is not installed (package sctk); `make system` installs it",
)
WORDS = "please move fifty dollars from my checking account to savings tomorrow yes no".split()
RESULT = re.compile(
    r"\(# segs: (\d+)\).*\(mean: +(\S+)\) \(std dev: +(\S+)\) \(Z Stat: +(\S+)\) "
    r"\(Stat Diff: (Yes|No)\)"
)


def ops(text: str) -> list[str]:
    return list(text)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("====", "====", []),
        ("==S==", "=====", [Segment(5, 1, 0)]),
        ("S====", "====D", [Segment(3, 1, 0), Segment(3, 0, 1)]),
        ("S===S", "=====", [Segment(3, 1, 0), Segment(3, 1, 0)]),  # the middle word parts both
        ("S=S==", "=====", [Segment(5, 2, 0)]),  # one word does not
        ("==I==", "====", [Segment(4, 1, 0)]),
        ("====", "====II", [Segment(2, 0, 2)]),
        ("I", "", [Segment(0, 1, 0)]),
        ("=I=", "==", [Segment(2, 1, 0)]),
        ("SS", "D=", [Segment(2, 2, 1)]),
    ],
)
def test_segments_are_parted_by_two_words_that_both_have_right(
    first: str, second: str, wanted: list[Segment]
) -> None:
    assert segments(ops(first), ops(second)) == wanted


def test_other_references_are_no_pair() -> None:
    with pytest.raises(ValueError, match="3 and 2 reference words"):
        segments(ops("==="), ops("=I="))


@given(st.lists(st.sampled_from("=SD"), max_size=12), st.randoms(use_true_random=False))
def test_every_error_is_in_one_segment(first: list[str], random: object) -> None:
    second = list(first)
    random.shuffle(second)  # type: ignore[attr-defined]
    for boundary in (1, 2, 3):
        found = segments(first, second, boundary)
        assert sum(segment.first for segment in found) == sum(op != "=" for op in first)
        assert sum(segment.second for segment in found) == sum(op != "=" for op in second)
        swapped = segments(second, first, boundary)
        assert [(s.words, s.first, s.second) for s in found] == [
            (s.words, s.second, s.first) for s in swapped
        ]


def test_the_statistic_by_hand() -> None:
    found = matched_pairs([Segment(5, 2, 0), Segment(4, 1, 0), Segment(4, 0, 1), Segment(3, 2, 2)])
    # differences 2, 1, -1, 0: mean 0.5, variance 5/3
    assert found.mean == 0.5
    assert found.deviation == pytest.approx(1.2910, abs=1e-4)
    assert found.z == pytest.approx(0.7746, abs=1e-4)
    assert found.p == pytest.approx(0.4386, abs=1e-4)


def test_segments_that_all_differ_alike_are_counted() -> None:
    assert matched_pairs([Segment(3, 1, 0)] * 10).p == pytest.approx(2 / 1024)
    assert matched_pairs([Segment(3, 1, 1)] * 10).p == 1
    assert matched_pairs([]).p == 1


def corrupted(words: Sequence[str], wrong: float, random: np.random.Generator) -> list[str]:
    heard = []
    for word in words:
        fate = random.random()
        if fate < wrong * 0.5:
            heard.append(str(random.choice(WORDS)))
        elif fate < wrong * 0.75:
            heard += [word, str(random.choice(WORDS))]
        elif fate >= wrong:
            heard.append(word)
    return heard


def alignments(sgml: Path) -> dict[str, list[str]]:
    """sclite's own alignments by utterance, so that only the test is compared, not the aligning."""
    paths = re.findall(r'<PATH id="\((.*?)\)"[^>]*>\n(.*?)\n</PATH>', sgml.read_text(), re.DOTALL)
    return {
        name: ["=" if op == "C" else op for op in re.findall(r"(?:^|:)([CSDI]),", line)]
        for name, line in paths
    }


def nist(folder: Path, texts: Sequence[Sequence[str]], *heard: list[list[str]]) -> re.Match[str]:
    """What sc_stats says of two recognizers; their alignments are left in `folder`."""
    for name, lines in zip(("ref", "one", "two"), (texts, *heard), strict=True):
        rows = (f"{' '.join(words)} (s{at % 4}_{at:03d})\n" for at, words in enumerate(lines))
        (folder / name).write_text("".join(rows))
    piped = b""
    for name in ("one", "two"):
        command = [str(SCTK / "sclite"), *f"-i wsj -r ref trn -h {name} trn -o sgml".split()]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
        piped += (folder / f"{name}.sgml").read_bytes()
    command = [str(SCTK / "sc_stats"), *"-p -t mapsswe -v -n -".split()]
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, timeout=60, input=piped
    )
    found = RESULT.search(done.stdout.decode())
    assert found is not None, done.stdout.decode()
    return found


@needed
@pytest.mark.parametrize(
    ("seed", "utterances", "one", "two"),
    [(1, 40, 0.12, 0.22), (2, 60, 0.1, 0.1), (3, 25, 0.4, 0.3), (4, 120, 0.06, 0.09)],
)
def test_segments_statistic_and_decision_are_those_of_sc_stats(
    tmp_path: Path, seed: int, utterances: int, one: float, two: float
) -> None:
    random = np.random.default_rng(seed)
    texts = [
        [str(word) for word in random.choice(WORDS, random.integers(1, 15))]
        for _ in range(utterances)
    ]
    heard = [[corrupted(text, wrong, random) for text in texts] for wrong in (one, two)]
    theirs = nist(tmp_path, texts, *heard)
    first, second = (alignments(tmp_path / f"{name}.sgml") for name in ("one", "two"))
    assert len(first) == utterances
    ours = matched_pairs(each for name in first for each in segments(first[name], second[name]))
    assert ours.segments == int(theirs[1])
    assert f"{ours.mean:.3f}" == theirs[2]
    assert f"{ours.deviation:.3f}" == theirs[3]
    assert f"{ours.z:.3f}" == theirs[4]
    assert ("Yes" if ours.p <= 0.05 else "No") == theirs[5]

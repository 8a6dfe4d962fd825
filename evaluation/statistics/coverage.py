"""Do the intervals hold what they promise? They are made of calls drawn from known populations.

    python -m evaluation.statistics.coverage [--times 4000] [--calls 60]

draws runs of so many calls again and again, and counts how often the 95 % interval holds the truth.
The populations are as calls are: most callers are understood well and some hardly at all, some talk
much and some little, and what happens within a call belongs together.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.bench.intervals import Figure
from evaluation.statistics import rates
from evaluation.statistics.bootstrap import (
    Kind,
    Sample,
    difference,
    figure,
    resample,
    statistic_of,
    value,
)

CALLS: Final = 60
SEED: Final = 20_261_124
_WORDS_WRONG: Final = (0.7, 6.3)
"""Beta distribution of a call's word error rate: 10 % on average, half of the calls below 6 %."""
_TURNS_RIGHT: Final = (8.5, 1.5)
_WAIT: Final = 900.0
_BETWEEN, _WITHIN = 0.35, 0.25
"""Spread of the logarithm of waits between calls and within one."""
_P95: Final = 1.6448536269514722

Draw = Callable[[np.random.Generator, int], Figure]
"""The interval found in a run of so many calls."""


@dataclass(frozen=True, slots=True)
class Population:
    """What runs are drawn from: its true value, and the figure that a run of it gives."""

    title: str
    truth: float
    draw: Draw


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the truth was in the interval, below it and above it, as shares."""

    inside: float
    below: float
    above: float


def coverage(population: Population, times: int, calls: int = CALLS, seed: int = SEED) -> Coverage:
    """Draw `times` runs of `calls` calls each and look where the truth lies."""
    random = np.random.default_rng(seed)
    figures = [population.draw(random, calls) for _ in range(times)]
    below = sum(population.truth < found.low for found in figures) / times
    above = sum(population.truth > found.high for found in figures) / times
    return Coverage(1 - below - above, below, above)


def word_errors(random: np.random.Generator, calls: int) -> list[Sample]:
    """Errors and words of each call."""
    words = np.maximum(4, random.poisson(random.gamma(4.0, 7.0, calls)))
    errors = random.binomial(words, random.beta(*_WORDS_WRONG, calls))
    return list(zip(errors.tolist(), words.tolist(), strict=True))


def turns_right(random: np.random.Generator, calls: int) -> list[Sample]:
    """Turns understood and turns of each call: some callers are understood worse than others."""
    turns = 1 + random.poisson(3.0, calls)
    right = random.binomial(turns, random.beta(*_TURNS_RIGHT, calls))
    return list(zip(right.tolist(), turns.tolist(), strict=True))


def calls_passed(random: np.random.Generator, calls: int) -> list[Sample]:
    """A yes or no by call, 85 of 100 a yes."""
    return [(float(passed), 1.0) for passed in random.random(calls) < 0.85]


def waits(random: np.random.Generator, calls: int) -> list[Sample]:
    """Waits in ms: several in a call, alike within it, with a long tail."""
    usual = random.lognormal(math.log(_WAIT), _BETWEEN, calls)
    return [
        (usual[call] * random.lognormal(0.0, _WITHIN, count)).tolist()
        for call, count in enumerate(1 + random.poisson(3.0, calls))
    ]


def _figure(kind: Kind, samples: Callable[[np.random.Generator, int], Sequence[Sample]]) -> Draw:
    def draw(random: np.random.Generator, calls: int) -> Figure:
        found = figure(kind, samples(random, calls))
        if found is None:
            raise ValueError("calls that add nothing were drawn")
        return found

    return draw


def _fewer_errors(random: np.random.Generator, calls: int) -> Figure:
    """Two runs of the same calls, the second with 4 of 5 errors of the first: paired."""
    before = word_errors(random, calls)
    after = [(float(random.binomial(int(errors), 0.8)), words) for errors, words in before]
    both = difference(statistic_of("ratio", before), statistic_of("ratio", after))
    found = resample(both, calls, "ratio")
    return Figure(value(both, calls), found.low, found.high)


def _less_passed(random: np.random.Generator, calls: int) -> Figure:
    """Two runs of the same calls: 85 of 100 pass, of which 9 of 10 still do, half of the rest."""
    before = random.random(calls) < 0.85
    after = random.random(calls) < np.where(before, 0.9, 0.5)
    return rates.difference(rates.paired(before.tolist(), after.tolist()))


POPULATIONS: Final[Mapping[str, Population]] = {
    "words": Population("word errors, by call", 0.1, _figure("ratio", word_errors)),
    "turns": Population("turns understood, by call", 0.85, _figure("ratio", turns_right)),
    "calls": Population("calls passed (Wilson)", 0.85, _figure("ratio", calls_passed)),
    "p50": Population("median wait", _WAIT, _figure("p50", waits)),
    "p95": Population(
        "95th percentile of waits (Woodruff)",
        _WAIT * math.exp(_P95 * math.hypot(_BETWEEN, _WITHIN)),
        _figure("p95", waits),
    ),
    "fewer errors": Population("difference of word errors, paired", -0.02, _fewer_errors),
    "more passed": Population(
        "difference of calls passed, paired (Newcombe)",
        0.9 * 0.85 + 0.5 * 0.15 - 0.85,
        _less_passed,
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how often each interval held the truth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=4000, help="runs drawn of each population")
    parser.add_argument("--calls", type=int, default=CALLS, help="calls of a run")
    chosen = parser.parse_args(arguments)
    print(f"{chosen.times} runs of {chosen.calls} calls, 95 % intervals", flush=True)
    for population in POPULATIONS.values():
        found = coverage(population, chosen.times, chosen.calls)
        print(
            f"{population.title:48} {found.inside:6.1%} inside, truth below {found.below:.1%}, "
            f"above {found.above:.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()

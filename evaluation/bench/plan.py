"""Which benchmark needs which agent, in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evaluation.bench import latency
from evaluation.bench.benchmark import Bench
from evaluation.bench.results import Outcome


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark; `settings` are VOICEBOT_ variables that its agent needs, without prefix.

    Benchmarks with the same settings share one agent.
    """

    name: str
    run: Callable[[Bench], Awaitable[Outcome]]
    settings: Mapping[str, str] = field(default_factory=dict)


ALL: Final = (Benchmark(latency.NAME, latency.run),)


def chosen(names: Sequence[str]) -> list[Benchmark]:
    """The benchmarks of these names, all where there are none, in the order of `ALL`.

    Raises LookupError for a name that nobody has.
    """
    known = {benchmark.name for benchmark in ALL}
    for name in names:
        if name not in known:
            raise LookupError(f"no benchmark {name!r}; there are {', '.join(sorted(known))}")
    return [benchmark for benchmark in ALL if not names or benchmark.name in names]


def groups(benchmarks: Sequence[Benchmark]) -> list[list[Benchmark]]:
    """Benchmarks that share an agent, together."""
    found: list[list[Benchmark]] = []
    for benchmark in benchmarks:
        for group in found:
            if group[0].settings == benchmark.settings:
                group.append(benchmark)
                break
        else:
            found.append([benchmark])
    return found

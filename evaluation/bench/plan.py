"""Which benchmark needs which agent, in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evaluation.bench import concurrent, interruption, latency, peer, recognition, silent, soak
from evaluation.bench.benchmark import Bench
from evaluation.bench.results import Outcome


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark; `settings` are VOICEBOT_ variables that its agent needs, without prefix.

    Benchmarks with the same settings share one agent; `alone` ones need none. What a `tolerant` one
    measures does not suffer when another agent starts meanwhile. What is `on_request` runs only
    when it is named.
    """

    name: str
    run: Callable[[Bench], Awaitable[Outcome]]
    settings: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    tolerant: bool = False
    on_request: bool = False


ALL: Final = (
    Benchmark(recognition.NAME, recognition.run, alone=True, tolerant=True),
    Benchmark(latency.NAME, latency.run),
    Benchmark(concurrent.NAME, concurrent.run),
    Benchmark(interruption.NAME, interruption.run),
    Benchmark(soak.NAME, soak.run, tolerant=True),
    Benchmark(silent.NAME, silent.run, silent.SETTINGS),
    Benchmark(peer.NAME, peer.run, peer.SETTINGS, on_request=True),
)


def chosen(names: Sequence[str]) -> list[Benchmark]:
    """The benchmarks of these names, all where there are none, in the order of `ALL`.

    Raises LookupError for a name that nobody has.
    """
    known = {benchmark.name for benchmark in ALL}
    for name in names:
        if name not in known:
            raise LookupError(f"no benchmark {name!r}; there are {', '.join(sorted(known))}")
    return [
        benchmark
        for benchmark in ALL
        if benchmark.name in names or not (names or benchmark.on_request)
    ]


def groups(benchmarks: Sequence[Benchmark]) -> list[list[Benchmark]]:
    """Benchmarks that share an agent, together."""
    found: list[list[Benchmark]] = []
    for benchmark in benchmarks:
        for group in found:
            if _agent(group[0]) == _agent(benchmark):
                group.append(benchmark)
                break
        else:
            found.append([benchmark])
    return found


def _agent(benchmark: Benchmark) -> tuple[bool, Mapping[str, str]]:
    return benchmark.alone, benchmark.settings

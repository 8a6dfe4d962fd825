"""A run of benchmarks: agents started and stopped, results kept after every benchmark."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from evaluation.bench.agentprocess import AgentNotRunning
from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.clips import Clips
from evaluation.bench.machine import description, settled
from evaluation.bench.place import Numbers
from evaluation.bench.plan import Benchmark, groups
from evaluation.bench.report import page
from evaluation.bench.results import Outcome, as_json
from evaluation.bench.systems import OurAgent
from evaluation.cases import CasesError
from voicebot.config import Settings
from voicebot.engines.base import EngineError
from voicebot.models import ModelMissing


@dataclass(frozen=True, slots=True)
class Wish:
    """What to run: on which sets, how thoroughly, where the results go."""

    sets: tuple[Path, ...]
    full: bool
    out: Path
    seed: int


class Progress:
    """One line that is overwritten on a terminal, and a line for each step elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._shown = ""

    def tell(self, line: str) -> None:
        """What is going on."""
        if self._live:
            self._stream.write(f"\r\x1b[K{line[:100]}")
        elif line.partition(":")[0] != self._shown.partition(":")[0]:
            self._stream.write(line + "\n")
        self._shown = line
        self._stream.flush()

    def say(self, line: str) -> None:
        """What stays on the screen."""
        self._stream.write(f"\r\x1b[K{line}\n" if self._live else f"{line}\n")
        self._stream.flush()


class _Agents:
    """The agents of a run: started when they are needed, or before that where it does no harm."""

    def __init__(
        self,
        groups: Sequence[Sequence[Benchmark]],
        folder: Path,
        going_on: Callable[[], bool],
    ) -> None:
        self.groups = groups
        self._folder = folder
        self._going_on = going_on
        self._starting: dict[int, asyncio.Task[OurAgent]] = {}

    def prepare(self, number: int) -> None:
        """Begin to start the agent of group `number`, if there is such a group."""
        if number < len(self.groups) and number not in self._starting:
            self._starting[number] = asyncio.create_task(self._start(number))

    async def ready(self, number: int) -> OurAgent:
        """The agent of group `number`, taking calls; it is the caller's to stop now.

        Raises AgentNotRunning.
        """
        self.prepare(number)
        return await self._starting.pop(number)

    async def close(self) -> None:
        """Stop agents that nobody asked for in the end."""
        for task in self._starting.values():
            try:
                await (await task).stop()
            except AgentNotRunning:
                continue  # it was interrupted while starting
        self._starting.clear()

    async def _start(self, number: int) -> OurAgent:
        first = self.groups[number][0]
        system = OurAgent(self._folder / str(number), dict(first.settings))
        if not first.alone:
            await system.start(self._going_on)
            await settled(system.process(), self._going_on)  # sentences are still being rendered
        return system


class Session:
    """Runs benchmarks one after the other and writes bench.json and bench.html as it goes."""

    def __init__(self, wish: Wish, progress: Progress) -> None:
        """Raises CasesError where a set can't be read."""
        self._wish = wish
        self._progress = progress
        self._settings = Settings()
        self._clips = Clips(wish.sets, wish.seed)
        self._numbers = Numbers()
        self._about = description(self._settings)
        self._outcomes: list[Outcome] = []
        self._going_on = True

    @property
    def interrupted(self) -> bool:
        """Did somebody press Ctrl-C?"""
        return not self._going_on

    async def run(self, benchmarks: Sequence[Benchmark]) -> dict[str, Any]:
        """Run them; returns the content of bench.json."""
        self._wish.out.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="voicebot-bench-"))
        agents = _Agents(groups(benchmarks), folder, lambda: self._going_on)
        try:
            with self._until_interrupted():
                for number, group in enumerate(agents.groups):
                    if self._going_on:
                        await self._run_group(number, group, agents)
        finally:
            await agents.close()
            shutil.rmtree(folder, ignore_errors=True)
        return self._write()

    async def _run_group(self, number: int, group: Sequence[Benchmark], agents: _Agents) -> None:
        try:
            if not group[0].alone:
                self._progress.tell("agent: starting")
            system = await agents.ready(number)
        except AgentNotRunning as error:
            for benchmark in group:
                self._keep(Outcome(benchmark.name, partial=True, failure=str(error)))
            return
        try:
            for benchmark in group:
                if benchmark.tolerant and benchmark is group[-1]:
                    agents.prepare(number + 1)
                if self._going_on:
                    await self._run_one(benchmark, system)
        finally:
            if not group[0].alone:
                await self._stop(system)

    async def _stop(self, system: OurAgent) -> None:
        self._progress.tell("agent: stopping")
        try:
            await system.stop()
        except AgentNotRunning as error:
            self._progress.say(str(error))

    async def _run_one(self, benchmark: Benchmark, system: OurAgent) -> None:
        wish = self._wish
        bench = Bench(
            clips=self._clips,
            system=system,
            settings=self._settings,
            numbers=self._numbers,
            full=wish.full,
            out=wish.out,
            going_on=lambda: self._going_on,
            tell=self._progress.tell,
            earlier={outcome.name: outcome for outcome in self._outcomes},
        )
        began = time.monotonic()
        try:
            outcome = await benchmark.run(bench)
        except (NothingMeasured, CasesError, ModelMissing, EngineError, LookupError) as error:
            outcome = Outcome(benchmark.name, partial=True, failure=str(error))
        except Exception as error:  # noqa: BLE001 - a broken benchmark must not take others along
            self._progress.say(traceback.format_exc())
            failure = f"the benchmark broke: {type(error).__name__}: {error}"
            outcome = Outcome(benchmark.name, partial=True, failure=failure)
        outcome.seconds = time.monotonic() - began
        self._keep(outcome)

    def _keep(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        state = outcome.failure or ("partial" if outcome.partial else "done")
        self._progress.say(f"{outcome.name}: {state}, {outcome.seconds:.0f} s")
        self._write()

    def _write(self) -> dict[str, Any]:
        about = self._about | {
            "finished": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "sets": self._clips.names,
            "seed": self._wish.seed,
        }
        result = as_json(self._outcomes, about, "full" if self._wish.full else "quick")
        result["partial"] = result["partial"] or self.interrupted
        out = self._wish.out
        (out / "bench.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        (out / "bench.html").write_text(page(self._outcomes, result), encoding="utf-8")
        return result

    @contextmanager
    def _until_interrupted(self) -> Iterator[None]:
        """The first Ctrl-C ends the run decently, a second one at once."""
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            self._going_on = False
            self._progress.say("stopping: what was measured is kept (Ctrl-C again: at once)")
            forget()

        def forget() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupt)
        try:
            yield
        finally:
            forget()

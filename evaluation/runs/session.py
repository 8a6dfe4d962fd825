"""An evaluation from beginning to end: the set made ready, calls placed, everything looked at."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from evaluation.bench.agentprocess import AgentNotRunning
from evaluation.callers.studio import Studio, Unspeakable
from evaluation.callers.voices import Voices, installed
from evaluation.runs.afterwards import hear_all, not_understood, understand_all
from evaluation.runs.model import CallRecord, Run, RunInfo
from evaluation.runs.placing import Place, Simulated
from evaluation.runs.progress import RunProgress
from evaluation.runs.running import Running, default_parallel
from evaluation.runs.schedule import Bank, Job, jobs
from evaluation.runs.settings import effective, machine_of, models_of, settings_of
from evaluation.runs.store import RunFolder
from evaluation.runs.systems import EvaluatedSystem, OwnSystem
from evaluation.sets.model import Case, EvaluationSet
from voicebot.caller.line import Clock
from voicebot.config import Settings
from voicebot.dialogue.base import DialogueError
from voicebot.engines.base import Recognizer
from voicebot.models import ModelMissing, ModelStore

EARS: Final = "whisper-tiny.en"
"""What simulated callers hear with."""
BEST_EARS: Final = ("whisper-base", "whisper-tiny.en")
"""What the bot's speech is recognized back with: the first that is there."""
_SHOWN: Final = 8
"""Problems in one message."""

Judge = Callable[[CallRecord], bool]
"""Was a call as it had to be?"""


class NothingToRun(ValueError):
    """No case is left to be placed; the message says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to run: each case `repeats` times, at most `parallel` at once (None: as the machine
    carries), into `out`; `only` are ids or tags of cases, `hear` asks for the bot's speech to be
    recognized back, `settings` are VOICEBOT_ variables (without prefix) of an agent of our own."""

    out: Path
    seed: int = 1
    repeats: int = 1
    parallel: int | None = None
    only: tuple[str, ...] = ()
    resume: bool = False
    hear: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)


def chosen(cases: EvaluationSet, only: Sequence[str]) -> EvaluationSet:
    """The set with the cases of these ids or tags; all where `only` is empty.

    Raises NothingToRun where one of them is neither.
    """
    if not only:
        return cases
    known = {case.id for case in cases.cases} | {tag for case in cases.cases for tag in case.tags}
    for name in only:
        if name not in known:
            raise NothingToRun(f"{cases.folder}: no case and no tag is called {name!r}")
    wanted = set(only)
    kept = [case for case in cases.cases if case.id in wanted or wanted & set(case.tags)]
    return replace(cases, cases=tuple(kept))


class Session:
    """Runs a set (as `chosen`) against `system`; `judge` tells how many calls passed so far."""

    def __init__(
        self,
        wish: Wish,
        cases: EvaluationSet,
        progress: RunProgress,
        system: EvaluatedSystem | None = None,
        judge: Judge | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._wish = wish
        self._cases = cases
        self._progress = progress
        self._judge = judge
        self._clock = clock
        self._folder = RunFolder(wish.out)
        self._settings = effective(wish.settings)
        self._parallel = wish.parallel or default_parallel()
        self._given = system
        models, data = self._settings.models_dir, self._settings.data_dir
        self._voices = Voices(data / "evaluation" / "voices", installed(models, data))
        self._studio = Studio(cases.folder, self._voices)

    async def run(self) -> Run:
        """Run it; the run as far as it came (`complete` says whether to its end).

        Raises RunError, Unspeakable, SystemDown, AgentNotRunning, ModelMissing, EngineError,
        DialogueError, OSError; what was measured until then is kept.
        """
        with ExitStack() as stack:
            scratch = Path(tempfile.mkdtemp(prefix="voicebot-evaluation-"))
            stack.callback(shutil.rmtree, scratch, ignore_errors=True)
            system = self._given or OwnSystem(scratch, self._cases.today, self._wish.settings)
            self._open(system)
            stop = stack.enter_context(interruption(self._progress))
            waiting = self._waiting(jobs(*self._plan(), Bank({})))
            await self._check_voices(waiting, stop)
            simulated = self._simulated(stack)
            if not stop.is_set() and (waiting or not_understood(self._folder.read().calls)):
                await self._with(system, simulated, stop)
            if self._wish.hear and not stop.is_set():
                await self._hear(stop)
        if not stop.is_set():
            self._folder.finish()
        return self._folder.read()

    def _plan(self) -> tuple[tuple[Case, ...], int, int]:
        return self._cases.cases, self._wish.repeats, self._wish.seed

    def _open(self, system: EvaluatedSystem) -> None:
        """Begin the run's folder, or go on in it."""
        given = {**system.about(), **self._wish.settings}
        own = self._given is None
        info = RunInfo(
            set_name=self._cases.name,
            set_version=self._cases.version,
            set_digest=self._cases.digest,
            system=system.name,
            seed=self._wish.seed,
            repeats=self._wish.repeats,
            cases=len(self._cases.cases),
            started=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            settings=settings_of(self._settings, given) if own else dict(given),
            models=models_of(self._settings) if own else {},
            machine=machine_of(self._settings, self._parallel),
            set_folder=str(self._cases.folder.resolve()),
        )
        order = [case.id for case in self._cases.cases]
        if self._folder.exists and self._wish.resume:
            self._folder.resume(info, order)
        else:
            self._folder.create(info, order)

    def _waiting(self, planned: Sequence[Job]) -> list[Job]:
        finished = self._folder.finished()
        return [job for job in planned if (job.case.id, job.attempt) not in finished]

    async def _check_voices(self, waiting: Sequence[Job], stop: asyncio.Event) -> None:
        """Say everything once into the store of voices: what can't be said is known at once."""
        scripted = {job.case.id: job for job in waiting if job.case.goal is None}
        self._progress.stage("making the callers ready", len(scripted))
        problems = []
        for done, job in enumerate(scripted.values(), 1):
            if stop.is_set():
                return
            try:
                await asyncio.to_thread(self._studio.clips, job.case, job.seed)
            except Unspeakable as error:
                problems.append(str(error))
            self._progress.step(done)
        if problems:
            more = len(problems) - _SHOWN
            shown = problems[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])
            raise Unspeakable("\n".join(shown))

    def _simulated(self, stack: ExitStack) -> Simulated | None:
        """Who makes simulated callers, if there are any; raises ModelMissing, EngineError."""
        if all(case.goal is None for case in self._cases.cases):
            return None
        from evaluation.callers.ears import RecognizedSpeech, SpokenPieces
        from evaluation.callers.simulated import SimulatedCaller
        from voicebot.engines.whisper import WhisperRecognizer

        path = ModelStore(self._settings.models_dir).path(EARS)
        ears = stack.enter_context(RecognizedSpeech(WhisperRecognizer(path)))
        mouth = stack.enter_context(SpokenPieces(self._voices))
        return lambda case, seed: SimulatedCaller.of(case, seed, ears, mouth)

    async def _with(
        self, system: EvaluatedSystem, simulated: Simulated | None, stop: asyncio.Event
    ) -> None:
        """What needs the system: the calls, and its understanding of their texts."""
        self._progress.stage(f"starting {system.name}")
        await system.start(lambda: not stop.is_set())
        try:
            files = system.files
            bank = Bank({}) if files is None else Bank(files.bank.customers(), files.bank.tables())
            waiting = self._waiting(jobs(*self._plan(), bank))
            await self._place(
                Place(system, self._studio, self._folder, simulated, self._clock), waiting, stop
            )
            if not stop.is_set():
                await self._understand(system)
        finally:
            self._progress.stage(f"stopping {system.name}")
            try:
                await system.stop()
            except AgentNotRunning as error:  # what it was needed for is done, or failed already
                self._progress.say(str(error))

    async def _place(self, at: Place, waiting: Sequence[Job], stop: asyncio.Event) -> None:
        total = len(self._cases.cases) * self._wish.repeats
        kept = self._folder.read().calls
        done, passed = total - len(waiting), sum(map(self._passed, kept))
        self._progress.stage("calls", total, done)

        def ended(record: CallRecord) -> None:
            nonlocal done, passed
            done, passed = done + 1, passed + self._passed(record)
            self._progress.step(done, f"{passed} passed" if self._judge else "")

        running = Running(at, waiting, self._parallel, ended, self._progress.say)
        await running.run(stop)

    def _passed(self, record: CallRecord) -> bool:
        return self._judge is not None and self._judge(record)

    async def _understand(self, system: EvaluatedSystem) -> None:
        self._progress.stage("what the dialogue makes of the texts", len(self._cases.cases))
        try:
            await understand_all(
                self._folder, system.understand, lambda done, _: self._progress.step(done)
            )
        except DialogueError as error:
            self._progress.say(f"the dialogue could not be asked about the texts: {error}")

    async def _hear(self, stop: asyncio.Event) -> None:
        recognizer = await asyncio.to_thread(best_ears, self._settings)
        self._progress.stage("what is heard of the bot", len(self._folder.read().calls))
        await asyncio.to_thread(
            hear_all,
            self._folder,
            recognizer,
            lambda done, _: self._progress.step(done),
            lambda: not stop.is_set(),
        )


def best_ears(settings: Settings) -> Recognizer:
    """The best recognizer that is installed. Raises ModelMissing, EngineError."""
    from voicebot.engines.whisper import WhisperRecognizer

    store = ModelStore(settings.models_dir)
    for name in BEST_EARS[:-1]:
        try:
            return WhisperRecognizer(store.path(name))
        except ModelMissing:
            continue
    return WhisperRecognizer(store.path(BEST_EARS[-1]))


@contextmanager
def interruption(progress: RunProgress) -> Iterator[asyncio.Event]:
    """Within, the first Ctrl-C sets the event that is given; a second one ends the program."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def forget() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    def interrupt() -> None:
        stop.set()
        progress.say("stopping: what was measured is kept (Ctrl-C again: at once)")
        forget()

    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        yield stop
    finally:
        forget()

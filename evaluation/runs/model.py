"""What is known of a call of a run when it is over: plain values, one JSON line a call.

All times are seconds since the call's first sample, on the caller's clock, taken from the recorded
two-channel audio wherever a sound is meant; only what nobody can hear (when the agent declared a
turn over, what it understood) comes from the agent's own record, brought to the same clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TurnKind = Literal["say", "keys", "silence"]


@dataclass(frozen=True, slots=True)
class HeardEntity:
    """An entity that the dialogue found: its kind and its value as the dialogue gave it."""

    kind: str
    value: Any
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What the dialogue's understanding makes of a text. `ranking`: intents with confidences."""

    intent: str
    confidence: float
    entities: tuple[HeardEntity, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """A turn of the caller, and how the agent took it.

    `number` counts from 0 in the case's script (or in what a simulated caller said). `reference` is
    what was really said, `heard` what the agent took for it ('' : nothing), `start` and `end` are
    the audible speech (None for keys and silence). `decided` is when the agent declared the turn
    over, `answered` the bot's first audio after it; None where it never came. `onset` is when the
    agent noticed the speech. `cut_off`: the bot spoke into it, or took it for over too early, or
    made more than one turn of it. `stages`: seconds from the end of the speech to each stage of the
    wait (noticed, transcribed, decided, replied, first_audio, audible), where the record has them.
    `yielded`: after how many seconds the bot was silent (None: it was not speaking, or did not
    stop); `resumed`: it went on with what it was saying. `understood` is what the dialogue made of
    what it heard, `by_reference` what it makes of the reference text; None where not asked.
    """

    number: int
    kind: TurnKind
    reference: str
    heard: str = ""
    confidence: float | None = None
    start: float | None = None
    end: float | None = None
    onset: float | None = None
    decided: float | None = None
    answered: float | None = None
    cut_off: bool = False
    barge_in: bool = False
    backchannel: bool = False
    secret: bool = False
    yielded: float | None = None
    resumed: bool = False
    stages: Mapping[str, float] = field(default_factory=dict)
    understood: Understood | None = None
    by_reference: Understood | None = None


@dataclass(frozen=True, slots=True)
class BotTurn:
    """What the bot said: the intended text, its audible beginning and end, and what recognition
    hears of it ('' : not asked)."""

    text: str
    start: float
    end: float
    heard: str = ""


@dataclass(frozen=True, slots=True)
class DoneAction:
    """Something that the bot did, with its arguments, as its record of actions says."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of a run. A call that could not be placed or was lost has a `failure`, and counts.

    `attempt` numbers the repetitions of a case from 0; `database` has the rows that the call left,
    by table; `audio` is the two-channel WAV (caller left, bot right) and `journal` the agent's
    journal, both relative to the run's folder. `false_starts` are moments at which the agent heard
    speech where there was none. `sound` is the SHA-256 of everything that the caller said, as it
    went onto the line with its noise but without echo: the same seed gives the same. `late`: how
    many seconds the caller's machine ran behind time at worst. `recorded`: whether the agent's own
    record of the call was read; without it, it is not known what was heard, done and written down.
    """

    case: str
    attempt: int
    seed: int
    began: float = 0.0
    seconds: float = 0.0
    ended: Literal["caller", "bot", "limit", "interrupted", "lost", "never"] = "never"
    failure: str = ""
    outcome: str = ""
    turns: tuple[CallerTurn, ...] = ()
    bot: tuple[BotTurn, ...] = ()
    actions: tuple[DoneAction, ...] = ()
    database: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    false_starts: tuple[float, ...] = ()
    tags: tuple[str, ...] = ()
    call_id: str = ""
    audio: str = ""
    journal: str = ""
    sound: str = ""
    late: float = 0.0
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run was: set, system, settings, seed; `run.json` in the run's folder.

    `settings` are those of the system that can change an answer, `models` names and digests,
    `complete` whether every case has been placed as often as it was to be, `set_folder` where the
    set was when the run began.
    """

    set_name: str
    set_version: str
    set_digest: str
    system: str
    seed: int
    repeats: int
    cases: int
    started: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False
    set_folder: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run with its calls, in the order of the set; read by `evaluation.runs.store`."""

    info: RunInfo
    calls: tuple[CallRecord, ...]

"""A case as it stands on a line of cases.jsonl, turned into a `Case`. Pure but for paths.

docs/evaluation.md describes the format. What is wrong is collected by the `Fields`; what
contradicts itself is found by `evaluation.sets.consistency`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from evaluation.callers.voices import VoiceUnknown, voice_named
from evaluation.sets.fields import Fields
from evaluation.sets.model import (
    Action,
    Band,
    Case,
    Codec,
    Entity,
    Expected,
    Goal,
    Keys,
    Limits,
    Line,
    Outcome,
    Persona,
    Rows,
    Say,
    Silence,
    Turn,
)
from evaluation.sets.problems import meant
from voicebot.caller.script import KEYS, MAX_KEYS, MAX_SECONDS

HABITS: Final = "chatty corrects_itself hesitates interrupts spells talks_to_somebody terse".split()
LONGEST_CALL: Final = 3600.0
"""Seconds that a case may allow its call."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_CALLER: Final = re.compile(r"\+?[0-9]{3,20}")
_CASE: Final = "id turns goal persona caller voice line expected limits tags".split()
_SAID: Final = "say audio voice intent entities barge_in secret".split()
_BACKCHANNEL: Final = "backchannel audio voice barge_in".split()
_Noise = Literal["white", "pink", "babble", "hum"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where cases are read: the folder, and the intents that there are (None: any)."""

    folder: Path
    intents: Collection[str] | None = None


def case_of(fields: Fields, place: Place) -> Case:
    """The case of a line; problems are left with `fields`."""
    fields.known(_CASE)
    goal = _goal(fields)
    if ("turns" in fields) == (goal is not None):
        fields.problem("needs either turns (a script) or a goal (a simulated caller)")
    return Case(
        id=_id(fields),
        turns=tuple(_turn(turn, place) for turn in fields.objects("turns")),
        goal=goal,
        persona=_persona(fields),
        caller=_caller(fields),
        voice=_voice(fields, Case(id="").voice),
        line=_line(fields),
        expected=_expected(fields),
        limits=_limits(fields),
        tags=fields.texts("tags"),
        where=fields.where,
    )


def plain_case(fields: Fields, place: Place) -> Case:
    """The case of a line of a plain set of recordings: `id`, `audio`, and where they are known
    `text` and `label` (intent and slots). Other keys are left alone."""
    label = fields.inner("label")
    slots = label.inner("slots") if label is not None else None
    said = Say(
        text=fields.text("text") if "text" in fields else "",
        audio=_audio(fields, place),
        intent=None if label is None else _intent(label, place),
        entities=()
        if slots is None
        else tuple(
            Entity(kind, value.strip() if isinstance(value, str) else value)
            for kind, value in slots.values().items()
        ),
    )
    if said.audio is None:
        fields.problem("is missing", "audio")
    return Case(id=_id(fields), turns=(said,), where=fields.where)


def _id(fields: Fields) -> str:
    name = fields.text("id", required=True)
    if name.strip() and not _ID.fullmatch(name):
        # ids become names of files, and of utterances in sclite's formats
        fields.problem(
            f"is {name!r}; it may have letters, digits, dots, dashes and underscores, 120 at most",
            "id",
        )
    return name


def _caller(fields: Fields) -> str:
    number = fields.text("caller")
    if number and not _CALLER.fullmatch(number):
        fields.problem(f"is {number!r}; it has to be a telephone number: +15550100", "caller")
    return number


def _voice(fields: Fields, default: str) -> str:
    name = fields.text("voice", default)
    if name:
        try:
            voice_named(name)
        except VoiceUnknown as error:
            fields.problem(f"can't be used: {error}", "voice")
    return name


def _intent(fields: Fields, place: Place) -> str | None:
    if "intent" not in fields:
        return None
    intent = fields.text("intent", required=True)
    known = place.intents
    if intent and known is not None and intent not in known:
        fields.problem(
            f"is {intent!r}, which the dialogue does not know{meant(intent, known)}", "intent"
        )
    return intent or None


def _audio(fields: Fields, place: Place) -> Path | None:
    name = fields.text("audio")
    if not name:
        return None
    path = (place.folder / name).resolve()
    if not path.is_relative_to(place.folder) or path == place.folder:
        fields.problem(f"is {name!r}, which lies outside the folder of the set", "audio")
        return None
    return path


def _turn(fields: Fields, place: Place) -> Turn:
    kinds = [key for key in ("say", "backchannel", "keys", "silence") if key in fields]
    if not kinds and "audio" in fields:
        kinds = ["say"]
    if len(kinds) != 1:
        fields.problem("has to be one of say (or audio), backchannel, keys, silence")
    kind = kinds[0] if kinds else "say"
    if kind == "keys":
        return _keys(fields)
    if kind == "silence":
        fields.known(("silence",))
        return Silence(fields.number("silence", 0.02, MAX_SECONDS) or 0.0)
    return _said(fields, place, kind)


def _said(fields: Fields, place: Place, kind: str) -> Say:
    backchannel = kind == "backchannel"
    fields.known(_BACKCHANNEL if backchannel else _SAID)
    text, audio = fields.text(kind), _audio(fields, place)
    if not text.strip() and "audio" not in fields:
        fields.problem("says nothing: it needs a text or an audio file")
    return Say(
        text=text,
        audio=audio,
        voice=_voice(fields, ""),
        intent=_intent(fields, place),
        entities=tuple(_entity(entity) for entity in fields.objects("entities")),
        barge_in=fields.number("barge_in", 0.0, 60.0),
        backchannel=backchannel,
        secret=fields.flag("secret"),
    )


def _keys(fields: Fields) -> Keys:
    fields.known(("keys", "secret"))
    digits = fields.text("keys", required=True)
    if len(digits) > MAX_KEYS or not set(digits) <= KEYS:
        fields.problem(f"may have 0-9, *, # and A-D, {MAX_KEYS} at most", "keys")
    return Keys(digits, fields.flag("secret"))


def _entity(fields: Fields) -> Entity:
    fields.known(("kind", "value", "text"))
    value = fields.value("value")
    return Entity(
        fields.text("kind", required=True), "" if value is None else value, fields.text("text")
    )


def _line(fields: Fields) -> Line:
    inner, usual = fields.inner("line"), Line()
    if inner is None:
        return usual
    inner.known("codec band snr noise loss jitter echo echo_delay".split())
    if "noise" in inner and "snr" not in inner:
        inner.problem("is given without snr: how loud is it?", "noise")
    delay = inner.number("echo_delay", 0.0, 2.0)
    return Line(
        codec=inner.choice("codec", get_args(Codec), usual.codec),
        band=inner.choice("band", get_args(Band), usual.band),
        snr=inner.number("snr", -20.0, 100.0),
        noise=inner.choice("noise", get_args(_Noise), usual.noise),
        loss=inner.number("loss", 0.0, 0.9) or 0.0,
        jitter=inner.number("jitter", 0.0, 2.0) or 0.0,
        echo=inner.number("echo", 0.0, 100.0),
        echo_delay=usual.echo_delay if delay is None else delay,
    )


def _limits(fields: Fields) -> Limits:
    inner, usual = fields.inner("limits"), Limits()
    if inner is None:
        return usual
    inner.known(("turns", "seconds"))
    return Limits(
        inner.whole("turns", 1, 1000) or usual.turns,
        inner.number("seconds", 1.0, LONGEST_CALL) or usual.seconds,
    )


def _goal(fields: Fields) -> Goal | None:
    inner = fields.inner("goal")
    if inner is None:
        return None
    inner.known(("task", "knows"))
    knows = inner.inner("knows")
    return Goal(inner.text("task", required=True), {} if knows is None else knows.values())


def _persona(fields: Fields) -> Persona:
    inner, usual = fields.inner("persona"), Persona()
    if inner is None:
        return usual
    if "goal" not in fields:
        fields.problem("is for simulated callers: there is no goal", "persona")
    inner.known(("voice", "patience", "habits"))
    habits = inner.texts("habits")
    for habit in habits:
        if habit not in HABITS:
            inner.problem(f"has {habit!r}, which nobody does{meant(habit, HABITS)}", "habits")
    patience = inner.whole("patience", 0, 100)
    return Persona(
        voice=_voice(inner, usual.voice),
        patience=usual.patience if patience is None else patience,
        habits=habits,
    )


def _expected(fields: Fields) -> Expected:
    inner = fields.inner("expected")
    if inner is None:
        return Expected()
    inner.known("outcome actions never database says never_says".split())
    database = inner.inner("database")
    return Expected(
        outcome=inner.choice("outcome", get_args(Outcome), "contained")
        if "outcome" in inner
        else None,
        actions=tuple(_action(action) for action in inner.objects("actions", "name")),
        never=tuple(_action(action) for action in inner.objects("never", "name")),
        database=()
        if database is None
        else tuple(
            Rows(table, tuple(row.values() for row in rows)) for table, rows in database.tables()
        ),
        says=inner.texts("says"),
        never_says=inner.texts("never_says"),
    )


def _action(fields: Fields) -> Action:
    fields.known(("name", "arguments"))
    arguments = fields.inner("arguments")
    return Action(
        fields.text("name", required=True), {} if arguments is None else arguments.values()
    )

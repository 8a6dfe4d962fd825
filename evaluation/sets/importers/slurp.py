"""SLURP: commands to a home assistant with intents and entities, 18 domains, partly recorded.

Source: pswietojanski/slurp (Bastianelli et al. 2020, "SLURP: A Spoken Language Understanding
Resource Package"): `dataset/slurp/train.jsonl`, `devel.jsonl`, `test.jsonl`; the recordings, which
are fetched apart, lie in `audio/slurp_real/`. Licence: CC-BY-4.0 for the text, CC-BY-NC-4.0 for the
recordings. The source of an import is the repository or the folder with the files.

An intent is scenario and action with an underscore between, as in the authors' own evaluation; the
field `intent` is not always made so. Entities stand in `sentence_annotation` in brackets with their
type. Where the recordings are there, the first one by a headset is taken: choosing by the word
errors that stand in the file would favour what other recognizers find easy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import Options, brought, drawn
from evaluation.sets.importers.sources import found, plain, read_json_lines
from evaluation.sets.model import Case, Entity, EvaluationSet, Say, Split
from evaluation.sets.problems import Problems

LICENCE: Final = "CC-BY-4.0"
LICENCE_SPOKEN: Final = "CC-BY-4.0 (text), CC-BY-NC-4.0 (recordings)"
TITLE: Final = "SLURP (Bastianelli et al. 2020)"

_FILES: Final[dict[Split, str]] = {"train": "train", "validation": "devel", "test": "test"}
_ENTITY: Final = re.compile(r"\[\s*(?P<kind>[^:\[\]]+?)\s*:\s*(?P<text>[^\[\]]+?)\s*\]")


def import_slurp(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The sentences of a split, one case each; spoken by the recordings where those are there.

    Raises SetError.
    """
    file = f"{_FILES[options.split]}.jsonl"
    path = found(source, (f"dataset/slurp/{file}", file), file)
    audio = _audio(source)
    problems = Problems()
    entries = []
    for where, entry in read_json_lines(path):
        lacking = [key for key in ("scenario", "action", "sentence") if not _text(entry, key)]
        if lacking or "slurp_id" not in entry:
            problems.add(where, f"lacks {', '.join(lacking or ['slurp_id'])}")
        elif options.wants(_intent(entry)):
            entries.append((where, entry, _recording(entry, audio)))
    problems.raise_any()
    if audio is not None:
        entries = [one for one in entries if one[2] is not None]

    def case(one: tuple[str, dict[str, Any], Path | None], _folder: Path) -> Case:
        where, entry, recording = one
        text, entities = annotated(_text(entry, "sentence_annotation") or entry["sentence"])
        said = Say(text, recording, intent=options.intent(_intent(entry)), entities=entities)
        tags = (str(entry["scenario"]),)
        name = f"slurp-{entry['slurp_id']}"
        return Case(name, (said,), voice=options.voice, tags=tags, where=where)

    heading = Heading(
        "slurp",
        options.version,
        LICENCE if audio is None else LICENCE_SPOKEN,
        TITLE,
        options.split,
        synthetic=audio is None,
    )
    return brought(target, heading, drawn(entries, options), case)


def annotated(sentence: str) -> tuple[str, tuple[Entity, ...]]:
    """The text of "wake me up at [time : eight] o'clock", and its entities."""
    entities = tuple(
        Entity(match["kind"], plain(match["text"]), plain(match["text"]))
        for match in _ENTITY.finditer(sentence)
    )
    return plain(_ENTITY.sub(lambda match: match["text"], sentence)), entities


def _audio(source: Path) -> Path | None:
    folders = (source / "audio" / "slurp_real", source / "slurp_real")
    return next((folder for folder in folders if folder.is_dir()), None)


def _recording(entry: Mapping[str, Any], folder: Path | None) -> Path | None:
    if folder is None:
        return None
    listed = entry.get("recordings")
    names = [
        str(one.get("file", ""))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    there = [name for name in sorted(names) if _is_name(name) and (folder / name).is_file()]
    headset = [name for name in there if name.endswith("-headset.flac")]
    return next((folder / name for name in [*headset, *there]), None)


def _is_name(name: str) -> bool:
    """A name that leads nowhere else."""
    return name.isprintable() and "/" not in name


def _intent(entry: Mapping[str, Any]) -> str:
    return f"{entry['scenario']}_{entry['action']}"


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""

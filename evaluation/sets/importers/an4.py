"""AN4: names spelled, numbers and commands of a census, 1,078 recordings of 84 speakers.

Source: the AN4 (Alphanumeric) database of Carnegie Mellon University, recorded about 1991, as
distributed for CMU Sphinx: `etc/an4_train.fileids` and `.transcription` (and `an4_test`), and the
recordings below `wav/` as NIST SPHERE (`.sph`), as WAV, or without a header (`.raw`, 16 kHz, 16
bits in either byte order). The lists name recordings with or without that ending. Licence: CMU's
own, free for any purpose. The source of an import is the folder that has `etc` and `wav`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from evaluation.sets.heading import Heading
from evaluation.sets.importers.audio import converted, headerless
from evaluation.sets.importers.options import Options, brought, drawn
from evaluation.sets.importers.sources import found
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.problems import Problems, refused
from evaluation.sets.yamlfile import read_text

LICENCE: Final = "CMU AN4 licence (free for any purpose)"
TITLE: Final = "AN4, Carnegie Mellon University"
RATE: Final = 16_000

_SUFFIXES: Final = (".sph", ".wav", ".flac", ".raw")
_UTTERANCE: Final = re.compile(r"(?P<words>.*)\((?P<name>[^()\s]+)\)\s*")
_NO_WORD: Final = re.compile(r"</?s>|<sil>|\+\+\w+\+\+")
"""Beginning, end, pauses and noises, as Sphinx marks them."""


def import_an4(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The utterances of a split, one case each. Raises SetError; there is no validation split."""
    if options.split == "validation":
        raise refused(source, "AN4 has only a train and a test split")
    root = source if (source / "etc").is_dir() else source / "an4"
    listing = found(root, (f"etc/an4_{options.split}.fileids",), "list of recordings")
    texts = _texts(found(root, (f"etc/an4_{options.split}.transcription",), "transcription"))
    problems = Problems()
    utterances = []
    for number, line in enumerate(read_text(listing).splitlines(), 1):
        if not line.strip():
            continue
        path, where = _without_suffix(line.strip()), f"{listing}:{number}"
        name, audio = path.name, _recording(root / "wav", path)
        if name not in texts:
            problems.add(where, f"{name} has no transcription")
        elif audio is None:
            problems.add(where, f"wav/{path} is missing ({', '.join(_SUFFIXES)})")
        else:
            utterances.append((name, audio, texts[name], where))
    problems.raise_any()

    def case(utterance: tuple[str, Path, str, str], folder: Path) -> Case:
        name, audio, text, where = utterance
        copy = folder / "audio" / f"{name}.flac"
        if audio.suffix == ".raw":
            headerless(audio, RATE, copy)
        else:
            converted(audio, copy)
        return Case(name, (Say(text, audio=copy),), where=where)

    heading = Heading("an4", options.version, LICENCE, TITLE, options.split)
    return brought(target, heading, drawn(utterances, options), case)


def _texts(path: Path) -> dict[str, str]:
    """What is said, by name of utterance."""
    texts = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        match = _UTTERANCE.fullmatch(line.strip())
        words = [] if match is None else _NO_WORD.sub(" ", match["words"]).split()
        if match is None or not words:
            raise refused(f"{path}:{number}", "has to be `WORDS (name)`")
        texts[match["name"]] = " ".join(words)
    return texts


def _without_suffix(name: str) -> Path:
    """Some copies of the lists name the files, others what is before the dot."""
    path = Path(name)
    return path.with_suffix("") if path.suffix in _SUFFIXES else path


def _recording(folder: Path, name: Path) -> Path | None:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    files = (path.with_name(path.name + suffix) for suffix in _SUFFIXES)
    return next((file for file in files if file.is_file()), None)

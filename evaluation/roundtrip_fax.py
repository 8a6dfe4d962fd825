"""Text to fax pages and back: how many characters are read wrongly?

Letters and sentences with names, numbers, money and dates are set on pages and drawn as a fax in
fine (204 × 196 pixels per inch) and in standard resolution (204 × 98), and read again by the
gateway's own transforms. What is between two words (spaces, line ends) does not count; everything
else does, capitals and punctuation too.

    python -m evaluation.roundtrip_fax --quick
    python -m evaluation.roundtrip_fax --full [--sentences FILE.csv ...]

A CSV file gives further sentences in its first column, of which 400 are taken.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import jiwer
from PIL import Image

from evaluation.roundtrip_letters import LETTERS
from evaluation.roundtrip_texts import SENTENCES
from gateway.content import Content, Kind
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import render_text, text_of_pages
from gateway.transform import Wishes

LIMIT: Final = 0.005
"""The character error rate in fine resolution that must not be reached."""

_QUICK: Final = 3  # letters
_PAGE: Final = 40  # sentences
_FURTHER: Final = 400
_SEED: Final = 4


@dataclass(frozen=True, slots=True)
class Bench:
    """Circumstances of a transform: a folder and nobody who waits."""

    folder: Path
    key: str = "evaluation"

    def progress(self, done: float) -> None:
        """Nobody looks."""


@dataclass
class Score:
    """What became of the texts in one resolution; CPU seconds of programs included."""

    resolution: str
    characters: int = 0
    errors: int = 0
    pages: int = 0
    cpu: float = 0.0
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Character error rate, 0 to 1."""
        return self.errors / max(self.characters, 1)


def texts(quick: bool, files: Iterable[Path]) -> Iterator[str]:
    """The texts to be faxed."""
    if quick:
        yield from LETTERS[:_QUICK]
        return
    yield from LETTERS
    yield from _pages(list(SENTENCES))
    for file in files:
        with file.open(encoding="utf-8", newline="") as source:
            found = [row[0] for row in csv.reader(source) if row and row[0].isascii()][1:]
        yield from _pages(random.Random(_SEED).sample(found, min(_FURTHER, len(found))))  # noqa: S311


def _pages(sentences: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(sentences), _PAGE):
        yield "\n".join(sentences[start : start + _PAGE])


def measure(text: str, score: Score, folder: Path) -> None:
    """Fax and read one text, and add to `score` what became of it."""
    source = folder / "in.txt"
    source.write_text(text, encoding="utf-8")
    settings, wishes = PageSettings(), Wishes()
    before = _cpu()
    made = render_text(
        Content(Kind.TEXT, source, "text/plain"), wishes, _bench(folder / "render"), settings
    )
    if score.resolution == "standard":
        made = _every_other_row(made, folder / "standard.tif")
    read = text_of_pages(made, wishes, _bench(folder / "read"), settings)
    score.cpu += _cpu() - before
    pages = made.details["pages"]
    score.pages += pages if isinstance(pages, int) else 0
    _compare(text, read.path.read_text(encoding="utf-8"), score)


def _compare(wanted: str, found: str, score: Score) -> None:
    wanted, found = " ".join(wanted.split()), " ".join(found.split())
    output = jiwer.process_characters(wanted, found)
    score.characters += len(wanted)
    score.errors += output.substitutions + output.deletions + output.insertions
    for chunk in output.alignments[0]:
        if chunk.type != "equal":
            around = slice(max(0, chunk.ref_start_idx - 10), chunk.ref_end_idx + 10)
            heard = slice(max(0, chunk.hyp_start_idx - 10), chunk.hyp_end_idx + 10)
            score.wrong.append((wanted[around], found[heard]))


def _every_other_row(fax: Content, target: Path) -> Content:
    """The same pages as a sender in standard resolution scans them."""
    pages = []
    with Image.open(fax.path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            half = (image.width, image.height // 2)
            pages.append(image.resize(half, Image.Resampling.NEAREST))
    pages[0].save(
        target, save_all=True, append_images=pages[1:], compression="group4", dpi=(204, 98)
    )
    return Content(fax.kind, target, fax.media_type, fax.details)


def _bench(folder: Path) -> Bench:
    folder.mkdir()
    return Bench(folder)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run(found: Sequence[str], resolution: str) -> Score:
    """Fax and read all texts in one resolution."""
    score = Score(resolution)
    for text in found:
        with tempfile.TemporaryDirectory() as name:
            measure(text, score, Path(name))
    return score


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if too much is read wrongly."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--quick", action="store_true", help="three letters")
    size.add_argument("--full", action="store_true", help="all letters and sentences")
    parser.add_argument("--sentences", nargs="*", type=Path, default=[], metavar="FILE.csv")
    parser.add_argument("--json", type=Path, help="write the scores here")
    given = parser.parse_args(arguments)
    found = list(texts(given.quick, given.sentences))
    began = time.monotonic()
    scores = [run(found, resolution) for resolution in ("fine", "standard")]
    for score in scores:
        print(
            f"{score.resolution:<9} {score.errors} of {score.characters} characters wrong "
            f"({100 * score.rate:.3f} %), {score.pages} pages, "
            f"{score.cpu / max(score.pages, 1):.2f} CPU s a page there and back"
        )
        for wanted, read in score.wrong[:40]:
            print(f"    {wanted!r} was read as {read!r}")
    print(f"in {time.monotonic() - began:.0f} s")
    if given.json:
        given.json.write_text(json.dumps([asdict(score) for score in scores], indent=1))
    return int(scores[0].rate >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())

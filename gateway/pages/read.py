"""Fax pages, scans and PDF documents read: their text, and the same pages as a searchable PDF.

Finished pages stay in the folder: a second attempt goes on with the page at which the first ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gateway.pages import layout
from gateway.pages.languages import tesseract_language
from gateway.pages.ocr import Tesseract
from gateway.pages.settings import PageSettings
from gateway.pages.workshop import checked_size, order

_BATCH: Final = 8  # pages that lie in the folder as images at the same time
_DOUBTFUL: Final = 0.6  # a page that is read with less confidence may stand on its head
_LAYER: Final = 16  # characters; with so many, a page of a PDF has its text in it


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page: its text, how sure it is (0 to 1), and by how many degrees it had to be turned.

    `layer` names the file with its invisible text, '' if the document had the text in it already.
    """

    text: str
    confidence: float
    angle: int
    layer: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it was read."""

    pages: tuple[ReadPage, ...]

    @property
    def text(self) -> str:
        """All pages, without our own page numbers."""
        total = len(self.pages)
        bodies = (
            layout.without_page_number(page.text, number, total).strip()
            for number, page in enumerate(self.pages, start=1)
        )
        return "\n\n".join(body for body in bodies if body)

    @property
    def confidence(self) -> float:
        """The mean over all characters."""
        letters = sum(len(page.text) for page in self.pages)
        summed = sum(page.confidence * len(page.text) for page in self.pages)
        return summed / letters if letters else 0.0


def read(
    source: Path,
    folder: Path,
    settings: PageSettings,
    *,
    language: str | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Reading:
    """Read a TIFF, PDF, PNG or JPEG file; `language` is a BCP 47 tag.

    Raises:
        RefusedError: the document is damaged, protected or too large.
        MissingPartError: tesseract or the data for the language is not installed.
    """
    return _Reader(checked_size(source, settings), folder, settings, language, progress).read()


class _Reader:
    def __init__(
        self,
        source: Path,
        folder: Path,
        settings: PageSettings,
        language: str | None,
        progress: Callable[[float], None],
    ) -> None:
        self._source = source
        self._folder = folder
        self._settings = settings
        self._language = language or settings.language
        self._tell = progress
        self._done = 0.0  # of all pages, 0 to 1

    def read(self) -> Reading:
        for left in self._folder.glob("scan-*.png"):  # perhaps half written
            left.unlink()
        found = self._order("texts", characters=self._settings.characters)
        total: int = found["pages"]
        texts = found["texts"] or [""] * total
        pages: list[ReadPage] = []
        for number, lying in enumerate(texts):
            self._done = number / total
            self._tell(self._done)
            if len(lying.strip()) >= _LAYER:
                pages.append(ReadPage(_plain(lying), 1.0, 0, ""))
            else:
                pages.append(self._kept(number) or self._recognized(number, total))
        self._tell(1.0)
        return Reading(tuple(pages))

    def _kept(self, number: int) -> ReadPage | None:
        """What an earlier attempt found out."""
        try:
            return ReadPage(**json.loads(self._file(number).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def _recognized(self, number: int, total: int) -> ReadPage:
        if not (self._folder / _image(number)).exists():
            self._scan(number, min(total, number + _BATCH))
        page = self._best_reading(number)
        (self._folder / _image(number)).unlink()
        part = self._file(number).with_suffix(".part")
        part.write_text(json.dumps(asdict(page)), encoding="utf-8")
        part.replace(self._file(number))
        return page

    def _best_reading(self, number: int) -> ReadPage:
        """The page as it lies, or turned if that is read better."""
        tesseract = self._tesseract()
        upright = self._read_page(tesseract, number, 0)
        if upright.confidence >= _DOUBTFUL:
            return upright
        angle = tesseract.angle(_image(number))
        if not angle:
            return upright
        self._scan(number, number + 1, angle)
        turned = self._read_page(tesseract, number, angle)
        return max(upright, turned, key=lambda page: page.confidence)

    def _read_page(self, tesseract: Tesseract, number: int, angle: int) -> ReadPage:
        name = f"page-{number:04}-{angle}"
        words = tesseract.read(_image(number), name)
        return ReadPage(layout.text(words), layout.confidence(words), angle, f"{name}.pdf")

    def _tesseract(self) -> Tesseract:
        language = tesseract_language(self._language)
        return Tesseract(self._folder, language, self._settings, lambda: self._tell(self._done))

    def _scan(self, first: int, last: int, angle: int = 0) -> None:
        self._order("scan", target="scan-{:04}.png", first=first, last=last, angle=angle)

    def _order(self, what: str, **details: Any) -> dict[str, Any]:
        return order(
            what,
            self._folder,
            self._settings,
            going_on=lambda _: self._tell(self._done),
            source=self._source,
            **details,
        )

    def _file(self, number: int) -> Path:
        return self._folder / f"page-{number:04}.json"


def _image(number: int) -> str:
    return f"scan-{number:04}.png"


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").strip()

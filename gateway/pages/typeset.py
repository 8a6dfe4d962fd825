"""A plain text set on pages as a PDF: paragraphs, tables of figures in columns, page numbers.

It knows nothing of mail or fax. Everything of the text is taken literally: nothing in it is markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    XPreformatted,
)

from gateway.errors import RefusedError
from gateway.pages.fonts import fonts

_PAPERS: Final = {"a4": A4, "letter": LETTER}
_MARGIN: Final = 20 * mm
_FOOT: Final = 10 * mm
_COLUMNS: Final = re.compile(r"\S(?: {3,}|\t+)\S")  # two columns: a gap inside a line
_MONO_WIDTH: Final = 0.602  # of the size, of a character of DejaVu Sans Mono
_PIECE: Final = 4000  # characters; a longer paragraph is set in pieces (reportlab needs n² time)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+")
_NO_GLYPH: Final = "\N{WHITE SQUARE}"
_EASTERN: Final = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Cover:
    """What the page before a fax says; empty lines are left out."""

    sender: str = ""
    recipient: str = ""
    subject: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Typeset:
    """How many pages it became, and how many characters no font here has."""

    pages: int
    unprintable: int


class Typesetter:
    """Sets one document."""

    def __init__(self, paper: str, size: float, most_pages: int) -> None:
        self._paper = _PAPERS[paper]
        self._most_pages = most_pages
        self._fonts = fonts()
        self._unprintable = 0
        self._size = size
        shared = {"leading": 1.35 * size, "fontSize": size, "alignment": TA_LEFT}
        self._body = ParagraphStyle(
            "body", fontName=self._fonts.body, spaceAfter=0.7 * size, **shared
        )
        self._eastern = ParagraphStyle("eastern", self._body, wordWrap="CJK")
        self._label = ParagraphStyle("label", fontName=self._fonts.bold, **shared)
        self._columns = (self._paper[0] - 2 * _MARGIN) / _MONO_WIDTH  # in characters of 1 point

    def set(self, text: str, target: Path, cover: Cover | None = None) -> Typeset:
        """Write `target`.

        Raises:
            RefusedError: it would become more pages than are allowed.
        """
        story = [*(self._cover(cover) if cover else ()), *self._flowables(text)]
        document = SimpleDocTemplate(
            str(target),
            pagesize=self._paper,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            invariant=True,
        )
        numbered: list[_Numbered] = []

        def canvas(*given: Any, **more: Any) -> Canvas:
            numbered.append(_Numbered(*given, **more))
            numbered[-1].prepare(self._most_pages, self._fonts.body, counted=cover is not None)
            return numbered[-1]

        document.build(story or [Spacer(1, 1)], canvasmaker=canvas)
        return Typeset(numbered[-1].pages, self._unprintable)

    def _flowables(self, text: str) -> Iterator[Flowable]:
        for number, page in enumerate(cleaned(text).split("\f")):
            if number:
                yield PageBreak()
            for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", page.strip("\n")):
                if _COLUMNS.search(block):
                    yield self._figures(block)
                elif block.strip():
                    yield from self._paragraphs(block)

    def _paragraphs(self, block: str) -> Iterator[Flowable]:
        """One paragraph; its line breaks stay (an address, a poem, a list)."""
        style = self._eastern if _EASTERN.search(block) else self._body
        for piece in pieces(block):
            lines = [self._marked(line.strip(), self._fonts.body) for line in piece.split("\n")]
            yield Paragraph("<br/>".join(lines), style)

    def _figures(self, block: str) -> Flowable:
        """Columns stay below each other: every character as wide as the others.

        The type is made smaller for long lines, as far as a fax can show; longer ones are broken.
        """
        lines = [line.expandtabs().rstrip() for line in block.split("\n")]
        longest = max(map(len, lines))
        size = max(7.0, min(self._size, self._columns / longest))
        width = int(self._columns / size)
        folded = [line[at : at + width] for line in lines for at in range(0, len(line) or 1, width)]
        style = ParagraphStyle(
            "figures",
            fontName=self._fonts.mono,
            fontSize=size,
            leading=1.35 * size,
            spaceAfter=0.7 * size,
        )
        return XPreformatted("\n".join(self._marked(x, self._fonts.mono) for x in folded), style)

    def _cover(self, cover: Cover) -> Iterator[Flowable]:
        yield Paragraph("FAX", ParagraphStyle("title", self._label, fontSize=32, leading=48))
        rows = [("To", cover.recipient), ("From", cover.sender)]
        rows += [("Date", cover.date), ("Subject", cover.subject)]
        cells = [
            [
                Paragraph(label, self._label),
                Paragraph(self._marked(value[:500], self._fonts.body), self._body),
            ]
            for label, value in rows
            if value
        ]
        if cells:
            yield Table(
                cells,
                colWidths=[25 * mm, None],
                hAlign="LEFT",
                style=[("VALIGN", (0, 0), (-1, -1), "TOP")],
            )
        yield PageBreak()

    def _marked(self, text: str, font: str) -> str:
        """Markup of reportlab in which nothing but our change of fonts is markup."""
        parts = []
        for run in self._fonts.runs(text, font):
            if run.font is None:
                self._unprintable += len(run.text)
                shown = self._marked(_NO_GLYPH, font) if run.text != _NO_GLYPH else "?"
                parts.append(shown * len(run.text))
            elif run.font == font:
                parts.append(escape(run.text))
            else:
                parts.append(f'<font name="{run.font}">{escape(run.text)}</font>')
        return "".join(parts)


class _Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Keeps the pages until their number is known, then writes "Page 1 of 3" on each."""

    def prepare(self, most_pages: int, font: str, *, counted: bool) -> None:
        """Before the first page; `counted`: the first one says how many there are."""
        self._kept: list[dict[str, Any]] = []
        self._most_pages = most_pages
        self._font = font
        self._counted = counted

    @property
    def pages(self) -> int:
        """So many are there."""
        return len(self._kept)

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """The page is complete."""
        self._kept.append(dict(self.__dict__))
        if len(self._kept) > self._most_pages:
            raise RefusedError(f"the text needs more than {self._most_pages} pages")
        self._startPage()

    def save(self) -> None:
        """All pages are complete."""
        kept, counted = self._kept, self._counted
        width, font = self._pagesize[0], self._font
        for number, page in enumerate(kept, start=1):
            self.__dict__.update(page)
            self.setFont(font, 9)
            self.drawCentredString(width / 2, _FOOT, f"Page {number} of {len(kept)}")
            if counted and number == 1:
                note = f"{len(kept)} pages, with this one"
                self.drawCentredString(width / 2, _FOOT + 8 * mm, note)
            Canvas.showPage(self)
        self._kept = kept
        Canvas.save(self)


def cleaned(text: str) -> str:
    """Line ends as \\n, composed characters, no controls but tabs and new pages."""
    text = unicodedata.normalize("NFC", re.sub(r"\r\n?|\u2028|\u2029|\x85|\v", "\n", text))
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", text.replace("\N{NO-BREAK SPACE}", " "))


def pieces(block: str, longest: int = _PIECE) -> Iterator[str]:
    """A paragraph in pieces that are quickly set: cut at sentences, else between words."""
    while len(block) > longest:
        ends = [found.end() for found in _SENTENCE_END.finditer(block, 0, longest)]
        cut = ends[-1] if ends else block.rfind(" ", 0, longest) + 1 or longest
        yield block[:cut].rstrip()
        block = block[cut:]
    yield block

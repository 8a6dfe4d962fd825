"""Which font has which character. The first that has it is taken, so texts may mix alphabets.

DejaVu has Latin, Greek, Cyrillic, Armenian, Georgian and many signs, and tells 1, l and I apart,
which matters to whoever reads a fax; Droid Sans Fallback has Chinese, Japanese and Korean. Where
neither is installed, what comes with reportlab does for Western European languages.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from reportlab import __file__ as reportlab_file
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_DEBIAN: Final = Path("/usr/share/fonts/truetype")
_OURS: Final = Path(reportlab_file).parent / "fonts"
_FILES: Final = {
    "serif": _DEBIAN / "dejavu/DejaVuSerif.ttf",
    "sans": _DEBIAN / "dejavu/DejaVuSans.ttf",
    "east": _DEBIAN / "droid/DroidSansFallbackFull.ttf",
    "plain": _OURS / "Vera.ttf",
}
_BOLD_FILES: Final = (_DEBIAN / "dejavu/DejaVuSerif-Bold.ttf", _OURS / "VeraBd.ttf")
_MONO_FILES: Final = (_DEBIAN / "dejavu/DejaVuSansMono.ttf",)
_UNSEEN: Final = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
"""Categories of characters that leave no mark: joiners, controls, half a pair, unassigned."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in a row that one font has. `font` is None where no font has them."""

    font: str | None
    text: str


class Fonts:
    """The fonts that are here, by name: `body`, `bold`, `mono` and those behind them."""

    def __init__(self) -> None:
        self._chain = [name for name, file in _FILES.items() if _register(name, file)]
        self.body = self._chain[0]
        self.bold = _first("bold", _BOLD_FILES)
        self.mono = _first("mono", _MONO_FILES) if _MONO_FILES[0].exists() else self.body
        self._glyphs = {name: _glyphs(name) for name in {*self._chain, self.mono, self.bold}}

    def runs(self, text: str, preferred: str) -> list[Run]:
        """`text` without what leaves no mark, cut where the font changes."""
        seen = (character for character in text if unicodedata.category(character) not in _UNSEEN)
        keyed = ((self._font_for(character, preferred), character) for character in seen)
        return [
            Run(font, "".join(character for _, character in group))
            for font, group in groupby(keyed, key=lambda pair: pair[0])
        ]

    def _font_for(self, character: str, preferred: str) -> str | None:
        for name in (preferred, *self._chain):
            if ord(character) in self._glyphs[name]:
                return name
        return None


@cache
def fonts() -> Fonts:
    """The fonts of this process; reading them takes a tenth of a second."""
    return Fonts()


def _register(name: str, file: Path) -> bool:
    if not file.exists():
        return False
    try:
        pdfmetrics.registerFont(TTFont(name, str(file)))
    except TTFError:  # a font that reportlab can't use is as good as none
        return False
    return True


def _first(name: str, files: tuple[Path, ...]) -> str:
    return next(name for file in files if _register(name, file))


def _glyphs(name: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(name).face.charToGlyph)

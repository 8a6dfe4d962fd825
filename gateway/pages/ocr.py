"""One page read by tesseract: its words, and a PDF page with nothing but them, invisible."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway import sandbox
from gateway.errors import RefusedError
from gateway.pages import layout
from gateway.pages.languages import PROGRAM
from gateway.pages.settings import PageSettings

_PATIENCE: Final = 4.0  # the clock may take so many times longer than the CPU
_ANGLE: Final = re.compile(r"^Rotate: (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Reads images of pages in `folder`; `language` as tesseract calls it."""

    folder: Path
    language: str
    settings: PageSettings
    going_on: Callable[[], None]

    def read(self, image: str, result: str) -> list[layout.Word]:
        """The words of an image; leaves `result`.tsv and `result`.pdf in the folder.

        Raises:
            RefusedError: the page can't be read, or not within the limits.
            MissingPartError: tesseract is not installed.
        """
        options = ["-l", self.language, "--psm", "3", "-c", "textonly_pdf=1", "tsv", "pdf"]
        self._run([image, "page.part", *options])
        found = self._words("page.part")
        (self.folder / "page.part.pdf").replace(self.folder / f"{result}.pdf")
        (self.folder / "page.part.tsv").replace(self.folder / f"{result}.tsv")  # last: it is done
        return found

    def angle(self, image: str) -> int:
        """How far, clockwise in degrees, the image has to be turned to stand upright.

        0 where nobody can tell: there is too little on it.
        """
        try:
            told = self._run([image, "-", "--psm", "0"]).decode(errors="replace")
        except RefusedError:  # "Too few characters"
            return 0
        found = _ANGLE.search(told)
        return int(found[1]) % 360 if found else 0

    def _words(self, result: str) -> list[layout.Word]:
        tsv = (self.folder / f"{result}.tsv").read_text(encoding="utf-8", errors="replace")
        try:
            return layout.words(tsv)
        except ValueError as error:
            raise RefusedError(f"the page can't be read: {error}") from error

    def _run(self, arguments: list[str]) -> bytes:
        limits = sandbox.Limits(
            seconds=self.settings.page_seconds * _PATIENCE,
            cpu=self.settings.page_seconds,
            memory=self.settings.memory_megabytes << 20,
        )
        # One thread: calls need the other cores, and a page is hardly read faster with more.
        environment = {"OMP_THREAD_LIMIT": "1"}
        if data := os.environ.get("TESSDATA_PREFIX"):
            environment["TESSDATA_PREFIX"] = data
        return sandbox.run(
            [PROGRAM, *arguments],
            limits,
            folder=self.folder,
            environment=environment,
            going_on=self.going_on,
        )

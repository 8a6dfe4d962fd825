"""What tesseract calls a language, and which of them it can read here."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import Final

from gateway.errors import MissingPartError, RefusedError

_NAMES: Final = dict(
    pair.split(":")
    for pair in (
        "ar:ara bg:bul ca:cat cs:ces da:dan de:deu el:ell en:eng es:spa et:est fi:fin fr:fra "
        "ga:gle he:heb hi:hin hr:hrv hu:hun id:ind is:isl it:ita ja:jpn ko:kor lt:lit lv:lav "
        "nb:nor nl:nld no:nor pl:pol pt:por ro:ron ru:rus sk:slk sl:slv sr:srp sv:swe th:tha "
        "tr:tur uk:ukr vi:vie zh:chi_sim zh-tw:chi_tra"
    ).split()
)
_SECONDS: Final = 10.0

PROGRAM: Final = "tesseract"


def tesseract_language(tag: str) -> str:
    """The name for a BCP 47 tag; English helps along, because its words are everywhere.

    Raises:
        RefusedError: nobody made any data for it.
        MissingPartError: its data is not installed.
    """
    tag = tag.lower()
    name = _NAMES.get(tag) or _NAMES.get(tag.partition("-")[0])
    if name is None:
        raise RefusedError(f"nothing here reads pages in the language {tag[:40]!r}")
    here = installed()
    if name not in here:
        package = f"tesseract-ocr-{name.replace('_', '-')}"
        raise MissingPartError(f"pages in the language {tag!r} need the package {package}")
    return name if name == "eng" or "eng" not in here else f"{name}+eng"


@cache
def installed() -> frozenset[str]:
    """The languages whose data is here.

    Raises:
        MissingPartError: tesseract isn't.
    """
    if shutil.which(PROGRAM) is None:
        raise MissingPartError(missing())
    told = subprocess.run(
        [PROGRAM, "--list-langs"],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        env=os.environ,
    )
    return frozenset(told.stdout.split("\n")[1:]) - {""}


def missing() -> str:
    """What has to be installed before pages can be read, or ''."""
    return "" if shutil.which(PROGRAM) else "tesseract (package tesseract-ocr; `make system`)"

"""The process that touches foreign documents: it may crash, hang or swell without harm to others.

`python -I -m gateway.pages.worker` reads one order (JSON) from standard input, does it in the
current folder, and prints one answer: `{"done": {...}}` or `{"refused": "why"}`. File names are
given by us, never by a caller. See `gateway.pages.workshop` for the other side.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image

from gateway.errors import RefusedError
from gateway.pages import draw, faxtiff, images, pdf, scan
from gateway.pages.workshop import PROGRESS


def main() -> None:
    """Do what standard input says."""
    order = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        answer = {"done": _ORDERS[order.pop("do")](order)}
    except RefusedError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "the document needs more memory than it may have"}
    json.dump(answer, sys.stdout)


def _typeset(order: Mapping[str, Any]) -> dict[str, Any]:
    """A text becomes a PDF."""
    from gateway.pages.typeset import Cover, Typesetter  # reportlab takes a moment

    cover = Cover(**order["cover"]) if order["cover"] else None
    typesetter = Typesetter(order["paper"], order["size"], order["pages"])
    text = Path(order["source"]).read_text(encoding="utf-8")
    made = typesetter.set(text, Path(order["target"]), cover)
    return {"pages": made.pages, "unprintable": made.unprintable}


def _draw(order: Mapping[str, Any]) -> dict[str, Any]:
    """A PDF or an image file becomes fax pages."""
    source = Path(order["source"])
    total = scan.count(source, order["pages"])
    _allow(total, order)
    pages = draw.fax_pages(source, order["pages"], order["pixels"])
    return {"pages": faxtiff.write(_counted(pages, total), Path(order["target"]))}


def _render(order: Mapping[str, Any]) -> dict[str, Any]:
    """A text becomes fax pages."""
    between = order["between"]
    set_ = _typeset({**order, "target": between})
    return {**set_, **_draw({**order, "source": between})}


def _sheets(order: Mapping[str, Any]) -> dict[str, Any]:
    """The pages of an image file become black and white and are turned, each by its angle."""
    _allow(len(order["angles"]), order)
    frames = images.frames(Path(order["source"]), order["pages"], order["pixels"])
    sheets = (
        scan.sheet(frame, angle)
        for frame, angle in zip(
            _counted(frames, len(order["angles"])), order["angles"], strict=True
        )
    )
    return {"pages": faxtiff.write(sheets, Path(order["target"]))}


def _scan(order: Mapping[str, Any]) -> dict[str, Any]:
    """Some pages become images for tesseract."""
    first, last, angle = order["first"], order["last"], order["angle"]
    _allow(last - first, order)
    scans = scan.scans(Path(order["source"]), first, last, order["pixels"], angle)
    number = first
    for number, image in enumerate(scans, start=first):
        name = order["target"].format(number)
        image.save(name, format="PNG", dpi=(scan.DPI, scan.DPI), compress_level=1)
    return {"pages": number + 1 - first}


def _texts(order: Mapping[str, Any]) -> dict[str, Any]:
    """How many pages there are, and for a PDF the text that lies in each ('': none)."""
    source = Path(order["source"])
    if not draw.is_pdf(source):
        return {"pages": scan.count(source, order["pages"]), "texts": []}
    left, found = order["characters"], []
    with pdf.opened(source, order["pages"]) as document:
        _allow(len(document), order)
        for number in range(len(document)):
            found.append(pdf.text_of(document, number, left))
            left -= len(found[-1])
    return {"pages": len(found), "texts": found}


def _allow(pages: int, order: Mapping[str, Any]) -> None:
    """From here on, the process may take only as long as so many pages: one that never ends does
    not get the time of all that a document could have."""
    seconds = math.ceil(order["start_seconds"] + order["page_seconds"] * pages)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most == resource.RLIM_INFINITY or seconds < most:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))


def _counted(pages: Iterable[Image.Image], total: int) -> Iterator[Image.Image]:
    for number, page in enumerate(pages, start=1):
        yield page
        Path(PROGRESS).write_text(f"{number / total:.3f}", encoding="ascii")


_ORDERS: Final = {
    "typeset": _typeset,
    "draw": _draw,
    "render": _render,
    "sheets": _sheets,
    "scan": _scan,
    "texts": _texts,
}

if __name__ == "__main__":
    main()

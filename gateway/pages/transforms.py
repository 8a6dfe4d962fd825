"""What this package does for the gateway: "render", "read" and "redraw".

Other parts may use `fax_pages` (any document as pages that a fax sends), `searchable` (the same as
a PDF) and `read_document` (text of a document, whoever has sent it) by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.content import Content, Json, Kind
from gateway.errors import RefusedError
from gateway.pages import languages
from gateway.pages.read import Reading, read
from gateway.pages.settings import PageSettings
from gateway.pages.workshop import checked_size, order
from gateway.transform import Transform, Wishes, Work

if TYPE_CHECKING:
    from gateway.pages.typeset import Cover

TIFF: Final = "image/tiff"
PDF: Final = "application/pdf"
_PARAGRAPH: Final = 0.5  # seconds; a longer pause in SSML stands between two paragraphs
_SHOWN: Final = 0.95  # of the progress when the pages are drawn, but not yet in their place


def transforms(settings: PageSettings) -> list[Transform]:
    """The transforms of pages."""

    def render(content: Content, wishes: Wishes, work: Work) -> Content:
        return render_text(content, wishes, work, settings)

    def read_pages(content: Content, wishes: Wishes, work: Work) -> Content:
        return text_of_pages(content, wishes, work, settings)

    def redraw(content: Content, wishes: Wishes, work: Work) -> Content:
        if wished_form(wishes) == PDF:
            return searchable(content, wishes, work, settings)
        return fax_pages(content, work, settings)

    missing = languages.missing
    return [
        Transform("render", Kind.TEXT, Kind.FAX, cost=1.0, loss=0.005, run=render),
        Transform(
            "read", Kind.FAX, Kind.TEXT, cost=1.5, loss=0.05, run=read_pages, missing=missing
        ),
        Transform("redraw", Kind.FAX, Kind.FAX, cost=1.5, loss=0.0, run=redraw),
    ]


def render_text(content: Content, wishes: Wishes, work: Work, settings: PageSettings) -> Content:
    """A text as fax pages, or as a PDF if that is wished; a cover page if there is one to write to.

    Raises:
        RefusedError: the text is too long, or not UTF-8.
    """
    text = _text(content, settings)
    plain = work.folder / "plain.txt"
    plain.write_text(text, encoding="utf-8")
    cover = cover_for(content.details, wishes, datetime.now().astimezone())
    form = wished_form(wishes)
    target = work.folder / ("pages.pdf" if form == PDF else "pages.tif")
    made = _made(
        "typeset" if form == PDF else "render",
        target,
        work,
        settings,
        source=plain.name,
        between="between.pdf",
        paper=settings.paper,
        size=settings.size,
        cover=asdict(cover) if cover else None,
    )
    details = dict(content.details) | {"pages": made["pages"]}
    if made["unprintable"]:
        details["unprintable"] = made["unprintable"]
    return Content(Kind.FAX, target, form, details)


def fax_pages(content: Content, work: Work, settings: PageSettings) -> Content:
    """A PDF, TIFF, PNG or JPEG document as pages that a fax can send (TIFF, Group 4).

    Pages that came by fax stay the same to the last pixel.

    Raises:
        RefusedError: it is damaged, protected, or larger than the settings allow.
    """
    target = work.folder / "pages.tif"
    source = checked_size(content.path, settings)
    made = _made("draw", target, work, settings, source=source)
    return Content(Kind.FAX, target, TIFF, dict(content.details) | {"pages": made["pages"]})


def read_document(
    path: Path, wishes: Wishes, work: Work, settings: PageSettings, *, share: float = 1.0
) -> Reading:
    """The text of a PDF, TIFF, PNG or JPEG document; `share` of the work's progress is for this.

    Raises:
        RefusedError: it is damaged, protected, or larger than the settings allow.
        MissingPartError: pages have to be recognized, and nothing is here that does.
    """
    return read(
        path,
        work.folder,
        settings,
        language=wishes.language,
        progress=lambda done: work.progress(done * share),
    )


def text_of_pages(content: Content, wishes: Wishes, work: Work, settings: PageSettings) -> Content:
    """Fax pages as plain text.

    Raises:
        RefusedError, MissingPartError: see `read_document`.
    """
    reading = read_document(content.path, wishes, work, settings)
    target = work.folder / "text.txt"
    part = target.with_suffix(".part")
    part.write_text(reading.text + "\n", encoding="utf-8")
    part.replace(target)
    return Content(Kind.TEXT, target, "text/plain", _told(content, reading))


def searchable(content: Content, wishes: Wishes, work: Work, settings: PageSettings) -> Content:
    """Fax pages as a PDF in which one can search; a document that is a PDF stays as it is.

    Its details hold the `text` file beside it, so that nobody has to read the pages again.

    Raises:
        RefusedError, MissingPartError: see `read_document`.
    """
    reading = read_document(content.path, wishes, work, settings, share=_SHOWN)
    (work.folder / "text.txt").write_text(reading.text + "\n", encoding="utf-8")
    details = _told(content, reading) | {"text": "text.txt"}
    target = work.folder / "pages.pdf"
    if content.media_type == PDF:
        part = target.with_suffix(".part")
        part.write_bytes(content.path.read_bytes())
        part.replace(target)
    else:
        from gateway.pages.searchable import searchable_pdf  # takes a moment to load

        searchable_pdf(content.path, reading, work.folder, settings, target)
    work.progress(1.0)
    return replace(content, path=target, media_type=PDF, details=details)


def wished_form(wishes: Wishes) -> str:
    """The media type of pages that is wished, TIFF if none.

    Raises:
        RefusedError: pages have no such form.
    """
    if wishes.media_type in (None, TIFF, PDF):
        return wishes.media_type or TIFF
    raise RefusedError(f"pages can be {TIFF} or {PDF}, not {wishes.media_type}")


def cover_for(details: Mapping[str, Json], wishes: Wishes, now: datetime) -> Cover | None:
    """The page before a fax, if one is wished and anybody is named to whom or from whom it is."""
    from gateway.pages.typeset import Cover

    def told(wish: str | None, name: str) -> str:
        found = details.get(name)
        return wish or (found if isinstance(found, str) else "")

    cover = Cover(
        sender=told(wishes.sender, "from"),
        recipient=told(wishes.recipient, "to"),
        subject=told(wishes.subject, "subject"),
        date=told(None, "date") or f"{now:%d %B %Y, %H:%M}".lstrip("0"),
    )
    return cover if wishes.cover and (cover.sender or cover.recipient) else None


def _text(content: Content, settings: PageSettings) -> str:
    most_bytes = 4 * settings.characters
    with content.path.open("rb") as file:
        raw = file.read(most_bytes + 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(raw) > most_bytes:
            raise _too_long(settings) from error
        raise RefusedError(
            f"the text is not UTF-8: {error.reason} at byte {error.start}"
        ) from error
    if content.media_type == "application/ssml+xml":
        text = _without_markup(raw)
    if len(text) > settings.characters:
        raise _too_long(settings)
    return text


def _without_markup(ssml: bytes) -> str:
    """The words of an SSML document, in paragraphs."""
    from gateway.speech.script import Say
    from gateway.speech.ssml import read_ssml

    parts = [
        item.text if isinstance(item, Say) else "\n\n" if item.seconds >= _PARAGRAPH else " "
        for item in read_ssml(ssml)
    ]
    return "".join(parts)


def _too_long(settings: PageSettings) -> RefusedError:
    return RefusedError(f"the text has more than {settings.characters} characters")


def _made(
    what: str, target: Path, work: Work, settings: PageSettings, **details: Any
) -> dict[str, Any]:
    """Have pages made."""
    told = 0.0

    def going_on(done: float) -> None:
        nonlocal told
        told = max(told, _SHOWN * done)
        work.progress(told)

    part = target.with_name(target.name + ".part")
    try:
        done = order(what, work.folder, settings, going_on=going_on, target=part.name, **details)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    work.progress(1.0)
    return done


def _told(content: Content, reading: Reading) -> dict[str, Json]:
    found: dict[str, Json] = {
        "pages": len(reading.pages),
        "confidence": round(reading.confidence, 3),
    }
    return dict(content.details) | found

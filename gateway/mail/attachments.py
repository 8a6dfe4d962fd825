"""What is in a mail's attachments: their text, and their pages for a fax. Archives stay shut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from gateway.content import Content, Kind
from gateway.mail.charsets import decode, tidy
from gateway.mail.htmltext import to_text
from gateway.mail.message import Attachment
from gateway.pages import faxtiff
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import fax_pages, read_document
from gateway.transform import Wishes, Work

PRINTABLE: Final = frozenset({"application/pdf", "image/tiff", "image/png", "image/jpeg"})
"""Attachments whose pages go out by fax as they are."""

_READABLE: Final = frozenset({"application/pdf", "image/tiff"})
_TEXTS: Final = frozenset({"text/plain", "text/markdown", "text/csv"})
_LONGEST: Final = 200_000  # characters of an attachment that are read


@dataclass(frozen=True, slots=True)
class Bench:
    """The work of one attachment: a folder of its own, and a share of the progress."""

    folder: Path
    key: str
    whole: Work
    start: float
    share: float

    def progress(self, done: float) -> None:
        """So much (0 to 1) of this attachment is done."""
        self.whole.progress(self.start + self.share * done)


def benches(work: Work, names: Sequence[str]) -> Iterator[Bench]:
    """A bench for each name; the folders may be there already."""
    for number, name in enumerate(names):
        folder = work.folder / name
        folder.mkdir(exist_ok=True)
        yield Bench(folder, f"{work.key}/{name}", work, number / len(names), 1 / len(names))


def reader(
    wishes: Wishes, work: Work, settings: PageSettings
) -> Callable[[Attachment], str | None]:
    """A function that reads an attachment; None: there is nothing in it that can be read.

    Of all attachments together, no more pages are read than one document may have, and one more
    document at most.
    """
    count = pages = 0

    def read(file: Attachment) -> str | None:
        nonlocal count, pages
        count += 1
        if file.media_type in _TEXTS:
            return tidy(decode(file.data[: 4 * _LONGEST], None))[:_LONGEST].strip()
        if file.media_type == "text/html":
            return to_text(decode(file.data[: 4 * _LONGEST], None))[:_LONGEST].strip()
        if file.media_type not in _READABLE or pages >= settings.pages:
            return None
        folder = work.folder / f"attachment-{count}"
        folder.mkdir(exist_ok=True)
        bench = Bench(folder, work.key, work, 0.0, 0.0)
        path = _written(file, folder)
        reading = read_document(path, wishes, bench, settings)
        pages += len(reading.pages)
        return reading.text[:_LONGEST].strip()

    return read


def pages_of(file: Attachment, bench: Bench, settings: PageSettings) -> Content:
    """The pages of a printable attachment, as a fax sends them.

    Raises:
        RefusedError: it is damaged, protected, or larger than the settings allow.
    """
    content = Content(Kind.FAX, _written(file, bench.folder), file.media_type)
    return fax_pages(content, bench, settings)


def joined(documents: Sequence[Path], target: Path) -> int:
    """One TIFF of several that were drawn here; the number of its pages."""

    def pages() -> Iterator[Image.Image]:
        for path in documents:
            with Image.open(path) as image:
                for number in range(getattr(image, "n_frames", 1)):
                    image.seek(number)
                    yield image.convert("1", dither=Image.Dither.NONE)

    part = target.with_name(f"{target.name}.part")
    count = faxtiff.write(pages(), part)
    part.replace(target)
    return count


def write(path: Path, data: bytes) -> Path:
    """The file appears complete."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
    return path


def _written(file: Attachment, folder: Path) -> Path:
    """The attachment as a file; its name has no influence on ours."""
    return write(folder / "attached", file.data)

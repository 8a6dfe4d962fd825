"""The circumstances of a step, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gateway.content import Content, Kind


@dataclass
class TestWork:
    """`cancelled` is raised at the next progress."""

    __test__ = False

    folder: Path
    key: str = "job-1/0"
    cancelled: Exception | None = None
    done: list[float] = field(default_factory=list)

    def progress(self, done: float) -> None:
        if self.cancelled is not None:
            raise self.cancelled
        self.done.append(done)


def text_content(folder: Path, text: str, media_type: str = "text/plain") -> Content:
    path = folder / "source.txt"
    path.write_bytes(text.encode())
    return Content(Kind.TEXT, path, media_type, {"subject": "Hello"})

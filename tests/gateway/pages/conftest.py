"""Pages to work on, and the circumstances of a step."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.content import Content, Kind
from gateway.errors import CancelledError
from gateway.pages.settings import PageSettings


@dataclass
class RecordedWork:
    """Remembers the progress; cancels when it has come to `until`."""

    folder: Path
    key: str = "job-1/0"
    until: float = 2.0
    told: list[float] = field(default_factory=list)

    def progress(self, done: float) -> None:
        self.told.append(done)
        if done >= self.until:
            raise CancelledError("called off")


@pytest.fixture
def settings() -> PageSettings:
    return PageSettings(pages=20, characters=50_000, megapixels=20)


@pytest.fixture
def work(tmp_path) -> RecordedWork:
    folder = tmp_path / "step"
    folder.mkdir()
    return RecordedWork(folder)


@pytest.fixture
def another_work(tmp_path):
    """Makes the circumstances of further steps."""

    def make(name: str, **more) -> RecordedWork:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        return RecordedWork(folder, **more)

    return make


@pytest.fixture
def text(tmp_path):
    """Makes a text as content."""

    def make(words: str, **details) -> Content:
        path = tmp_path / "in.txt"
        path.write_text(words, encoding="utf-8")
        return Content(Kind.TEXT, path, "text/plain", details)

    return make


@pytest.fixture
def document(tmp_path):
    """Makes a document of some bytes as content."""

    def make(data: bytes, media_type: str = "image/tiff") -> Content:
        path = tmp_path / "document"
        path.write_bytes(data)
        return Content(Kind.FAX, path, media_type)

    return make

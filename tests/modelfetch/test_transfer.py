import hashlib
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.modelfetch.serving import FileServer, closed_port, silent_port
from voicebot.modelfetch.progress import SilentProgress
from voicebot.modelfetch.transfer import (
    ANSWER_LIMIT,
    BrokenOff,
    Downloader,
    Expected,
    OutOfReach,
    TransferError,
    WrongContent,
)

CONTENT = bytes(range(256)) * 400
EXPECTED = Expected(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
QUIET = SilentProgress()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.bin"


def part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def test_a_whole_file(server: FileServer, downloader: Downloader, target: Path) -> None:
    server.files["model.bin"] = CONTENT
    downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT
    assert not part_of(target).exists()


def test_it_goes_on_where_an_earlier_run_stopped(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    server.files["model.bin"] = CONTENT
    part_of(target).write_bytes(CONTENT[:70_000])
    downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT
    assert server.asked == [("model.bin", "bytes=70000-")]


def test_it_goes_on_when_the_line_breaks(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    server.files["model.bin"] = CONTENT
    server.breaks = [30_000, 30_000]
    downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=30000-", "bytes=60000-"]


def test_what_came_is_kept_when_the_line_breaks_for_good(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    server.files["model.bin"] = CONTENT
    server.breaks = [30_000] + [0] * 10
    with pytest.raises(BrokenOff, match=r"broke off after 30000"):
        downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert not target.exists()
    assert part_of(target).read_bytes() == CONTENT[:30_000]


def test_a_server_without_ranges_begins_again(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    server.files["model.bin"] = CONTENT
    server.ranges = False
    part_of(target).write_bytes(CONTENT[:70_000])
    downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_complete_needs_no_server(downloader: Downloader, target: Path) -> None:
    part_of(target).write_bytes(CONTENT)
    downloader.download(f"http://127.0.0.1:{closed_port()}/x", target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT


def test_a_damaged_part_is_dropped_and_all_is_fetched_again(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    server.files["model.bin"] = CONTENT
    part_of(target).write_bytes(b"x" * 70_000)
    downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == ["bytes=70000-", None]


@pytest.mark.parametrize("wrong", [b"x" * len(CONTENT), CONTENT + b"x", CONTENT[:-1]])
def test_wrong_content_is_deleted(
    server: FileServer, downloader: Downloader, target: Path, wrong: bytes
) -> None:
    server.files["model.bin"] = wrong
    with pytest.raises(WrongContent):
        downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert list(target.parent.iterdir()) == []


def test_a_part_longer_than_the_file(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    server.files["model.bin"] = CONTENT
    part_of(target).write_bytes(CONTENT + b"more")
    downloader.download(server.url("model.bin"), target, EXPECTED, QUIET)
    assert target.read_bytes() == CONTENT


def test_an_error_status_is_the_reason(
    server: FileServer, downloader: Downloader, target: Path
) -> None:
    with pytest.raises(TransferError, match="the server answers 404 Not Found"):
        downloader.download(server.url("nothing"), target, EXPECTED, QUIET)


def test_a_refused_connection(downloader: Downloader, target: Path) -> None:
    with pytest.raises(OutOfReach, match="out of reach"):
        downloader.download(f"http://127.0.0.1:{closed_port()}/x", target, EXPECTED, QUIET)


def test_an_unknown_name(downloader: Downloader, target: Path) -> None:
    with pytest.raises(OutOfReach):
        downloader.download("https://models.invalid/x", target, EXPECTED, QUIET)


def test_a_silent_server_is_given_up_at_the_limit(target: Path) -> None:
    # The limit on a stall lies far off, or on a busy machine it may be noticed first.
    downloader = Downloader(answer_limit=0.5, stall_limit=10.0)
    with closing(downloader), silent_port() as port:
        started = time.monotonic()
        with pytest.raises(OutOfReach, match=r"no answer within 0\.5 s"):
            downloader.download(f"http://127.0.0.1:{port}/x", target, EXPECTED, QUIET)
        assert 0.4 < time.monotonic() - started < 2.0


def test_the_limit_in_use() -> None:
    assert ANSWER_LIMIT <= 5.0

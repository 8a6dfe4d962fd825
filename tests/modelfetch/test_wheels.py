import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.modelfetch.conftest import write_wheel
from voicebot.modelfetch.wheels import (
    PipIndex,
    WheelError,
    WheelLocation,
    copy_member,
    parse_report,
    run_pip,
)


def report(url: str, sha256: str | None = "ab" * 32) -> str:
    archive = {"hashes": {"sha256": sha256}} if sha256 else {}
    return json.dumps({"install": [{"download_info": {"url": url, "archive_info": archive}}]})


def test_a_report_is_read() -> None:
    found = parse_report(report("https://example.org/a/tiny-1.0-py3-none-any.whl"), "tiny==1.0")
    assert found == WheelLocation("https://example.org/a/tiny-1.0-py3-none-any.whl", "ab" * 32)
    assert found.filename == "tiny-1.0-py3-none-any.whl"


def test_a_report_without_hash_is_read() -> None:
    assert parse_report(report("https://example.org/t.whl", None), "tiny==1.0").sha256 is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"install": []}', '{"install": [{}]}', "7"])
def test_a_report_that_makes_no_sense(text: str) -> None:
    with pytest.raises(WheelError, match=r"report on tiny==1\.0 cannot be read"):
        parse_report(text, "tiny==1.0")


def test_a_source_archive_is_no_wheel() -> None:
    with pytest.raises(WheelError, match=r"no wheel of tiny==1\.0, only tiny-1\.0\.tar\.gz"):
        parse_report(report("https://example.org/tiny-1.0.tar.gz"), "tiny==1.0")


def test_pip_is_asked_without_downloading() -> None:
    asked: list[Sequence[str]] = []

    def fake(arguments: Sequence[str], limit: float) -> str:
        asked.append(arguments)
        return report("https://example.org/tiny-1.0-py3-none-any.whl")

    PipIndex(fake).locate("tiny==1.0")
    assert {"--dry-run", "--no-deps", "--ignore-installed"} <= set(asked[0])
    assert asked[0][-1] == "tiny==1.0"


def test_pip_brings_the_wheel_itself(tmp_path: Path) -> None:
    def fake(arguments: Sequence[str], limit: float) -> str:
        folder = Path(arguments[arguments.index("--dest") + 1])
        write_wheel(folder / "tiny-1.0-py3-none-any.whl", {"a": b"1"})
        return ""

    wheel = PipIndex(fake).download("tiny==1.0", tmp_path)
    assert wheel == tmp_path / "tiny-1.0-py3-none-any.whl"
    assert list(tmp_path.iterdir()) == [wheel]


def test_pips_own_words_are_the_reason() -> None:
    with pytest.raises(WheelError, match="pip: "):
        run_pip(["install", "--no-such-option"], 60.0)


def test_members_are_appended(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "t.whl", {"a": b"one", "b": b"two"})
    target = io.BytesIO()
    assert copy_member(wheel, "a", target, 3) == 3
    assert copy_member(wheel, "b", target, 3) == 3
    assert target.getvalue() == b"onetwo"


def test_a_member_longer_than_expected_is_not_unpacked(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "t.whl", {"bomb": bytes(50_000_000)})
    target = io.BytesIO()
    with pytest.raises(WheelError, match="longer than expected"):
        copy_member(wheel, "bomb", target, 1000)
    assert target.getvalue() == b""


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "t.whl", {"a": b"one"})
    with pytest.raises(WheelError, match=r"t\.whl has no member c"):
        copy_member(wheel, "c", io.BytesIO(), 3)


def test_a_damaged_wheel(tmp_path: Path) -> None:
    (tmp_path / "t.whl").write_bytes(b"this is no zip file")
    with pytest.raises(WheelError, match=r"t\.whl is damaged"):
        copy_member(tmp_path / "t.whl", "a", io.BytesIO(), 3)


@pytest.mark.slow
def test_the_real_index_knows_a_small_wheel() -> None:
    found = PipIndex().locate("iniconfig==2.3.1")
    assert found.filename == "iniconfig-2.3.1-py3-none-any.whl"
    assert found.sha256 is not None

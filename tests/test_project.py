"""What holds for the project as a whole, not for one module."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.in"))


def tracked() -> list[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout, so there is no list of the project's files")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry() -> None:
    addresses = re.compile(rb"pypi\." + rb"org|pythonhosted\." + rb"org|npmjs\." + rb"org")
    assert [path for path in tracked() if addresses.search(path.read_bytes())] == []


@pytest.mark.parametrize("wanted", LOCKS, ids=lambda path: path.stem)
def test_every_locked_package_has_an_exact_version_and_a_hash(wanted: Path) -> None:
    lock = wanted.with_suffix(".txt").read_text(encoding="utf-8")
    entries = re.findall(r"^[^\s#].*(?:\n[ ]+--hash.*)*", lock, flags=re.MULTILINE)
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("wanted", LOCKS, ids=lambda path: path.stem)
def test_every_wanted_package_is_locked(wanted: Path) -> None:
    lock = wanted.with_suffix(".txt").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Za-z0-9][\w.-]*)", wanted.read_text(encoding="utf-8"), re.MULTILINE)
    for name in names:
        assert re.search(rf"^{re.escape(name.lower())}==", lock, re.MULTILINE), f"make lock: {name}"


def test_the_agent_needs_no_torch() -> None:
    lock = (ROOT / "requirements" / "agent.txt").read_text(encoding="utf-8")
    assert not re.search(r"^(torch|nvidia-|tensorflow)", lock, re.MULTILINE)

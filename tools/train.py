"""Train the dialogue when, and only when, what it is made from has changed.

    tools/python tools/train.py COMMAND...

COMMAND trains. What counts is the content of nlu-data/ and of Rasa's lock file, not their dates.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "nlu-data"
LOCK = ROOT / "requirements" / "rasa.txt"
DATA = Path(os.environ.get("VOICEBOT_DATA_DIR", ROOT / "var"))
STAMP = DATA / ".trained"
NOT_SOURCES = {"__pycache__", ".rasa", "models", "results"}


def sources(folder: Path) -> Iterator[Path]:
    """The files that trainers edit, in a fixed order; nothing that a run leaves behind."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not NOT_SOURCES & set(path.relative_to(folder).parts):
            yield path


def fingerprint() -> str:
    """A hash over names and contents."""
    digest = hashlib.sha256(LOCK.read_bytes())
    for path in sources(SOURCES):
        digest.update(f"\0{path.relative_to(SOURCES)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def trained() -> bool:
    """Whether there is a model at all: in the data directory or in a folder right under it."""
    return any(any(DATA.glob(pattern)) for pattern in ("*.tar.gz", "*/*.tar.gz"))


def main(command: Sequence[str]) -> int:
    """Run the command if need be; returns its exit status."""
    now = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == now and trained():
        return 0
    STAMP.unlink(missing_ok=True)
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        DATA.mkdir(parents=True, exist_ok=True)
        STAMP.write_text(now, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

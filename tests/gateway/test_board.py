"""What the doors of a worker tell."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.board import Board, lost, posted
from gateway.jobs.worker import lock_path


@contextmanager
def at_work(root: Path) -> Iterator[None]:
    with lock_path(root, "local").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(b"ready")
        lock.flush()
        yield


def test_it_says_what_was_posted_last_as_long_as_the_worker_lives(tmp_path):
    board = Board(tmp_path, "local")
    board.post("mail", "SMTP on 127.0.0.1:2525")
    assert posted(tmp_path, "local") == {}
    with at_work(tmp_path):
        assert posted(tmp_path, "local") == {"mail": "SMTP on 127.0.0.1:2525"}
        board.post("mailbox", "away", lost=True)
        assert posted(tmp_path, "local")["mailbox"] == "away"
        assert lost(tmp_path, "local") == {"mailbox"}
        board.post("mailbox", "there")
        assert posted(tmp_path, "local")["mailbox"] == "there"
        assert lost(tmp_path, "local") == frozenset()
        board.wipe()
        assert posted(tmp_path, "local") == {}
    assert posted(tmp_path, "local") == {}


def test_a_full_disk_closes_no_door(tmp_path):
    Board(tmp_path / "gone", "local").post("mail", "SMTP")


def test_a_damaged_one_says_nothing(tmp_path):
    board = Board(tmp_path, "local")
    board.post("mail", "SMTP")
    with at_work(tmp_path):
        for damaged in ("{", "[]", '"x"'):
            lock_path(tmp_path, "local").with_suffix(".doors").write_text(damaged)
            assert posted(tmp_path, "local") == {}
            assert lost(tmp_path, "local") == frozenset()

"""Only one worker of a name works on a folder."""

from __future__ import annotations

import fcntl

import pytest
from sqlalchemy.exc import ArgumentError

from gateway.jobs.settings import JobSettings
from gateway.jobs.worker import TakenError, Worker

SETTINGS = JobSettings(reserve_bytes=0)


def test_a_second_worker_of_the_same_name_is_refused(tmp_path):
    with (tmp_path / "worker-local.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TakenError, match="worker_name"), Worker(tmp_path, "", SETTINGS, ()):
            pass


def test_one_that_could_not_start_is_not_in_the_way(tmp_path):
    for _ in range(2):  # the second would be told that a worker is running
        with pytest.raises(ArgumentError), Worker(tmp_path, "nonsense", SETTINGS, ()):
            pass

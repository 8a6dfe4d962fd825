"""Folders and events of jobs on the disk."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from gateway.content import Content, Kind
from gateway.jobs.job import Order, What
from gateway.jobs.store import EVENTS, FullError, JobStore, UnknownJobError
from gateway.transform import Wishes


@pytest.fixture
def store(tmp_path):
    return JobStore(tmp_path, clock=lambda: 100.0)


def admit(store, name="j1"):
    staged = store.stage()
    path = staged / "source" / "a.txt"
    path.write_text("hello")
    content = Content(Kind.TEXT, path, "text/plain")
    order = Order(name, 1.0, content, Kind.SMS, ("a:text:sms",), (1.0,), Wishes())
    return store.admit(staged, order)


def test_a_job_is_there_after_it_was_admitted(store):
    assert admit(store)
    assert store.order("j1").source.path.read_text() == "hello"
    assert [event.what for event in store.events("j1")] == [What.ACCEPTED]
    assert (list(store.ids()), store.newest(5)) == (["j1"], ["j1"])


def test_the_same_job_is_admitted_once(store):
    assert admit(store)
    store.append("j1", lambda _: (What.BEGAN, {"step": 0}))
    assert not admit(store)
    assert store.job("j1").step == 0
    assert len(store.events("j1")) == 2


def test_events_are_numbered_and_read_from_anywhere(store):
    admit(store)
    for done in (0.1, 0.2):
        store.append("j1", lambda _, done=done: (What.PROGRESS, {"done": done}), durable=False)
    assert [event.number for event in store.events("j1")] == [1, 2, 3]
    assert [event.data for event in store.events("j1", after=2)] == [{"done": 0.2}]
    assert store.events("j1")[1].at == 100.0


def test_nothing_happens_when_nothing_is_decided(store):
    admit(store)
    size = store.size("j1")
    assert store.append("j1", lambda _: None).events == 1
    assert store.size("j1") == size


def test_a_line_that_was_never_finished_did_not_happen(store, tmp_path):
    admit(store)
    file = store.folder("j1") / EVENTS
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"n":2,"at":5,"what":"do')
    assert len(store.events("j1")) == 1
    store.append("j1", lambda _: (What.BEGAN, {"step": 0}))
    assert [event.what for event in store.events("j1")] == [What.ACCEPTED, What.BEGAN]


def test_many_at_once_get_a_number_each(store):
    admit(store)
    threads = [
        threading.Thread(
            target=lambda: [
                store.append("j1", lambda job: (What.PROGRESS, {"done": job.events}), durable=False)
                for _ in range(20)
            ]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [event.number for event in store.events("j1")]
    assert numbers == list(range(1, 82))
    # each decided by what was there before it
    assert [event.data["done"] for event in store.events("j1", after=1)] == list(range(1, 81))


def test_a_full_disk_refuses_and_leaves_nothing(store, monkeypatch):
    def full(_file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FullError, match="disk"):
        admit(store)
    assert list(store.ids()) == []


def test_the_reserve_of_the_disk_is_kept(tmp_path):
    store = JobStore(tmp_path, reserve=1 << 60)
    with pytest.raises(FullError):
        store.check_room(1)


def test_only_the_folder_with_the_result_is_kept(store):
    admit(store)
    for step in (0, 1, 2):
        (store.step_folder("j1", step) / "file").touch()
    kept = store.step_folder("j1", 1) / "file"
    store.tidy("j1", kept)
    assert [path.name for path in (store.folder("j1") / "steps").iterdir()] == ["1"]


def test_what_was_never_accepted_is_swept_when_it_is_old(tmp_path):
    now = 10_000.0
    store = JobStore(tmp_path, clock=lambda: now)
    old, new = store.stage(), store.stage()
    os.utime(old, (0, 0))
    os.utime(new, (now, now))
    assert store.sweep(3600.0) == 1
    assert (old.exists(), new.exists()) == (False, True)


def test_a_job_that_is_not_there_is_unknown(store):
    for ask in (store.order, store.job, store.size, store.events):
        with pytest.raises(UnknownJobError):
            ask("nobody")
    with pytest.raises(UnknownJobError):
        store.append("nobody", lambda _: None)
    store.remove("nobody")


@pytest.mark.parametrize("name", ["..", "a/b", "a.b", "", "-", "é", "a" * 65])
def test_no_id_leads_out_of_the_folder(store, name):
    with pytest.raises(UnknownJobError):
        store.folder(name)
    assert Path("/") not in store.folder("a").parents[:1]

"""Plans carried out on the spot."""

from __future__ import annotations

import errno
import os

import pytest

from gateway.content import Content, Kind
from gateway.errors import CancelledError, RefusedError, UnavailableError
from gateway.planner import Goal, Plan
from gateway.runner import carry_out, publish
from gateway.transform import Transform, Wishes


def step(name, source, target, cost, run=None):
    def append(content, wishes, work):
        path = work.folder / "made"
        path.write_text(f"{content.path.read_text()} {name}({wishes.media_type},{work.key})")
        for done in (0.5, 0.2, 1.5):  # not all steps tell the truth
            work.progress(done)
        return Content(target, path, "x/y", {**content.details, name: True})

    return Transform(name, source, target, cost, 0.0, run or append)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("source")
    return Content(Kind.VOICE, path, "audio/wav", {"from": "+1"})


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    return made


def plan(*steps):
    return Plan(Kind.VOICE, Goal(steps[-1].target), steps)


LISTEN = step("listen", Kind.VOICE, Kind.TEXT, 3.0)
RENDER = step("render", Kind.TEXT, Kind.FAX, 1.0)


def test_each_step_gets_what_the_one_before_made(source, folder):
    wishes = Wishes(media_type="image/tiff")
    made = carry_out(plan(LISTEN, RENDER), source, wishes, folder, key="k")
    assert made.path.read_text() == "source listen(None,k/0) render(image/tiff,k/1)"
    assert made.details == {"from": "+1", "listen": True, "render": True}
    assert made.path == folder / "1-render" / "made"


def test_progress_goes_by_cost_and_never_back(source, folder):
    told = []
    carry_out(
        plan(LISTEN, RENDER),
        source,
        Wishes(),
        folder,
        key="k",
        progress=lambda name, done: told.append((name, round(done, 3))),
    )
    assert told == [
        *[("listen", done) for done in (0.0, 0.375, 0.375, 0.75, 0.75)],
        *[("render", done) for done in (0.75, 0.875, 0.875, 1.0, 1.0)],
    ]


def test_steps_that_cost_nothing_have_their_share(source, folder):
    free = step("free", Kind.VOICE, Kind.TEXT, 0.0)
    told = []
    carry_out(plan(free), source, Wishes(), folder, key="k", progress=lambda _, x: told.append(x))
    assert told[-1] == 1


def test_it_can_be_called_off(source, folder):
    def progress(name, done):
        if name == "render":
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        carry_out(plan(LISTEN, RENDER), source, Wishes(), folder, key="k", progress=progress)
    assert not (folder / "1-render" / "made").exists()


def test_a_full_disk_is_no_crash(source, folder):
    def full(content, wishes, work):
        raise OSError(errno.ENOSPC, "No space left on device")

    broken = step("render", Kind.VOICE, Kind.FAX, 1.0, full)
    with pytest.raises(UnavailableError, match="render: No space left on device"):
        carry_out(plan(broken), source, Wishes(), folder, key="k")


def test_a_result_is_published_whole(tmp_path):
    made, target = tmp_path / "made", tmp_path / "out.txt"
    made.write_bytes(b"new")
    target.write_bytes(b"old")
    target.chmod(0o640)
    publish(made, target)
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "out.txt"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    made = tmp_path / "made"
    made.write_bytes(b"new")
    before = os.umask(0o027)
    try:
        publish(made, tmp_path / "out.txt")
    finally:
        os.umask(before)
    assert (tmp_path / "out.txt").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("target", ["none/out.txt", "folder"])
def test_where_nothing_can_be_written(tmp_path, target):
    made = tmp_path / "made"
    made.write_bytes(b"new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RefusedError, match="can't be written"):
        publish(made, tmp_path / target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "made"]


def test_if_the_result_is_gone_the_old_one_stays(tmp_path):
    target = tmp_path / "out.txt"
    target.write_bytes(b"old")
    with pytest.raises(RefusedError, match="No such file"):
        publish(tmp_path / "none", target)
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
    assert target.read_bytes() == b"old"

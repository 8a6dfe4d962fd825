"""The agent's side: each key once at a time, the end kept, attempts counted."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from gateway.content import Content, Kind
from gateway.errors import MissingPartError, RefusedError, UnavailableError, UncertainError
from gateway.lines.messages import Asked, Standing
from gateway.lines.office import BROKEN, LineOffice
from gateway.lines.records import Records
from gateway.transform import Wishes
from tests.gateway.lines.agent import WISHES, acts, office, read, text


def asked(content: Content, key: str = "job-0", after: int = 0, wishes: Wishes = WISHES) -> Asked:
    return Asked(key=key, content=content.as_json(), wishes=wishes, after=after)


def ended(office: LineOffice, what: Asked) -> Standing:
    """Ask, and wait for the end."""
    office.ask("call", what)
    office.close(10.0)
    return office.ask("call", what)


def test_what_was_done_is_kept_and_not_done_again(tmp_path: Path) -> None:
    once = acts(read)
    standing = ended(office(tmp_path, once), asked(text(tmp_path)))
    assert standing.over
    assert standing.attempt == 1
    assert standing.content is not None
    made = Content.from_json(standing.content)
    assert made.path.read_text() == "Lunch?"
    assert made.details == {"heard": True, "to": "+15550100"}
    restarted = office(tmp_path, once)
    for after in (0, 1, 7):
        assert restarted.ask("call", asked(text(tmp_path), after=after)) == standing
    assert once.count == 1


def test_the_same_key_joins_what_is_under_way(tmp_path: Path) -> None:
    once = acts()
    once.acts.append(once.held)
    there = office(tmp_path, once)
    first = there.ask("call", asked(text(tmp_path)))
    assert once.began.wait(10)
    joined = there.ask("call", asked(text(tmp_path)))
    assert (first.attempt, joined.attempt, joined.over) == (1, 1, False)
    assert joined.done in (0.25, 0.5)
    once.hold.set()
    there.close(10.0)
    assert there.ask("call", asked(text(tmp_path))).over
    assert once.count == 1


@pytest.mark.parametrize("after", [0, 1])
def test_only_who_knows_of_a_failure_starts_the_next_attempt(tmp_path: Path, after: int) -> None:
    busy = acts(UnavailableError("the line is busy"), read)
    ended(office(tmp_path, busy), asked(text(tmp_path)))
    standing = ended(office(tmp_path, busy), asked(text(tmp_path), after=after))
    if after:
        assert (standing.attempt, standing.failure) == (2, None)
    else:
        assert standing.failure is not None
        assert (standing.attempt, standing.failure.retry) == (1, True)
    assert busy.count == 1 + after


@pytest.mark.parametrize(
    "error",
    [RefusedError("not this number"), UncertainError("who knows"), MissingPartError("no account")],
)
def test_what_is_hopeless_is_not_tried_again(tmp_path: Path, error: Exception) -> None:
    hopeless = acts(error)
    ended(office(tmp_path, hopeless), asked(text(tmp_path)))
    standing = office(tmp_path, hopeless).ask("call", asked(text(tmp_path), after=1))
    assert standing.failure is not None
    told = standing.failure.as_error()
    assert (type(told), str(told)) == (type(error), str(error))


def test_a_mistake_of_ours_is_uncertain_and_quotes_nobody(tmp_path: Path) -> None:
    standing = ended(office(tmp_path, acts(ValueError("dear Anna"))), asked(text(tmp_path)))
    assert standing.failure is not None
    assert (standing.failure.name, standing.failure.message) == ("uncertain", BROKEN)


def test_an_attempt_that_died_with_the_agent_goes_on_in_its_folder(tmp_path: Path) -> None:
    gone: SimpleQueue[threading.Thread] = SimpleQueue()

    def resumed(content, wishes, work):
        assert (work.folder / "half").read_text() == "so far"
        return read(content, wishes, work)

    def dying(content, wishes, work):
        (work.folder / "half").write_text("so far")
        gone.put(threading.current_thread())
        raise SystemExit  # the thread is gone, and nothing was written down

    records = Records(tmp_path)
    first = LineOffice(records, {"call": acts(dying).transform()}, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("threading.excepthook", lambda _: None)
        first.ask("call", asked(text(tmp_path)))
        gone.get(timeout=10).join(10)
    standing = ended(office(tmp_path, acts(resumed)), asked(text(tmp_path)))
    assert (standing.attempt, standing.failure) == (1, None)


def test_calling_it_off_ends_it(tmp_path: Path) -> None:
    going = acts()
    going.acts.append(going.held)
    there = office(tmp_path, going)
    there.ask("call", asked(text(tmp_path)))
    assert going.began.wait(10)
    there.cancel("job-0")
    there.cancel("nobody")
    there.close(10.0)
    standing = there.ask("call", asked(text(tmp_path)))
    assert standing.failure is not None
    assert standing.failure.name == "cancelled"


def test_one_too_many_is_later_and_so_is_everything_at_the_end(tmp_path: Path) -> None:
    going = acts()
    going.acts.append(going.held)
    there = office(tmp_path, going, most=1)
    there.ask("call", asked(text(tmp_path)))
    with pytest.raises(UnavailableError, match="busy"):
        there.ask("call", asked(text(tmp_path), "job-1"))
    going.hold.set()
    there.close(10.0)
    with pytest.raises(UnavailableError, match="stopped"):
        there.ask("call", asked(text(tmp_path), "job-1"))


def test_who_calls_the_agent_comes_first(tmp_path: Path) -> None:
    reasons = ["all lines are in use", ""]
    once = acts(read)
    transforms = {"call": once.transform()}
    there = LineOffice(Records(tmp_path), transforms, 4, lambda: reasons.pop(0))
    with pytest.raises(UnavailableError, match="all lines are in use"):
        there.ask("call", asked(text(tmp_path)))
    assert ended(there, asked(text(tmp_path))).content is not None
    assert once.count == 1


def test_a_key_is_for_one_thing(tmp_path: Path) -> None:
    busy = acts(UnavailableError("busy"))
    there = office(tmp_path, busy)
    there.ask("call", asked(text(tmp_path)))
    there.close(10.0)
    others = Wishes(recipient="+15550777")
    with pytest.raises(RefusedError, match="something else"):
        office(tmp_path, busy).ask("call", asked(text(tmp_path), after=1, wishes=others))


def test_only_our_own_files_are_sent(tmp_path: Path) -> None:
    root = tmp_path / "gateway"
    outside = text(tmp_path)
    root.mkdir()
    (root / "link.txt").symlink_to(outside.path)
    there = office(root, acts())
    for path in (outside.path, root / "link.txt", root / "gone.txt", root, Path("/dev/zero")):
        with pytest.raises(RefusedError):
            there.ask("call", asked(Content(Kind.TEXT, path, "text/plain")))
    with pytest.raises(RefusedError):
        there.ask("call", Asked(key="job-0", content={"kind": "x"}, wishes=WISHES))


def test_the_source_may_go_when_it_was_taken(tmp_path: Path) -> None:
    twice = acts(UnavailableError("busy"), read)
    content = text(tmp_path)
    ended(office(tmp_path, twice), asked(content))
    content.path.unlink()
    assert ended(office(tmp_path, twice), asked(content, after=1)).content is not None


def test_what_is_old_is_removed(tmp_path: Path) -> None:
    ended(office(tmp_path, acts(read)), asked(text(tmp_path)))
    folder = tmp_path / "lines" / "job-0"
    when = (folder / "outcome.json").stat().st_mtime
    assert Records(tmp_path, lambda: when + 50).prune(100.0) == 0
    for path in (folder, *folder.glob("*.json")):
        os.utime(path, (when, when))
    assert Records(tmp_path, lambda: when + 150).prune(100.0) == 1
    assert not folder.exists()

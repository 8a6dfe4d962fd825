"""Parts of messages are kept until they are whole, in spite of crashes and full disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.sms.inbox import Inbox
from gateway.sms.messages import ShortMessage
from gateway.sms.segments import Place


class Desk:
    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.full = False
        self.now = 1000.0

    def take(self, message: ShortMessage, key: str) -> None:
        if self.full:
            raise OSError("disk full")
        self.got.append((message.text, key))

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.got]

    def inbox(self, folder: Path) -> Inbox:
        return Inbox(folder, 60.0, self.take, lambda: self.now)


def part(inbox: Inbox, number: int, total: int = 2, text: str | None = None) -> None:
    inbox.take("+1", "+2", text or f"[{number}]", Place(7, number, total))


def test_parts_survive_a_crash(tmp_path):
    desk = Desk()
    part(desk.inbox(tmp_path), 2)
    desk.now += 30
    part(desk.inbox(tmp_path), 1)
    assert desk.texts == ["[1][2]"]
    assert list(tmp_path.iterdir()) == []


def test_a_crash_behind_the_handing_on_repeats_it_with_the_same_key(tmp_path):
    desk = Desk()
    inbox = desk.inbox(tmp_path)
    part(inbox, 1)
    kept = {file: file.read_bytes() for file in tmp_path.iterdir()}
    desk.now += 1
    part(inbox, 2)
    for file, data in kept.items():
        file.write_bytes(data)
    part(desk.inbox(tmp_path), 2)
    (first, second) = desk.got
    assert first == second


def test_a_full_disk_later_on_is_tried_again(tmp_path):
    desk = Desk()
    desk.full = True
    inbox = desk.inbox(tmp_path)
    part(inbox, 1)
    part(inbox, 2)
    assert desk.got == []
    inbox.tick()
    desk.full = False
    inbox.tick()
    inbox.tick()
    assert desk.texts == ["[1][2]"]
    assert list(tmp_path.iterdir()) == []


def test_a_message_that_is_all_is_refused_instead(tmp_path):
    desk = Desk()
    desk.full = True
    with pytest.raises(OSError, match="disk full"):
        desk.inbox(tmp_path).take("+1", "+2", "hello", None)


def test_what_never_comes_is_said(tmp_path):
    desk = Desk()
    inbox = desk.inbox(tmp_path)
    part(inbox, 2)
    desk.now += 59
    inbox.tick()
    assert desk.got == []
    desk.now += 1
    inbox.tick()
    assert desk.texts == [" [part 1 is missing] [2]"]
    assert list(tmp_path.iterdir()) == []


def test_equal_messages_at_different_times_are_two(tmp_path):
    desk = Desk()
    inbox = desk.inbox(tmp_path)
    inbox.take("+1", "+2", "hello", None)
    desk.now += 1
    inbox.take("+1", "+2", "hello", None)
    assert len({key for _, key in desk.got}) == 2


def test_somebody_elses_file_does_no_harm(tmp_path):
    (tmp_path / "note.json").write_text("{")
    desk = Desk()
    part(desk.inbox(tmp_path), 1, total=1)
    assert desk.texts == ["[1]"]

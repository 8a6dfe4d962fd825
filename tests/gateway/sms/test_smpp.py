"""SMPP against an independent message centre, over a real socket."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.sms.gate import SmsGate
from gateway.sms.inbox import Inbox
from gateway.sms.messages import ShortMessage, read_message, segment, short_message
from gateway.sms.receipts import Fate, Receipt, Receipts
from gateway.sms.segments import split
from gateway.sms.sending import Parcel, parcels
from gateway.sms.settings import SmppSettings, SmsSettings
from gateway.sms.smpp import SmppCarrier
from gateway.transform import Wishes
from tests.gateway.sms.centre import Centre, message_centre, needs_centre
from tests.gateway.sms.work import TestWork, text_content

pytestmark = needs_centre
TO = "+15550100"


@pytest.fixture
def centre() -> Iterator[Centre]:
    with message_centre() as running:
        yield running


def settings_for(centre: Centre, **more: object) -> SmppSettings:
    quick = {"answer_seconds": 0.5, "wait_seconds": 2.0, "reconnect_first": 0.05}
    base = {"host": "127.0.0.1", "port": centre.port, "system_id": "gateway", "password": "secret"}
    return SmppSettings.model_validate(base | quick | more)


@contextmanager
def carrier(
    centre: Centre,
    on_receipt: Callable[[Receipt], None] = lambda _: None,
    inbox: Inbox | None = None,
    **more: object,
) -> Iterator[SmppCarrier]:
    running = SmppCarrier(settings_for(centre, **more), Receipts(on_receipt), inbox)
    try:
        yield running
    finally:
        running.close()


def parcel(text: str = "hello") -> Parcel:
    (found,) = parcels(short_message(text, "k", to=TO, sender="+15550199"), whole=False)
    return found


@pytest.mark.parametrize(
    ("text", "coding", "segments"),
    [
        ("Balance: 12 €, call {bank} @ 9 [ok]", 0, 1),
        ("Привет, 你好, 😀", 8, 1),
        ("a€" * 160, 0, 4),
        ("Долгое 😀 сообщение. " * 10, 8, 4),
    ],
)
def test_texts_are_sent_in_segments_and_receipts_come_back(
    centre, tmp_path, text, coding, segments
):
    settings = SmsSettings(
        carrier="smpp",
        sender="+15550199",
        allowed_prefixes=("+1555",),
        receipt_seconds=5,
        smpp=settings_for(centre),
    )
    gate = SmsGate(settings)
    try:
        transform = {t.name: t for t in gate.transforms()}["text"]
        assert (transform.delivers, transform.missing()) == (True, "")
        work = TestWork(tmp_path)
        written = segment(text_content(tmp_path, text), Wishes(recipient=TO), work, settings)
        sent = transform.run(written, Wishes(), work)
    finally:
        gate.close()
    got = [centre.hears("submitted") for _ in range(segments)]
    assert "".join(part["text"] for part in got) == text.strip()
    assert {(part["to"], part["from"], part["coding"]) for part in got} == {
        ("15550100", "15550199", coding)
    }
    if segments > 1:
        reference = read_message(sent).reference
        headers = [bytes([0, 3, reference, segments, n + 1]).hex() for n in range(segments)]
        assert [part["udh"] for part in got] == [[header] for header in headers]
    assert sent.details["ids"] == [part["id"] for part in got]
    assert sent.details["state"] == "delivered"


def test_a_failed_delivery_is_told(centre, tmp_path):
    centre.do("receipts", status="UNDELIV")
    settings = SmsSettings(
        carrier="smpp", sender="BANK", allowed_prefixes=("+",), receipt_seconds=5,
        smpp=settings_for(centre),
    )  # fmt: skip
    gate = SmsGate(settings)
    try:
        work = TestWork(tmp_path)
        written = segment(text_content(tmp_path, "hello"), Wishes(recipient=TO), work, settings)
        with pytest.raises(RefusedError, match="short message: UNDELIV, error 027"):
            gate.transforms()[-1].run(written, Wishes(), work)
    finally:
        gate.close()
    assert centre.hears("submitted")["from"] == "BANK"


def test_too_fast_is_later_and_nothing_was_sent(centre):
    with carrier(centre) as running:
        centre.do("answer", status=0x58)
        with pytest.raises(UnavailableError, match="too many messages a second"):
            running.submit(parcel())
        assert running.submit(parcel()) == "M000002"


def test_a_refused_message_is_refused(centre):
    with carrier(centre) as running:
        centre.do("answer", status=0x0B)
        with pytest.raises(RefusedError, match="does not like the recipient"):
            running.submit(parcel())


@pytest.mark.parametrize("how", ["drop", "silence"])
def test_a_line_that_breaks_behind_a_message_leaves_it_uncertain_and_comes_back(centre, how):
    with carrier(centre) as running:
        centre.do(how)
        with pytest.raises(UncertainError, match="look into its log"):
            running.submit(parcel())
        assert running.submit(parcel("again")) == "M000002"
        centre.hears("bound")


def test_garbage_from_the_centre_ends_the_line_and_not_the_thread(centre):
    with carrier(centre) as running:
        assert running.submit(parcel()) == "M000001"
        for garbage in ("ffffffff" + "00" * 12, "00000010" + "0bad0bad" + "00" * 8, "00000002"):
            centre.do("raw", hex=garbage)
            centre.hears("closed")
            centre.hears("bound")
        assert running.submit(parcel()) == "M000002"


def test_a_wrong_password_is_no_reason_to_wait(centre):
    with carrier(centre, password="wrong") as running:
        with pytest.raises(RefusedError, match="refuses our system_id or password"):
            running.submit(parcel())
        assert centre.hears("refused")["system_id"] == "gateway"


def test_nobody_there_is_later(free_centre_port):
    settings = SmppSettings(
        host="127.0.0.1", port=free_centre_port, wait_seconds=0.3, reconnect_first=0.05
    )
    running = SmppCarrier(settings, Receipts())
    try:
        with pytest.raises(UnavailableError, match="no connection: Connection refused"):
            running.submit(parcel())
    finally:
        running.close()


@pytest.fixture
def free_centre_port() -> int:
    with message_centre() as gone:
        return gone.port


def test_the_line_is_asked_whether_it_lives(centre):
    with carrier(centre, enquire_every=0.1, answer_seconds=0.2) as running:
        running.start()
        centre.hears("enquired")
        centre.hears("enquired")
        centre.do("deaf")
        centre.hears("closed")
        centre.hears("bound")


def test_a_hundred_at_once_go_through_the_window(centre):
    receipts: queue.Queue[Receipt] = queue.Queue()
    ids: list[str] = []
    with carrier(centre, receipts.put, window=5) as running:
        threads = [
            threading.Thread(target=lambda: ids.append(running.submit(parcel())))
            for _ in range(100)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        told = [receipts.get(timeout=5) for _ in range(100)]
    assert len(set(ids)) == 100
    assert {receipt.id for receipt in told} == set(ids)
    assert {receipt.fate for receipt in told} == {Fate.DELIVERED}


def test_what_phones_send_arrives_once_and_whole(centre, tmp_path: Path):
    got: queue.Queue[tuple[ShortMessage, str]] = queue.Queue()
    inbox = Inbox(tmp_path / "parts", 60.0, lambda message, key: got.put((message, key)))
    with carrier(centre, inbox=inbox) as running:
        running.start()
        centre.hears("bound")
        centre.do("deliver", **{"from": "15550100", "to": "15550199", "text": "one €"})
        parts = split("ы" * 100 + "😀" * 20, 9)
        for part in (parts[2], parts[0], parts[0], parts[1]):
            centre.do(
                "deliver", to="15550199", text=part.text, udh=part.header.hex(),
                **{"from": "15550100"},
            )  # fmt: skip
        assert [centre.hears("delivered")["status"] for _ in range(5)] == [0] * 5
    first, second = got.get(timeout=5)[0], got.get(timeout=5)[0]
    assert (first.sender, first.to, first.text) == (TO, "+15550199", "one €")
    assert second.text == "ы" * 100 + "😀" * 20
    assert got.empty()
    assert list((tmp_path / "parts").iterdir()) == []


def test_a_message_that_could_not_be_kept_is_sent_again_later(centre, tmp_path: Path):
    def full(message: ShortMessage, key: str) -> None:
        raise OSError("disk full")

    with carrier(centre, inbox=Inbox(tmp_path, 60.0, full)) as running:
        running.start()
        centre.hears("bound")
        centre.do("deliver", **{"from": "15550100", "to": "15550199", "text": "hello"})
        assert centre.hears("delivered")["status"] == 0x64


def test_nobody_to_take_them_is_told_for_good(centre):
    with carrier(centre) as running:
        running.start()
        centre.hears("bound")
        centre.do("deliver", **{"from": "15550100", "to": "15550199", "text": "hello"})
        assert centre.hears("delivered")["status"] == 0x65

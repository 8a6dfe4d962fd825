"""What message centres write, read into our words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.errors import RefusedError, UnavailableError
from gateway.sms.messages import short_message
from gateway.sms.pdus import Arrived, Unreadable, delivery, refusal, submission
from gateway.sms.receipts import Fate, Receipt, Receipts, read_receipt
from gateway.sms.segments import Place
from gateway.sms.sending import Parcel, parcels


def pdu(data: bytes, esm_class: int = 0, coding: int = 0, **more: Any) -> SimpleNamespace:
    fields = {
        "short_message": data,
        "esm_class": esm_class,
        "data_coding": coding,
        "source_addr": b"15550100",
        "source_addr_ton": 1,
        "destination_addr": b"55512",
        "dest_addr_ton": 0,
    }
    return SimpleNamespace(**(fields | more))


@pytest.mark.parametrize(
    ("data", "coding", "text"),
    [
        (b"12 \x1be", 0, "12 €"),
        (b"caf\xe9", 3, "café"),
        (b"plain`", 1, "plain`"),
        (b"me\x00x", 1, "me@x"),
        ("你好".encode("utf-16-be"), 8, "你好"),
    ],
)
def test_texts_in_every_coding(data, coding, text):
    assert delivery(pdu(data, coding=coding)) == Arrived("+15550100", "55512", text, None)


def test_a_part_and_a_long_text_in_the_payload():
    part = delivery(pdu(b"\x05\x00\x03\x07\x02\x01hello", 0x40))
    assert isinstance(part, Arrived)
    assert (part.text, part.place) == ("hello", Place(7, 1, 2))
    long = delivery(pdu(b"", message_payload=b"x" * 500))
    assert isinstance(long, Arrived)
    assert long.text == "x" * 500


@pytest.mark.parametrize(
    "bad", [pdu(b"\x05\x00", 0x40), pdu(b"\x01\x02", coding=4), pdu(b"no id here", 0x04)]
)
def test_what_is_no_text_and_no_receipt_is_unreadable(bad):
    with pytest.raises(Unreadable):
        delivery(bad)


TEXT = (
    "id:0A1 sub:001 dlvrd:001 submit date:2611240800 done date:2611240801 stat:{} err:{} text:id:9"
)


@pytest.mark.parametrize(
    ("status", "error", "fate", "code"),
    [
        ("DELIVRD", "000", Fate.DELIVERED, ""),
        ("UNDELIV", "027", Fate.FAILED, "027"),
        ("ENROUTE", "000", Fate.UNDER_WAY, ""),
        ("WHATEVR", "000", Fate.UNDER_WAY, ""),
    ],
)
def test_receipts(status, error, fate, code):
    receipt = delivery(pdu(TEXT.format(status, error).encode(), 0x04))
    assert receipt == Receipt("0A1", status, code)
    assert isinstance(receipt, Receipt)
    assert receipt.fate is fate


def test_the_id_beside_the_text_counts_more():
    found = delivery(pdu(TEXT.format("DELIVRD", "000").encode(), 4, receipted_message_id=b"77\0"))
    assert found == Receipt("77", "DELIVRD")
    assert read_receipt("nothing") is None


def test_a_final_receipt_stays_and_waiting_ends_at_once():
    told: list[Receipt] = []
    receipts = Receipts(told.append)
    for status in ("ENROUTE", "DELIVRD", "ENROUTE", "UNDELIV"):
        receipts.add(Receipt("a", status))
    assert [r.status for r in told] == ["ENROUTE", "DELIVRD"]
    assert receipts.wait(["a"], 60.0, lambda: None) == {"a": Receipt("a", "DELIVRD")}
    assert receipts.wait(["a", "b"], 0.0, lambda: None) == {"a": Receipt("a", "DELIVRD")}


def test_waiting_can_be_called_off():
    def enough() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Receipts().wait(["a"], 60.0, enough)


def test_no_more_than_so_many_are_kept():
    receipts = Receipts()
    for number in range(10_001):
        receipts.add(Receipt(str(number), "DELIVRD"))
    assert receipts.of("0") is None
    assert receipts.of("1") is not None


@pytest.mark.parametrize(
    ("sender", "kind", "plan", "address"),
    [("+15550199", 1, 1, "15550199"), ("55512", 0, 0, "55512"), ("Harbour", 5, 0, "Harbour")],
)
def test_senders_of_every_kind(sender, kind, plan, address):
    (parcel,) = parcels(short_message("hi", "k", to="+15550100", sender=sender), whole=False)
    fields = submission(parcel)
    assert (fields["source_addr_ton"], fields["source_addr_npi"]) == (kind, plan)
    assert fields["source_addr"] == address
    assert (fields["dest_addr_ton"], fields["destination_addr"]) == (1, "15550100")


def test_a_whole_text_is_not_for_smpp():
    with pytest.raises(RefusedError):
        submission(Parcel("+1", "+2", "text"))


def test_which_refusals_are_worth_another_try():
    assert isinstance(refusal(0x14), UnavailableError)
    assert isinstance(refusal(0x08), UnavailableError)
    assert isinstance(refusal(0x45), RefusedError)
    assert isinstance(refusal(0xFF), RefusedError)

"""Each part is sent once, whatever breaks between."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import (
    CancelledError,
    MissingPartError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.sms.gate import transforms
from gateway.sms.messages import as_content, short_message
from gateway.sms.receipts import Receipts
from gateway.sms.sending import Parcel, Texting
from gateway.sms.settings import SmsSettings
from gateway.transform import Wishes
from tests.gateway.sms.work import TestWork

SETTINGS = SmsSettings(sender="+15550199", allowed_prefixes=("+1555",))
LONG = "x" * 400  # three segments


class FakeCarrier:
    """Takes parcels; `breaks` is raised at the parcel of that number, once."""

    whole = False

    def __init__(self, breaks: dict[int, BaseException] | None = None) -> None:
        self.breaks = breaks or {}
        self.asked = 0
        self.taken: list[str] = []

    def missing(self) -> str:
        return ""

    def submit(self, parcel: Parcel) -> str:
        self.asked += 1
        if (error := self.breaks.pop(self.asked, None)) is not None:
            raise error
        self.taken.append(parcel.text)
        return f"id{len(self.taken)}"


def send(
    tmp_path: Path, carrier: FakeCarrier, text=LONG, to="+15550100", settings=SETTINGS, work=None
):
    content = as_content(short_message(text, "k", to=to), tmp_path)
    texting = Texting(settings, carrier, Receipts())
    return texting.run(content, Wishes(), work or TestWork(tmp_path))


def test_all_parts_and_no_more_in_a_second_attempt(tmp_path):
    carrier = FakeCarrier()
    sent = send(tmp_path, carrier)
    assert sent.details["ids"] == ["id1", "id2", "id3"]
    assert sent.details["state"] == "sent"
    assert "".join(carrier.taken) == LONG
    assert send(tmp_path, carrier).details == sent.details
    assert len(carrier.taken) == 3


def test_later_in_the_middle_goes_on_there(tmp_path):
    carrier = FakeCarrier({2: UnavailableError("busy")})
    with pytest.raises(UnavailableError):
        send(tmp_path, carrier)
    assert send(tmp_path, carrier).details["ids"] == ["id1", "id2", "id3"]
    assert "".join(carrier.taken) == LONG


@pytest.mark.parametrize("how", [UncertainError("broke"), KeyboardInterrupt(), OSError("bug")])
def test_uncertain_stays_uncertain(tmp_path, how):
    carrier = FakeCarrier({2: how})
    with pytest.raises(type(how)):
        send(tmp_path, carrier)
    for _ in range(2):
        with pytest.raises(UncertainError, match="part 2 of the short message was being submitted"):
            send(tmp_path, carrier)
    assert len(carrier.taken) == 1


def test_refused_in_the_middle_says_how_much_was_sent(tmp_path):
    with pytest.raises(RefusedError, match="only 1 of 3 parts were sent: no"):
        send(tmp_path, FakeCarrier({2: RefusedError("no")}))


def test_calling_it_off_sends_nothing(tmp_path):
    carrier = FakeCarrier()
    with pytest.raises(CancelledError):
        send(tmp_path, carrier, work=TestWork(tmp_path, cancelled=CancelledError("enough")))
    assert carrier.asked == 0


@pytest.mark.parametrize(
    "to", ["", "12345", "+1666123456", "anna@example.com", "+1555x", "+" + "1" * 20]
)
def test_other_numbers_are_not_written_to(tmp_path, to):
    carrier = FakeCarrier()
    with pytest.raises(RefusedError):
        send(tmp_path, carrier, to=to)
    assert carrier.asked == 0


def test_nobody_may_be_written_to_unless_somebody_says_so(tmp_path):
    with pytest.raises(RefusedError, match="allowed_prefixes"):
        send(tmp_path, FakeCarrier(), settings=SmsSettings(sender="+15550199"))


def test_numbers_as_people_write_them(tmp_path):
    assert send(tmp_path, FakeCarrier(), to="+1 (555) 010-0").details["to"] == "+15550100"


def test_without_a_carrier_it_says_what_is_missing(tmp_path):
    found = {t.name: t for t in transforms(SmsSettings())}
    assert set(found) == {"segment", "join", "text"}
    assert "choose carrier" in found["text"].missing()
    content = as_content(short_message("hi", "k", to="+15550100"), tmp_path)
    with pytest.raises(MissingPartError):
        found["text"].run(content, Wishes(), TestWork(tmp_path))


@pytest.mark.parametrize(("carrier", "says"), [("smpp", "smpp.host"), ("rest", "auth_token")])
def test_a_carrier_that_is_not_set_up(carrier, says):
    settings = SmsSettings.model_validate({"carrier": carrier})
    assert says in transforms(settings)[-1].missing()

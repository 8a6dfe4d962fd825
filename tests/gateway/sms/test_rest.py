"""Short messages by REST, against a stand-in of the provider and its own signatures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.errors import RefusedError, UncertainError
from gateway.sms.gate import SmsGate
from gateway.sms.messages import ShortMessage, as_content, short_message
from gateway.sms.receipts import Fate, Receipt
from gateway.sms.settings import SmsSettings
from gateway.transform import Wishes
from tests.gateway.sms.work import TestWork
from tests.gateway.standin import StandIn, signature, stand_in

PUBLIC = "https://sms.example.com/gate"
INBOUND, STATUS = "/sms/inbound", "/sms/status"


@pytest.fixture
def provider() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


def settings_for(provider: StandIn, **more: object) -> SmsSettings:
    base = {
        "carrier": "rest",
        "sender": "+15550199",
        "allowed_prefixes": ["+1555"],
        "provider": provider.settings(PUBLIC),
    }
    return SmsSettings.model_validate(base | more)


def send(gate: SmsGate, folder: Path, text: str = "hello €"):
    content = as_content(short_message(text, "k", to="+15550100"), folder)
    return gate.transforms()[-1].run(content, Wishes(), TestWork(folder))


def test_a_text_is_posted_whole_and_once(provider, tmp_path):
    gate = SmsGate(settings_for(provider))
    sent = send(gate, tmp_path, "x" * 400)
    send(gate, tmp_path, "x" * 400)
    assert provider.got == [
        (
            "Messages",
            {
                "To": "+15550100",
                "From": "+15550199",
                "Body": "x" * 400,
                "StatusCallback": PUBLIC + STATUS,
            },
        )
    ]
    assert sent.details["state"] == "sent"
    assert str(sent.details["ids"]).startswith("['SM")


def test_an_answer_that_never_comes_is_uncertain_for_good(provider, tmp_path):
    provider.answers.append("drop")
    gate = SmsGate(settings_for(provider))
    for _ in range(2):
        with pytest.raises(UncertainError):
            send(gate, tmp_path)
    assert len(provider.got) == 1


def test_too_long_for_the_interface(provider, tmp_path):
    with pytest.raises(RefusedError, match="takes 1600 characters"):
        send(SmsGate(settings_for(provider)), tmp_path, "x" * 1601)


# ── callbacks ─────────────────────────────────────────────────────────────────────────────────


class Door:
    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, path: str, form: dict[str, str], signed: str | None = None):
        # A proxy in front takes off the path of the public address.
        found = signature(PUBLIC + path, form) if signed is None else signed
        return self.client.post(path, data=form, headers={"X-Twilio-Signature": found})


@contextmanager
def door(gate: SmsGate) -> Iterator[Door]:
    with TestClient(Starlette(routes=gate.routes())) as client:
        yield Door(client)


def test_a_receipt_ends_the_waiting(provider, tmp_path):
    told: list[Receipt] = []
    gate = SmsGate(settings_for(provider, receipt_seconds=5), on_receipt=told.append)
    sid = f"SM{1:032x}"  # receipts may be quicker than the answer
    with door(gate) as open_door:
        form = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": "AC1"}
        assert open_door.post(STATUS, form).status_code == 204
        assert send(gate, tmp_path).details["state"] == "delivered"
    assert [receipt.fate for receipt in told] == [Fate.DELIVERED]


def test_a_failed_receipt_is_a_failure(provider, tmp_path):
    gate = SmsGate(settings_for(provider, receipt_seconds=5))
    with door(gate) as open_door:
        form = {"MessageSid": f"SM{1:032x}", "MessageStatus": "undelivered", "ErrorCode": "30003"}
        open_door.post(STATUS, form)
        with pytest.raises(RefusedError, match="undelivered, error 30003"):
            send(gate, tmp_path)


MESSAGE = {"MessageSid": "SM9", "From": "+15550100", "To": "+15550199", "Body": "Hi 😀\r\nyou"}


def test_a_message_comes_in(provider):
    got: list[tuple[ShortMessage, str]] = []
    with door(SmsGate(settings_for(provider), lambda *found: got.append(found))) as open_door:
        answer = open_door.post(INBOUND, MESSAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    ((message, key),) = got
    assert (message.sender, message.to, message.text) == ("+15550100", "+15550199", "Hi 😀\nyou")
    assert key == "sms-SM9"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"From": ""}, 400),
        ({"MessageSid": "S" * 65}, 400),
        ({"From": "a\0b"}, 400),
        ({"Body": "x" * 6401}, 413),
        ({"Body": "x" * 70_000}, 413),
        ({f"f{n}": "" for n in range(300)}, 400),
    ],
)
def test_bad_forms_are_refused(provider, change, status):
    with door(SmsGate(settings_for(provider), lambda *_: pytest.fail("taken"))) as open_door:
        assert open_door.post(INBOUND, MESSAGE | change).status_code == status


def test_forged_ones_and_other_methods_are_refused(provider):
    with door(SmsGate(settings_for(provider), lambda *_: pytest.fail("taken"))) as open_door:
        assert open_door.post(INBOUND, MESSAGE, signed="").status_code == 403
        assert (
            open_door.post(INBOUND, MESSAGE, signed=signature(PUBLIC, MESSAGE)).status_code == 403
        )
        assert open_door.post(STATUS, MESSAGE, signed="x").status_code == 403
        assert open_door.client.get(INBOUND).status_code == 405


def test_what_can_not_be_kept_must_come_again(provider):
    def full(*_: object) -> None:
        raise OSError("disk full")

    with door(SmsGate(settings_for(provider), full)) as open_door:
        assert open_door.post(INBOUND, MESSAGE).status_code == 503
    with door(SmsGate(settings_for(provider))) as open_door:
        assert open_door.post(INBOUND, MESSAGE).status_code == 503


def test_there_are_no_doors_for_another_carrier():
    assert SmsGate(SmsSettings()).routes() == []

"""Short messages of a provider, by signed callbacks into the control plane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.errors import MissingPartError
from gateway.sms.gate import SmsGate
from gateway.sms.messages import as_content, read_message, short_message
from gateway.transform import Wishes
from tests.gateway.sms.work import TestWork
from tests.gateway.standin import StandIn, signature, stand_in
from tests.server.control.world import World, open_world
from voicebot.config import Settings
from voicebot.server.control.context import GatewayDoor
from voicebot.server.gateway_child import gateway_door

PUBLIC = "https://sms.example.com"
INBOUND, STATUS = "/sms/inbound", "/sms/status"
MESSAGE = {"MessageSid": "SM9", "From": "+15550100", "To": "+15550199", "Body": "Call me"}


@pytest.fixture
def provider() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


def settings_for(folder: Path, provider: StandIn, **more: object) -> Settings:
    sms = {
        "carrier": "rest",
        "sender": "+15550199",
        "allowed_prefixes": ["+1555"],
        "receipt_seconds": 10,
        "provider": provider.settings(PUBLIC),
    }
    return Settings.model_validate({"data_dir": folder, "gateway": {"sms": sms | more}})


@pytest.fixture
def door(tmp_path: Path, provider: StandIn) -> Iterator[GatewayDoor]:
    door = gateway_door(settings_for(tmp_path, provider))
    yield door
    door.intake.close()


async def call_back(world: World, path: str, form: dict[str, str], signed: str) -> httpx.Response:
    app = httpx.ASGITransport(world.app())
    async with httpx.AsyncClient(transport=app, base_url=PUBLIC) as client:
        return await client.post(path, data=form, headers={"X-Twilio-Signature": signed})


async def test_a_message_becomes_a_job(tmp_path: Path, door: GatewayDoor) -> None:
    async with open_world(tmp_path) as world:
        world.gateway = door
        signed = signature(PUBLIC + INBOUND, MESSAGE)
        for _ in range(2):  # providers tell things twice
            assert (await call_back(world, INBOUND, MESSAGE, signed)).status_code == 200
        ((order, _),) = door.intake.newest()
        assert order.path == ("join:sms:text",)
        assert read_message(order.source).text == "Call me"


async def test_what_the_provider_did_not_sign_is_refused(tmp_path: Path, door: GatewayDoor) -> None:
    async with open_world(tmp_path) as world:
        world.gateway = door
        signed = signature("https://evil.example" + INBOUND, MESSAGE)
        assert (await call_back(world, INBOUND, MESSAGE, signed)).status_code == 403
        assert door.intake.newest() == []


async def test_a_receipt_reaches_the_worker(
    tmp_path: Path, provider: StandIn, door: GatewayDoor
) -> None:
    """The worker is another process: here, another gate on the same folder."""
    settings = settings_for(tmp_path, provider)
    sending = SmsGate(settings.gateway.at(tmp_path, tmp_path).sms)
    form = {"MessageSid": f"SM{1:032x}", "MessageStatus": "delivered"}
    async with open_world(tmp_path) as world:
        world.gateway = door
        signed = signature(PUBLIC + STATUS, form)
        assert (await call_back(world, STATUS, form, signed)).status_code == 204
    (folder := tmp_path / "step").mkdir()
    content = as_content(short_message("hello", "k", to="+15550100"), folder)
    sent = sending.transforms()[-1].run(content, Wishes(), TestWork(folder))
    assert sent.details["state"] == "delivered"


def test_without_a_provider_there_are_no_such_doors(tmp_path: Path) -> None:
    door = gateway_door(Settings(data_dir=tmp_path))
    door.intake.close()
    assert (door.callbacks, door.hosts) == ([], [])


def test_that_no_mail_can_be_sent_on_is_told_at_the_start(
    tmp_path: Path, provider: StandIn
) -> None:
    settings = settings_for(tmp_path, provider, inbound={"mail_to": "desk@example.org"})
    with pytest.raises(MissingPartError, match=r"submission\.host"):
        gateway_door(settings)

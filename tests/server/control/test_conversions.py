"""The gateway's doors in the control plane: who may pass, and what may be large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.content import Kind
from gateway.jobs.intake import Intake
from gateway.jobs.settings import JobSettings, database_address
from gateway.rest.settings import RestSettings
from gateway.transform import Transform
from tests.server.control.world import World
from voicebot.server.control.context import GatewayDoor
from voicebot.server.control.guard import MAX_BODY

PATH = "/v1/conversions"
SPEAK = Transform("speak", Kind.TEXT, Kind.VOICE, 1.0, 0.0, lambda content, _wishes, _work: content)
LISTEN = Transform("listen", Kind.VOICE, Kind.TEXT, 1.0, 0.0, lambda content, _wishes, _work: content)  # fmt: skip # noqa: E501
TEXT = {"text": "hello"}


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    settings = JobSettings(reserve_bytes=0, voice_bytes=1 << 20)
    intake = Intake(tmp_path / "gateway", database_address("", tmp_path), settings)
    yield intake
    intake.close()


@pytest.fixture
def converting(world: World, intake: Intake) -> World:
    world.gateway = GatewayDoor(intake, (SPEAK, LISTEN))
    return world


def with_token(world: World, intake: Intake) -> None:
    settings = RestSettings(token=SecretStr("secret"))
    world.gateway = GatewayDoor(intake, (SPEAK, LISTEN), settings)


async def test_an_agent_without_a_gateway_converts_nothing(world: World) -> None:
    async with world.expert() as client:
        assert (await client.get("/convert")).status_code == 404
        assert (await client.get(PATH)).status_code == 404
        assert "/convert" not in (await client.get("/status")).text


async def test_an_expert_converts(converting: World) -> None:
    async with converting.expert() as client:
        assert "/convert" in (await client.get("/status")).text
        assert (await client.get("/convert")).status_code == 200
        answer = await client.post(PATH, json=TEXT)
        assert answer.status_code == 202
        assert answer.json()["to"] == "voice"


async def test_strangers_are_asked_to_sign_in(converting: World) -> None:
    async with converting.visitor() as client:
        answer = await client.get("/convert")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/convert")
        assert (await client.post(PATH, json=TEXT)).status_code == 401


async def test_programs_on_this_machine_need_no_token(converting: World) -> None:
    async with converting.visitor(address="127.0.0.1") as client:
        assert (await client.post(PATH, json=TEXT)).status_code == 202
        forwarded = {"x-forwarded-for": "198.51.100.7"}
        assert (await client.post(PATH, json=TEXT, headers=forwarded)).status_code == 401


async def test_when_the_agent_is_open_to_others_everybody_needs_a_token(converting: World) -> None:
    app = converting.app(host="0.0.0.0")
    async with converting.visitor(app, address="127.0.0.1") as client:
        assert (await client.post(PATH, json=TEXT)).status_code == 401


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer secret", 202),
        ("bearer secret", 202),
        ("Bearer wrong", 401),
        ("Bearer ", 401),
        ("Basic secret", 401),
        ("Bearer sécret", 401),
        ("", 401),
    ],
)
async def test_the_token_opens_the_door(
    world: World, intake: Intake, header: str, status: int
) -> None:
    with_token(world, intake)
    async with world.visitor(address="127.0.0.1") as client:
        headers = {"authorization": header.encode("latin-1")}
        assert (await client.post(PATH, json=TEXT, headers=headers)).status_code == status


async def test_another_site_can_not_use_the_cookie(converting: World) -> None:
    async with converting.expert() as client:
        answer = await client.post(PATH, json=TEXT, headers={"origin": "http://evil.example"})
        assert answer.status_code == 403


async def test_files_may_be_large_here_and_nowhere_else(converting: World) -> None:
    speech = b"RIFF\x24\0\0\0WAVE" + b"\0" * (4 * MAX_BODY)
    files = {"file": ("speech.wav", speech)}
    async with converting.expert() as client:
        assert (await client.post(PATH, files=files)).status_code == 202
        assert (await client.post(PATH + "/x", files=files)).status_code == 413
        assert (await client.post("/sign-in", files=files)).status_code == 413
        huge = {"file": ("speech.wav", b"RIFF\x24\0\0\0WAVE" + b"\0" * (1 << 20))}
        answer = await client.post(PATH, files=huge)
        assert (answer.status_code, answer.json()["error"]) == (
            413,
            "A file may have 1 MB at most.",
        )
        answer = await client.post(PATH, files={"file": ("speech.wav", b"\0" * (3 << 20))})
        assert answer.status_code == 413

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.server.control.world import World
from voicebot.server.tokens import TokenRefused
from voicebot.server.webhook import twilio_signature

CALL = {"From": "+31612345678", "To": "+31205550100", "CallSid": "CA1"}


async def test_the_public_pages_are_open(world: World) -> None:
    async with world.visitor() as client:
        for path in ("/", "/phone", "/sign-in"):
            page = await client.get(path)
            assert page.status_code == 200
            assert "Harbour Bank" in page.text


async def test_the_name_of_the_bank_is_a_setting_and_text(world: World) -> None:
    async with world.visitor(world.app(bank_name="Müller & <Söhne>")) as client:
        page = await client.get("/phone")
        assert "Müller &amp; &lt;Söhne&gt;" in page.text


async def test_a_web_call_gets_an_address_and_a_token_for_one_stream(world: World) -> None:
    async with world.visitor() as client:
        answer = (await client.post("/api/web-call")).json()
    assert answer["url"] == "ws://127.0.0.1:8081/browser"
    world.tokens.redeem(answer["token"], "web")
    with pytest.raises(TokenRefused):
        world.tokens.redeem(answer["token"], "web")


@pytest.mark.parametrize(
    ("public_url", "host", "expected"),
    [
        ("", "http://localhost:8080", "ws://localhost:8081/browser"),
        ("https://voice.example.com", "http://localhost:8080", "ws://localhost:8081/browser"),
        ("https://voice.example.com", "https://voice.example.com", "wss://voice.example.com/browser"),
        ("https://voice.example.com/a/", "https://voice.example.com", "wss://voice.example.com/a/browser"),
        ("http://voice.example.com:81", "http://voice.example.com", "ws://voice.example.com:81/browser"),
    ],
)  # fmt: skip
async def test_the_address_of_the_line(
    world: World, public_url: str, host: str, expected: str
) -> None:
    async with world.visitor(world.app(public_url=public_url), host=host) as client:
        assert (await client.post("/api/web-call")).json()["url"] == expected


async def test_a_busy_agent_says_why(world: World) -> None:
    world.busy = "All lines are busy."
    async with world.visitor() as client:
        answer = await client.post("/api/web-call")
    assert answer.status_code == 503
    assert answer.json() == {"error": "All lines are busy."}


async def test_one_address_gets_twenty_web_calls_a_minute(world: World) -> None:
    app = world.app()
    async with world.visitor(app) as client:
        codes = [(await client.post("/api/web-call")).status_code for _ in range(21)]
        assert codes == [200] * 20 + [429]
        world.clock.now += 60
        assert (await client.post("/api/web-call")).status_code == 200


async def test_twilio_gets_twiml_by_get_and_post(world: World) -> None:
    async with world.visitor() as client:
        posted = await client.post("/twilio/voice", data=CALL)
        asked = await client.get("/twilio/voice", params=CALL)
    for answer in (posted, asked):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert "<Stream" in answer.text
        assert "+31612345678" in answer.text


async def test_twilio_needs_no_origin_but_a_signature(world: World) -> None:
    secret = "twilio-secret"
    changes = {"public_url": "https://voice.example.com", "twilio_auth_token": SecretStr(secret)}
    url = "https://voice.example.com/twilio/voice?x=1"
    app = world.app(**changes)
    async with world.visitor(app, host="https://voice.example.com") as client:
        client.headers["origin"] = "https://elsewhere.example"
        path = "/twilio/voice?x=1"
        signature = {"x-twilio-signature": twilio_signature(secret, url, CALL)}
        assert (await client.post(path, data=CALL, headers=signature)).status_code == 200
        assert (await client.post(path, data=CALL)).status_code == 403
        changed = {**CALL, "From": "+4930123"}
        assert (await client.post(path, data=changed, headers=signature)).status_code == 403


async def test_twilio_hears_that_we_are_busy(world: World) -> None:
    world.busy = "All our lines are busy."
    async with world.visitor() as client:
        answer = await client.post("/twilio/voice", data=CALL)
    assert "<Say>All our lines are busy.</Say>" in answer.text

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.server.control.world import World, sign_in
from voicebot.server.control.answers import COOKIE
from voicebot.server.control.signing import local_path


async def test_the_right_password_lets_in(world: World) -> None:
    async with world.visitor() as client:
        answer = await sign_in(client, name="  Eva   Martens ")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/seat"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie  # plain http here
        page = await client.get("/seat")
        assert page.status_code == 200
        assert "Eva Martens" in page.text


async def test_over_https_the_cookie_is_secure(world: World) -> None:
    async with world.visitor(host="https://127.0.0.1") as client:
        assert "secure" in (await sign_in(client)).headers["set-cookie"].lower()


async def test_a_wrong_password_keeps_out(world: World) -> None:
    async with world.visitor() as client:
        answer = await sign_in(client, "wrong")
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert (await client.get("/seat")).headers["location"] == "/sign-in?next=/seat"


async def test_without_a_password_set_nobody_gets_in(world: World) -> None:
    async with world.visitor(world.app(seat_password=SecretStr(""))) as client:
        assert (await sign_in(client, "")).status_code == 401


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b"])
async def test_a_name_must_be_a_name(world: World, name: str) -> None:
    async with world.visitor() as client:
        assert (await sign_in(client, name=name)).status_code == 400


async def test_five_tries_a_minute_for_each_address(world: World) -> None:
    app = world.app()
    async with world.visitor(app) as client:
        for _ in range(5):
            assert (await sign_in(client, "wrong")).status_code == 401
        answer = await sign_in(client)  # even the right one has to wait
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "60"
    async with world.visitor(app, address="203.0.113.6") as other:
        assert (await sign_in(other)).status_code == 303
    world.clock.now += 60
    async with world.visitor(app) as client:
        assert (await sign_in(client)).status_code == 303


async def test_an_office_behind_one_address_gets_in(world: World) -> None:
    async with world.visitor() as client:
        for number in range(8):
            assert (await sign_in(client, name=f"Expert {number}")).status_code == 303
        for _ in range(5):
            assert (await sign_in(client, "wrong")).status_code == 401
        assert (await sign_in(client, "wrong")).status_code == 429


async def test_signing_out_ends_the_session_everywhere(world: World) -> None:
    app = world.app()
    async with world.expert(app) as client:
        cookie = client.cookies[COOKIE]
        assert (await client.post("/sign-out")).status_code == 303
        assert COOKIE not in client.cookies
        stolen = await client.get("/api/calls", headers={"cookie": f"{COOKIE}={cookie}"})
        assert stolen.status_code == 401


async def test_a_forged_cookie_is_nobody(world: World) -> None:
    async with world.expert() as client:
        body, _, signature = client.cookies[COOKIE].partition(".")
        forged = {"cookie": f"{COOKIE}={body}.{signature[::-1]}"}
        client.cookies.clear()
        assert (await client.get("/api/calls", headers=forged)).status_code == 401


async def test_nobody_is_sent_to_another_site(world: World) -> None:
    async with world.visitor() as client:
        answer = await sign_in(client, next="https://evil.example/")
        assert answer.headers["location"] == "/seat"


@pytest.mark.parametrize("path", ["/", "/calls", "/calls/01J-x_y.z", "/status"])
def test_paths_of_ours(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "//evil.example", "/\\evil.example", "https://evil", "/a?b", "/.//x y", "/a\nb"]
)
def test_paths_that_are_not_ours(path: str) -> None:
    assert local_path(path) == "/seat"


async def test_the_form_shows_what_was_typed_as_text(world: World) -> None:
    async with world.visitor() as client:
        answer = await sign_in(client, "wrong", name='<img src=x onerror="1">')
        assert "<img" not in answer.text
        assert "&lt;img" in answer.text

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server.control.world import World
from voicebot.server.control.guard import MAX_BODY


async def test_every_answer_carries_the_security_headers(world: World) -> None:
    async with world.visitor() as client:
        for path in ("/", "/phone", "/static/style.css", "/nowhere", "/api/calls"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"


async def test_the_policy_lets_pages_reach_the_media_edge_only(world: World) -> None:
    async with world.visitor(world.app(public_url="https://voice.example.com")) as client:
        policy = (await client.get("/phone")).headers["content-security-policy"]
        connect = next(part for part in policy.split("; ") if part.startswith("connect-src"))
        assert connect.split()[1:] == [
            "'self'",
            "ws://127.0.0.1:8080",
            "wss://127.0.0.1:8080",
            "ws://127.0.0.1:8081",
            "wss://voice.example.com",
        ]


async def test_private_pages_are_not_kept_by_caches(world: World) -> None:
    async with world.expert() as client:
        for path in ("/calls", "/api/calls", "/seat", "/status"):
            assert (await client.get(path)).headers["cache-control"] == "no-store"
        assert (await client.get("/static/style.css")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("host", ["http://evil.example", "http://127.0.0.1.evil.example"])
async def test_foreign_host_names_are_refused(world: World, host: str) -> None:
    async with world.visitor(host=host) as client:
        assert (await client.get("/")).status_code == 400


async def test_the_public_name_is_answered(world: World) -> None:
    app = world.app(public_url="https://voice.example.com")
    async with world.visitor(app, host="https://voice.example.com") as client:
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "http://127.0.0.1:9999",
        "http://127.0.0.1:8080.evil.example",
    ],
)
async def test_posts_of_foreign_origins_are_refused(world: World, origin: str) -> None:
    async with world.expert() as client:
        for path in ("/api/callbacks/x/done", "/sign-out", "/sign-in", "/api/web-call"):
            answer = await client.post(path, headers={"origin": origin})
            assert answer.status_code == 403, path


async def test_a_cookie_without_an_origin_is_refused(world: World) -> None:
    async with world.expert() as client:
        del client.headers["origin"]
        assert (await client.post("/sign-out")).status_code == 403


async def test_a_program_without_a_cookie_needs_no_origin(world: World) -> None:
    async with world.visitor() as client:
        del client.headers["origin"]
        assert (await client.post("/api/web-call")).status_code == 200


async def test_behind_a_proxy_the_public_origin_is_ours(world: World) -> None:
    app = world.app(public_url="https://voice.example.com")
    async with world.visitor(app) as client:
        headers = {"origin": "https://voice.example.com"}
        assert (await client.post("/api/web-call", headers=headers)).status_code == 200


async def test_a_body_that_announces_its_size_is_refused_unread(world: World) -> None:
    async with world.visitor() as client:
        answer = await client.post("/sign-in", content=b"x" * (MAX_BODY + 1))
        assert answer.status_code == 413
        assert "64 KiB" in answer.json()["error"]


async def test_a_body_that_hides_its_size_is_stopped(world: World) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"x" * 4096

    async with world.visitor() as client:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post("/sign-in", content=endless(), headers=kind)
        assert answer.status_code == 413
        assert sent <= 18


async def test_a_missing_page_is_told_to_people_and_to_programs(world: World) -> None:
    async with world.visitor() as client:
        page = await client.get("/nowhere")
        assert page.status_code == 404
        assert "There is nothing here" in page.text
        answer = await client.get("/nowhere", headers={"accept": "application/json"})
        assert answer.json() == {"error": "Not Found"}


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/templates/base.html", "/static/..%2f..%2fconfig.py"],
)
async def test_nothing_but_static_files_is_served_as_static(world: World, path: str) -> None:
    async with world.visitor() as client:
        assert (await client.get(path)).status_code in (404, 400)

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.server.control.world import NOW, World
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.records import Outcome, RecordingState

AddCall = Callable[..., Awaitable[None]]
PRIVATE_PAGES = ["/calls", "/calls/call-1", "/callbacks", "/status", "/seat"]
PRIVATE_DATA = [
    "/api/calls", "/api/calls/call-1", "/api/callbacks", "/api/status", "/calls/call-1/recording",
]  # fmt: skip


async def test_nobody_sees_anything_without_signing_in(world: World, add_call: AddCall) -> None:
    await add_call(recording=b"RIFF")
    async with world.visitor() as client:
        for path in PRIVATE_PAGES:
            answer = await client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?next=")
        for path in PRIVATE_DATA:
            assert (await client.get(path)).status_code == 401
        assert (await client.post("/api/callbacks/x/done")).status_code == 401


async def test_signed_in_everything_opens(world: World, add_call: AddCall) -> None:
    await add_call(recording=b"RIFF")
    async with world.expert() as client:
        for path in [*PRIVATE_PAGES, *PRIVATE_DATA]:
            assert (await client.get(path)).status_code == 200, path


async def test_calls_come_newest_first_in_pages(world: World, add_call: AddCall) -> None:
    for index in range(5):
        await add_call(f"call-{index}", minutes=index)
    async with world.expert() as client:
        first = (await client.get("/api/calls", params={"limit": 2})).json()
        assert [call["id"] for call in first["calls"]] == ["call-0", "call-1"]
        assert first["more"] is True
        query = {"limit": "10", "before": "call-1"}
        rest = (await client.get("/api/calls", params=query)).json()
        assert [call["id"] for call in rest["calls"]] == ["call-2", "call-3", "call-4"]
        assert rest["more"] is False


async def test_calls_are_found_by_number_outcome_and_words(world: World, add_call: AddCall) -> None:
    await add_call("a", caller="+31612345678", text="I lost my card")
    await add_call("b", caller="+4930123456", outcome=Outcome.EXPERT, text="my balance please")

    async with world.expert() as client:

        async def found(**query: str) -> list[str]:
            answer = await client.get("/api/calls", params=query)
            return [call["id"] for call in answer.json()["calls"]]

        assert await found(number="31 612") == ["a"]
        assert await found(outcome="expert") == ["b"]
        assert await found(text="CARD") == ["a"]
        assert await found(text="card", outcome="expert") == []
        assert await found(text="%") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=1e3", "limit=101", "outcome=won", "text=" + "x" * 201]
)
async def test_nonsense_in_the_query_is_told(world: World, query: str) -> None:
    async with world.expert() as client:
        answer = await client.get(f"/api/calls?{query}")
        assert answer.status_code == 400
        assert answer.json()["error"]


async def test_a_call_with_everything_that_is_kept_of_it(world: World, add_call: AddCall) -> None:
    await add_call()
    store = world.store
    began = NOW - timedelta(minutes=60)
    secret = RecordTurn(2, Party.CALLER, "••••", "keys", sensitive=True)
    await store.save_turn("call-1", secret)
    await store.update_slots("call-1", {"card": "debit"})
    await store.note_incident("call-1", began + timedelta(seconds=5), "recognition was slow")
    at = began + timedelta(seconds=20)
    await store.start_transfer("t1", "call-1", at, "asked", "cards", "cards")
    await store.answer_transfer("t1", at + timedelta(seconds=4), "s1", "Eva")
    await store.add_note("n1", "call-1", "s1", at, "card is blocked")
    async with world.expert() as client:
        call = (await client.get("/api/calls/call-1")).json()
    assert call["seconds"] == 42
    assert call["outcome"] == "contained"
    assert call["slots"] == {"card": "debit"}
    assert call["incidents"] == [{"after": 5, "what": "recognition was slow"}]
    assert [turn["text"] for turn in call["turns"]] == ["I lost my card", "••••"]
    assert [turn["sensitive"] for turn in call["turns"]] == [False, True]
    assert call["turns"][0]["times"]["decided"] == 2.5
    assert call["transfers"][0]["expert"] == "Eva"
    assert call["transfers"][0]["answered_after"] == 24
    assert call["notes"][0]["text"] == "card is blocked"


async def test_a_call_that_goes_on(world: World) -> None:
    await world.store.open_call("now", "browser", "", "", NOW)
    await world.store.set_recording("now", RecordingState.RUNNING, "now.wav")
    async with world.expert() as client:
        call = (await client.get("/api/calls/now")).json()
    assert call["outcome"] == "running"
    assert call["seconds"] is None
    assert call["has_recording"] is False


@pytest.mark.parametrize(
    "call_id",
    ["unknown", "..", "..%2f..%2fsettings", "%2e%2e%2f", "x" * 2000, "%00", "'; drop table calls"],
)
async def test_an_unknown_call_is_404_whatever_its_name(world: World, call_id: str) -> None:
    async with world.expert() as client:
        for path in (f"/calls/{call_id}", f"/api/calls/{call_id}", f"/calls/{call_id}/recording"):
            answer = await client.get(path)
            # ".." is resolved by the client: /api/calls/.. is /api/
            assert answer.status_code == 404 or str(answer.url.path) == "/", path


async def test_a_recording_is_sent_whole_and_in_ranges(world: World, add_call: AddCall) -> None:
    wav = bytes(range(256)) * 8
    await add_call(recording=wav)
    async with world.expert() as client:
        path = "/calls/call-1/recording"
        whole = await client.get(path)
        assert whole.content == wav
        assert whole.headers["content-type"] == "audio/wav"
        assert whole.headers["accept-ranges"] == "bytes"
        assert "no-store" in whole.headers["cache-control"]
        part = await client.get(path, headers={"range": "bytes=100-199"})
        assert part.status_code == 206
        assert part.content == wav[100:200]
        assert part.headers["content-range"] == "bytes 100-199/2048"
        beyond = await client.get(path, headers={"range": "bytes=4000-"})
        assert beyond.status_code == 416
        download = await client.get(path, params={"download": ""})
        assert download.headers["content-disposition"].startswith("attachment")


async def test_no_recording_is_sent_from_outside_the_data_directory(
    world: World, add_call: AddCall
) -> None:
    await add_call()
    outside = world.settings.data_dir.parent / "outside.wav"
    outside.write_bytes(b"secret")
    async with world.expert() as client:
        for path in ("../outside.wav", str(outside)):
            await world.store.set_recording("call-1", RecordingState.COMPLETE, path)
            assert (await client.get("/calls/call-1/recording")).status_code == 404


async def test_a_recording_whose_file_is_gone_is_404(world: World, add_call: AddCall) -> None:
    await add_call(recording=b"RIFF")
    (world.settings.data_dir / "call-1.wav").unlink()
    async with world.expert() as client:
        assert (await client.get("/calls/call-1/recording")).status_code == 404


async def test_a_callback_is_done_once(world: World, add_call: AddCall) -> None:
    await add_call()
    await world.store.add_callback("c1", "call-1", "+31612345678", "all_busy", "cards", NOW)
    async with world.expert() as client:
        waiting = (await client.get("/api/callbacks")).json()["callbacks"]
        assert [entry["number"] for entry in waiting] == ["+31612345678"]
        assert (await client.post("/api/callbacks/c1/done")).json() == {"done": True}
        assert (await client.post("/api/callbacks/c1/done")).status_code == 409
        assert (await client.post("/api/callbacks/other/done")).status_code == 404
        assert (await client.get("/api/callbacks")).json() == {"callbacks": []}
    record = await world.store.get_call("call-1")
    assert record is not None
    assert record.callbacks[0].done_by == "Eva Martens"


async def test_a_page_shows_a_hostile_call_id_as_text(world: World) -> None:
    hostile = '"><script>alert(1)</script>'
    await world.store.open_call(hostile, "twilio", "", "", NOW)
    async with world.expert() as client:
        page = await client.get("/calls/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        assert page.status_code in (200, 404)
        assert "<script>alert" not in page.text

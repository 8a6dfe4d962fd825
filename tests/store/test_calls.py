"""The record of calls, on every database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError

from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.calls import CallStore, RecordUnknownError
from voicebot.store.records import Outcome, RecordingState, TransferResult

START = datetime(2026, 3, 4, 5, 6, 7, 250_000, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def test_a_whole_call(store: CallStore) -> None:
    berlin = START.astimezone(timezone(timedelta(hours=1)))
    await store.open_call("c1", "twilio", "+12025550100", "+12025550199", berlin)
    turn = RecordTurn(
        number=1,
        party=Party.CALLER,
        text="send twenty pounds to Zoë",
        confidence=0.93,
        intent="transfer_money",
        intent_confidence=0.88,
        slots={"amount": 20, "who": ("Zoë",), "odd": float("nan")},
        times={"started": 1.5, "paused": 3.25},
    )
    await store.save_turn("c1", turn)
    await store.save_turn("c1", RecordTurn(2, Party.BOT, "To Zoë. Is that right?", heard="To Zoë."))
    await store.update_slots("c1", {"amount": 20})
    await store.note_incident("c1", later(4), "recognition took too long")
    await store.note_incident("c1", later(5), "a dialogue that failed")
    await store.set_recording("c1", RecordingState.RUNNING, "calls/2026-03/c1/recording.wav")
    await store.start_transfer("t1", "c1", later(6), "asked", "cards", "cards")
    await store.answer_transfer("t1", later(9), "s1", "Ada")
    await store.add_note("n1", "c1", "s1", later(20), "wants a new card")
    await store.finish_transfer("t1", later(30))
    await store.start_transfer("t2", "c1", later(31), "asked", "", "")
    await store.add_callback("b1", "c1", "+12025550100", "nobody free", "cards", later(32))
    await store.set_recording("c1", "complete")
    await store.close_call("c1", later(33), "callback", "all experts busy")

    record = await store.get_call("c1")
    assert record is not None
    call = record.call
    assert (call.network, call.caller, call.callee) == ("twilio", "+12025550100", "+12025550199")
    assert (call.started_at, call.ended_at) == (START, later(33))
    assert (call.outcome, call.outcome_reason) == (Outcome.CALLBACK, "all experts busy")
    assert call.recording == "calls/2026-03/c1/recording.wav"
    assert call.recording_state is RecordingState.COMPLETE
    assert call.slots == {"amount": 20}
    assert [(entry.at, entry.what) for entry in call.incidents] == [
        (later(4), "recognition took too long"),
        (later(5), "a dialogue that failed"),
    ]
    first, second = record.turns
    assert first.text == turn.text
    assert first.slots == {"amount": 20, "who": ["Zoë"], "odd": None}
    assert first.times == {"started": 1.5, "paused": 3.25}
    assert (first.confidence, first.intent, first.intent_confidence) == (
        0.93, "transfer_money", 0.88,
    )  # fmt: skip
    assert (second.party, second.heard, second.confidence) == ("bot", "To Zoë.", None)
    answered, withdrawn = record.transfers
    assert (answered.result, answered.seat_name) == (TransferResult.ANSWERED, "Ada")
    assert (answered.answered_at, answered.ended_at) == (later(9), later(30))
    assert (withdrawn.result, withdrawn.ended_at) == (TransferResult.WITHDRAWN, later(33))
    assert [note.text for note in record.notes] == ["wants a new card"]
    assert [callback.state for callback in record.callbacks] == ["open"]


async def test_writing_twice_changes_nothing(store: CallStore) -> None:
    for _ in range(2):
        await store.open_call("c", "browser", "", "", START)
        await store.save_turn("c", RecordTurn(1, Party.CALLER, "one"))
        await store.note_incident("c", START, "x")
        await store.start_transfer("t", "c", START, "asked", "", "")
        await store.finish_transfer("t", later(1), TransferResult.NO_SEAT)
        await store.add_callback("b", "c", "+1", "", "", START)
        await store.add_note("n", "c", "s", START, "x")
        await store.close_call("c", later(2), Outcome.CONTAINED)
    record = await store.get_call("c")
    assert record is not None
    assert len(record.call.incidents) == len(record.turns) == len(record.transfers) == 1
    assert len(record.callbacks) == len(record.notes) == 1
    assert record.transfers[0].result is TransferResult.NO_SEAT


async def test_a_line_is_replaced(store: CallStore) -> None:
    await store.open_call("c", "browser", "", "", START)
    await store.save_turn("c", RecordTurn(1, Party.BOT, "Hello there", times={"started": 1.0}))
    await store.save_turn("c", RecordTurn(1, Party.BOT, "Hello there", heard="Hello"))
    record = await store.get_call("c")
    assert record is not None
    assert [(line.heard, line.times) for line in record.turns] == [("Hello", {})]


async def test_what_is_not_there_is_told(store: CallStore) -> None:
    assert await store.get_call("none") is None
    with pytest.raises(RecordUnknownError, match="none"):
        await store.update_slots("none", {})
    with pytest.raises(RecordUnknownError):
        await store.finish_transfer("none", START)
    with pytest.raises(RecordUnknownError):
        await store.finish_callback("none", START, "Ada")
    with pytest.raises(IntegrityError):
        await store.save_turn("none", RecordTurn(1, Party.CALLER, "x"))
    await store.open_call("c", "browser", "", "", START)
    with pytest.raises(ValueError, match="splendid"):
        await store.close_call("c", START, "splendid")


async def test_lists_are_filtered_and_paged(store: CallStore) -> None:
    for number in range(12):
        caller = f"+1202555{number:04}"
        # pairs that began at the same moment: a page may end between them
        await store.open_call(f"c{number:02}", "twilio", caller, "", later(number // 2))
    await store.save_turn("c03", RecordTurn(1, Party.CALLER, "I lost my CARD 100% surely"))
    await store.save_turn("c03", RecordTurn(2, Party.CALLER, "my card"))
    await store.close_call("c04", later(60), Outcome.EXPERT)
    seen: list[str] = []
    page = await store.list_calls(limit=5)
    while page:
        seen += [call.id for call in page]
        page = await store.list_calls(limit=5, before=page[-1].id)
    assert seen == [f"c{number:02}" for number in reversed(range(12))]
    assert await store.list_calls(before="gone") == []
    assert [call.id for call in await store.list_calls(caller="5550007")] == ["c07"]
    assert [call.id for call in await store.list_calls(outcome=Outcome.EXPERT)] == ["c04"]
    assert [call.id for call in await store.list_calls(text="my card")] == ["c03"]
    assert [call.id for call in await store.list_calls(text="100% s")] == ["c03"]
    assert await store.list_calls(text="1_0%") == []
    assert await store.count_outcomes(START) == {Outcome.EXPERT: 1}
    assert await store.count_outcomes(later(3)) == {}


async def test_callbacks_are_ticked_off_once(store: CallStore) -> None:
    await store.open_call("c", "twilio", "", "", START)
    await store.add_callback("b2", "c", "+2", "", "", later(2))
    await store.add_callback("b1", "c", "+1", "", "", later(1))
    assert [callback.id for callback in await store.open_callbacks()] == ["b1", "b2"]
    assert await store.finish_callback("b1", later(3), "Ada")
    assert not await store.finish_callback("b1", later(4), "Bob")
    assert [callback.id for callback in await store.open_callbacks()] == ["b2"]
    record = await store.get_call("c")
    assert record is not None
    assert (record.callbacks[0].done_by, record.callbacks[0].done_at) == ("Ada", later(3))


async def test_text_that_a_database_would_refuse(store: CallStore) -> None:
    await store.open_call("c", "twilio", "+1\0" + "9" * 200, "", START)
    await store.save_turn("c", RecordTurn(1, Party.CALLER, "a\0b\ud800c"))
    record = await store.get_call("c")
    assert record is not None
    assert record.call.caller == "+1\ufffd" + "9" * 61
    assert record.turns[0].text == "a\ufffdb?c"


async def test_times_need_a_zone(store: CallStore) -> None:
    with pytest.raises(Exception, match="time zone"):
        await store.open_call("c", "twilio", "", "", START.replace(tzinfo=None))

"""Callers who need a person, and experts at real seats: everything between the two is real."""

from __future__ import annotations

import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.system.conftest import RunningAgent
from tests.system.seating import (
    PATIENCE,
    Caller,
    Media,
    calling,
    chromium,
    share_heard,
    sign_in,
    until,
    write_microphone,
)
from voicebot.caller.cues import Synthesize
from voicebot.caller.speech import speaking_with
from voicebot.engines.hibari import HibariSynthesizer

pytestmark = [pytest.mark.browser, pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

EXPERT_SAYS = "This is your expert. The payment was refused because the card is blocked."
CALLER_SAYS = "Yesterday my card was refused at the grocery store."
LONG = PATIENCE * 1000
"""Milliseconds that a page may take to show something."""

Hear = Callable[[bytes], str]
Dial = Callable[[str], AbstractAsyncContextManager[Caller]]


@pytest.fixture(scope="module")
def synthesize(hibari: HibariSynthesizer) -> Synthesize:
    return speaking_with(hibari)


@pytest.fixture(scope="module")
def dial(agent: RunningAgent, synthesize: Synthesize) -> Dial:
    """A telephone: `async with dial("+15550100") as caller`."""
    return lambda number: calling(agent, synthesize, number)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(
    tmp_path_factory: pytest.TempPathFactory, synthesize: Synthesize
) -> AsyncIterator[Browser]:
    """A browser into whose microphone an expert says the same sentence again and again."""
    microphone = tmp_path_factory.mktemp("microphone") / "expert.wav"
    write_microphone(microphone, synthesize(EXPERT_SAYS), before=0.5, after=2.0)
    async with chromium(microphone) as browser:
        yield browser


async def _expert(
    browser: Browser, agent: RunningAgent, name: str
) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context()
    context.set_default_timeout(LONG)
    await sign_in(context, agent, name)
    yield context
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anna(browser: Browser, agent: RunningAgent) -> AsyncIterator[BrowserContext]:
    async for context in _expert(browser, agent, "Anna Smith"):
        yield context


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ben(browser: Browser, agent: RunningAgent) -> AsyncIterator[BrowserContext]:
    async for context in _expert(browser, agent, "Ben Miller"):
        yield context


class Seat:
    """The page of a seat, with what arrives there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.media = Media("/seat")
        self.media.listen(page)

    async def is_(self, chip: str) -> None:
        await expect(self.page.locator("#chip")).to_have_text(chip, timeout=LONG)

    async def rings(self) -> None:
        await expect(self.page.locator("#call.ring")).to_be_visible(timeout=LONG)

    async def shows(self, what: str, text: str) -> None:
        await expect(self.page.locator(what)).to_contain_text(text, timeout=LONG)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()


async def take_a_seat(context: BrowserContext, agent: RunningAgent) -> Seat:
    """Open the page of the seat and go available."""
    seat = Seat(await context.new_page())
    await seat.page.goto(f"{agent.control}/seat")
    await seat.is_("Away")
    await seat.page.click("#available")
    await seat.is_("Available")
    return seat


async def leave(seat: Seat) -> None:
    """Close the page."""
    await seat.page.close()


async def ask_for_a_person(caller: Caller) -> None:
    await caller.turn()
    await caller.say("I want to talk to a person, please.")


async def closed_call(agent: RunningAgent, number: str) -> dict[str, Any]:
    """The record of the newest call from `number`, once it is written."""
    names = ("id", "outcome", "outcome_reason", "recording", "recording_state", "incidents")
    query = f"SELECT {', '.join(names)} FROM calls WHERE caller = ? ORDER BY started_at DESC"
    await until(lambda: agent.record(query, number)[0][4] == "complete", "the call to be closed")
    row = agent.record(query, number)[0]
    await until(lambda: agent.record(query, number)[0][1] is not None, "the outcome")
    row = agent.record(query, number)[0]
    return dict(zip(names, row, strict=True))


def channels(agent: RunningAgent, recording: str) -> tuple[bytes, bytes]:
    """What is on the left and on the right of a recording."""
    with wave.open(str(agent.data_dir / recording)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    return both[:, 0].tobytes(), both[:, 1].tobytes()


async def test_two_people_talk(
    agent: RunningAgent, dial: Dial, anna: BrowserContext, hear: Hear
) -> None:
    seat = await take_a_seat(anna, agent)
    page = seat.page
    async with dial("+15550100") as caller:
        await ask_for_a_person(caller)
        await seat.rings()
        await seat.is_("Ringing")
        await expect(page.locator("#caller")).to_have_text("+1 555 0100")
        await seat.shows("#customer-facts", "Maria Lopez")
        await seat.shows("#facts", "The caller asked for a person")
        await seat.shows("#transcript", "talk to a person")
        assert "204815" in await page.locator("#customer-facts").inner_text()

        connected = caller.call.now
        await page.keyboard.press("a")
        await seat.is_("In a call")
        await seat.shows("#transcript", "You are now talking to Anna Smith.")
        await seat.shows(".bubble.expert", "refused")
        joined = caller.call.now
        await caller.say(CALLER_SAYS)
        await seat.shows(".bubble.caller >> nth=-1", "grocery")
        heard_by_caller = caller.heard(connected)
        heard_by_expert = bytes(seat.media.audio)

        await seat.press("End call")
        await seat.is_("Wrap-up")
        assert await caller.ended() == "bot"
        farewell = caller.heard(joined)
    await page.fill("#note", "The card is blocked; a new one is on its way.")
    await page.click("#finish")
    await seat.is_("Available")
    await leave(seat)

    assert share_heard(EXPERT_SAYS, hear(heard_by_caller)) > 0.7
    # "You are" and "You're" sound alike, so the two words are not asked for.
    assert share_heard("now talking to Anna", hear(heard_by_caller[: 16000 * 5])) > 0.7
    assert share_heard(CALLER_SAYS, hear(heard_by_expert)) > 0.7
    assert share_heard("Thank you for calling. Goodbye.", hear(farewell[-16000 * 4 :])) > 0.7
    call = await closed_call(agent, "+15550100")
    assert call["outcome"] == "expert"
    assert "Anna Smith" in call["outcome_reason"]
    transfers = agent.record(
        "SELECT seat_name, result, answered_at <= ended_at FROM transfers WHERE call_id = ?",
        call["id"],
    )
    assert transfers == [("Anna Smith", "answered", 1)]
    notes = agent.record("SELECT text FROM notes WHERE call_id = ?", call["id"])
    assert notes == [("The card is blocked; a new one is on its way.",)]
    lines = agent.transcript(call["id"])
    assert any(party == "expert" and "blocked" in text for party, text in lines)
    assert any(party == "caller" and "grocery" in text for party, text in lines)
    left, right = channels(agent, call["recording"])
    since = 2 * round(joined * 8000)
    assert share_heard(CALLER_SAYS, hear(left[since:])) > 0.7
    assert share_heard(EXPERT_SAYS, hear(right[2 * round(connected * 8000) :])) > 0.7


async def test_nobody_is_there(agent: RunningAgent, dial: Dial, anna: BrowserContext) -> None:
    async with dial("+15550101") as caller:
        await ask_for_a_person(caller)
        assert await caller.ended() == "bot"
    call = await closed_call(agent, "+15550101")
    assert (call["outcome"], call["outcome_reason"]) == ("callback", "none_signed_in")
    assert agent.transcript(call["id"])[-1][1].startswith("I'm sorry, all my colleagues are busy")
    query = "SELECT number, state, done_by FROM callbacks WHERE call_id = ?"
    assert agent.record(query, call["id"]) == [("+15550101", "open", "")]
    page = await anna.new_page()
    await page.goto(f"{agent.control}/callbacks")
    entry = page.locator("#callbacks li", has=page.locator(f'a[href="/calls/{call["id"]}"]'))
    await expect(entry).to_contain_text("+1 555 0101")
    await entry.get_by_role("button").click()
    await expect(entry).to_have_class("done")
    await page.close()
    assert agent.record(query, call["id"]) == [("+15550101", "done", "Anna Smith")]


async def test_declined_taken_lost_and_not_answered(
    agent: RunningAgent, dial: Dial, anna: BrowserContext, ben: BrowserContext, hear: Hear
) -> None:
    first = await take_a_seat(anna, agent)
    second = await take_a_seat(ben, agent)
    async with dial("+15550102") as caller:
        await ask_for_a_person(caller)
        await first.rings()
        await first.press("Decline")
        await first.is_("Available")
        await second.rings()
        await second.press("Accept")
        await second.shows("#transcript", "You are now talking to Ben Miller.")
        await second.shows(".bubble.expert", "refused")
        lost = caller.call.now
        await leave(second)  # in the middle of the conversation
        await first.rings()
        await first.shows("#transcript", "the line to my colleague was lost")
        await first.shows("#transcript", "payment")  # what was said with Ben, as far as it came
        assert await caller.ended() == "bot"  # nobody answers, so it is the call-back
        told = hear(caller.heard(lost))
    await leave(first)
    assert share_heard("I'm sorry, the line to my colleague was lost", told) > 0.7
    call = await closed_call(agent, "+15550102")
    assert (call["outcome"], call["outcome_reason"]) == ("callback", "no_answer")
    query = "SELECT seat_name, result, ended_at IS NOT NULL FROM transfers WHERE call_id = ?"
    transfers = agent.record(f"{query} ORDER BY at", call["id"])
    assert transfers == [("Ben Miller", "answered", 1), ("", "no_seat", 1)]
    assert "the expert was lost" in json.dumps(call["incidents"])


async def test_a_page_that_is_loaded_again(
    agent: RunningAgent, dial: Dial, anna: BrowserContext, hear: Hear
) -> None:
    seat = await take_a_seat(anna, agent)
    seat.page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    async with dial("+15550105") as caller:
        await ask_for_a_person(caller)
        await seat.rings()
        await seat.press("Accept")
        await seat.shows(".bubble.expert", "blocked")
        await seat.page.reload()
        await seat.rings()
        again = caller.call.now
        await seat.press("Accept")
        await seat.shows("#transcript", "the line to my colleague was lost")
        # Bubbles grow while somebody speaks: from the end of one sentence to the end of the next
        # it was said once in full.
        said = seat.page.locator(".bubble.expert", has_text="blocked")
        await expect(said.nth(2)).to_be_visible(timeout=2 * LONG)
        heard = hear(caller.heard(again))
        await seat.press("End call")
        await seat.is_("Wrap-up")
        assert await caller.ended() == "bot"
    await leave(seat)
    assert share_heard(EXPERT_SAYS, heard) > 0.7
    call = await closed_call(agent, "+15550105")
    assert call["outcome"] == "expert"
    query = "SELECT seat_name, result FROM transfers WHERE call_id = ?"
    assert agent.record(query, call["id"]) == [("Anna Smith", "answered")] * 2


async def test_the_caller_hangs_up(agent: RunningAgent, dial: Dial, anna: BrowserContext) -> None:
    seat = await take_a_seat(anna, agent)
    async with dial("+15550103") as caller:
        await ask_for_a_person(caller)
        await seat.rings()
        caller.hang_up()
        await seat.is_("Available")
        await expect(seat.page.locator("#call")).to_be_hidden()
    async with dial("+15550104") as caller:
        await ask_for_a_person(caller)
        await seat.rings()
        await seat.press("Accept")
        await seat.shows(".bubble.expert", "blocked")
        caller.hang_up()
        await seat.is_("Wrap-up")
        await seat.shows("#title", "the caller hung up")
        await expect(seat.page.locator("#mute")).to_be_hidden()
    await leave(seat)
    call = await closed_call(agent, "+15550104")
    assert call["outcome"] == "expert"
    waiting = await closed_call(agent, "+15550103")
    assert waiting["outcome"] == "abandoned"

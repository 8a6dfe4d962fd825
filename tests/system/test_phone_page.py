"""The phone page calls the real bank: by voice and keypad, and says what is wrong when it can't."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.system.conftest import RunningAgent
from tests.system.seating import PATIENCE, Media, calling, chromium, until, write_microphone
from voicebot.caller.speech import speaking_with
from voicebot.engines.hibari import HibariSynthesizer

pytestmark = [pytest.mark.browser, pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

LONG = PATIENCE * 1000
CUSTOMER, PIN, PHONE = "148859", "3472", "+15550106"
"""Linda Chen, see nlu-data/README.md."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(
    tmp_path_factory: pytest.TempPathFactory, hibari: HibariSynthesizer
) -> AsyncIterator[Browser]:
    """A browser whose user waits for the greeting, asks one thing, and keys in the rest."""
    microphone = tmp_path_factory.mktemp("microphone") / "caller.wav"
    asked = speaking_with(hibari)("What is the balance of my account?")
    write_microphone(microphone, asked, before=5.0, after=60.0)
    async with chromium(microphone) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, agent: RunningAgent) -> AsyncIterator[Page]:
    context = await browser.new_context()
    context.set_default_timeout(LONG)
    page = await context.new_page()
    await page.goto(f"{agent.control}/phone")
    yield page
    await context.close()


async def says(page: Page, party: str, text: str) -> None:
    bubble = page.locator(f".bubble.{party}", has_text=text)
    await expect(bubble.first).to_be_visible(timeout=LONG)


async def key_in(page: Page, digits: str) -> None:
    for digit in digits:
        await page.locator("#keys button", has_text=digit).first.click()


async def test_a_call_by_voice_and_keypad(agent: RunningAgent, page: Page) -> None:
    media = Media("/browser")
    media.listen(page)
    await page.click("#call")
    await says(page, "bot", "this is Harbour Bank")
    await says(page, "caller", "balance")
    await says(page, "bot", "customer number")
    await key_in(page, CUSTOMER)
    await says(page, "bot", "PIN")
    await key_in(page, PIN)
    await expect(page.locator(".bubble.caller .mask")).to_have_text("••••", timeout=LONG)
    await says(page, "bot", "in checking")
    await key_in(page, "0")
    await says(page, "bot", "colleague")
    await expect(page.locator("#state")).to_have_text("The call has ended", timeout=LONG)
    await expect(page.locator("#call")).to_be_enabled()
    assert PIN not in await page.locator("#transcript").inner_text()
    assert len(media.audio) > 8 * 16000  # the bot was heard

    closed = "SELECT id, network, outcome FROM calls WHERE network = 'browser' AND ended_at > ''"
    await until(lambda: agent.record(closed), "the call in the record")
    ((call, network, outcome),) = agent.record(closed)
    assert (network, outcome) == ("browser", "callback")
    assert agent.record("SELECT number FROM callbacks WHERE call_id = ?", call) == [(PHONE,)]
    kinds = "SELECT kind, text, sensitive FROM turns WHERE call_id = ? AND party = 'caller'"
    kept = agent.record(kinds, call)
    assert ("keys", "••••", 1) in kept
    assert PIN not in str(kept)


async def test_hanging_up(agent: RunningAgent, page: Page) -> None:
    before = len(agent.record("SELECT id FROM calls WHERE ended_at > ''"))
    await page.click("#call")
    await says(page, "bot", "Harbour Bank")
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.locator("#state")).to_have_text("The call has ended")
    ended = "SELECT outcome FROM calls WHERE ended_at > '' ORDER BY started_at"
    await until(lambda: len(agent.record(ended)) > before, "the call in the record")
    assert agent.record(ended)[-1] == ("abandoned",)


async def test_a_microphone_that_is_refused(page: Page) -> None:
    await page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    await page.click("#call")
    await expect(page.locator("#error")).to_contain_text("may not use the microphone")
    await expect(page.locator("#call")).to_be_enabled()


async def test_all_lines_busy(agent: RunningAgent, page: Page, hibari: HibariSynthesizer) -> None:
    async with AsyncExitStack() as lines:
        for number in range(10):
            await lines.enter_async_context(
                calling(agent, speaking_with(hibari), f"+1555019{number:02}")
            )
        live = "SELECT count(*) FROM calls WHERE ended_at IS NULL"
        await until(lambda: agent.record(live) == [(10,)], "ten calls")
        await page.click("#call")
        await expect(page.locator("#error")).to_contain_text("busy", timeout=LONG)
        await expect(page.locator("#state")).to_have_text("No call")
    await until(lambda: agent.record(live) == [(0,)], "the lines to be free")
    await page.click("#call")
    await says(page, "bot", "Harbour Bank")
    await page.get_by_role("button", name="Hang up").click()

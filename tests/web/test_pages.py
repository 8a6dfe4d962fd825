from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from playwright.async_api import expect

from tests.server.control.world import NOW
from tests.web.conftest import Site, syllables
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.server.control import LiveCall
from voicebot.store.records import Outcome

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def recording() -> bytes:
    """Ten seconds: the caller speaks first, then the bot."""
    voice = syllables(4.0, 8000)
    frames = np.zeros((80000, 2), np.float32)
    frames[8000:40000, 0] = voice
    frames[40000:72000, 1] = voice
    file = io.BytesIO()
    soundfile.write(file, frames, 8000, format="WAV", subtype="PCM_16")
    return file.getvalue()


async def test_no_page_breaks_its_own_policy(site: Site) -> None:
    await site.world.add_call(recording=recording())
    await site.sign_in()
    for path in ("/", "/phone", "/seat", "/calls", "/calls/call-1", "/callbacks", "/status"):
        page = await site.open(path)
        await page.wait_for_load_state("networkidle")
    assert site.complaints == []


async def test_finding_a_call(site: Site) -> None:
    for index in range(30):
        outcome = Outcome.EXPERT if index == 28 else Outcome.CONTAINED
        await site.world.add_call(f"call-{index}", minutes=index, outcome=outcome)
    await site.sign_in()
    page = await site.open("/calls")
    rows = page.locator("#rows tr")
    await expect(rows).to_have_count(25)
    await page.click("#older")
    await expect(rows).to_have_count(5)
    await page.click("#newer")
    await expect(rows).to_have_count(25)
    await page.select_option("#outcome", "expert")
    await expect(rows).to_have_count(1)
    await page.fill("#text", "no such words")
    await expect(page.locator("#none")).to_be_visible()
    await page.fill("#text", "card")
    await rows.first.click()
    await page.wait_for_url("**/calls/call-28")


async def test_a_call_is_heard_and_followed(site: Site) -> None:
    await site.world.add_call(recording=recording())
    times = {"first_audio": 5.0, "finished": 9.0}
    await site.world.store.save_turn("call-1", RecordTurn(2, Party.BOT, "Hello", times=times))
    await site.sign_in()
    page = await site.open("/calls/call-1")
    await expect(page.locator("#clock")).to_have_text("0:00 / 0:10")
    await page.locator(".turn").nth(1).click()
    await expect(page.locator(".turn").nth(1)).to_have_class("turn now")
    await expect(page.locator("#clock")).to_have_text("0:05 / 0:10")
    await page.click("#mute-0")
    await page.click("#play")
    await expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    await expect(page.locator("#clock")).to_have_text("0:06 / 0:10")
    await page.locator("#wave").press("End")
    await expect(page.locator("#clock")).to_have_text("0:10 / 0:10")
    painted = await page.evaluate(
        """() => {
          const canvas = document.getElementById("canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value) => value > 0);
        }"""
    )
    assert painted


async def test_the_status_page_follows(site: Site) -> None:
    await site.sign_in()
    page = await site.open("/status")
    await expect(page.locator("#overall")).to_have_text("All is well")
    site.world.calls.append(LiveCall("c", "+31612345678", "twilio", "speaking", NOW))
    await expect(page.locator("#calls")).to_contain_text("+31 612 345 678")


async def test_light_and_dark(site: Site) -> None:
    page = await site.open("/")
    root = page.locator("html")
    before = await root.evaluate("(element) => getComputedStyle(element).colorScheme")
    await page.click("#theme")
    await page.reload()
    after = await root.evaluate("(element) => getComputedStyle(element).colorScheme")
    assert before != after

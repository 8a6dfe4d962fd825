"""The page in a real browser: it plays from where it is asked to, filters, and lets items go."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from evaluation.reporting.page import write_report
from tests.evaluation.reporting.world import (
    HOSTILE,
    a_comparison,
    a_run,
    a_set,
    some_scores,
    sounds,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FLAGS = ["--no-sandbox", "--disable-background-networking", "--mute-audio"]


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Page, list[str]]]:
    """The report, opened as a file, and everything that the browser complains of."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is missing: install what tools/system-packages lists")
    sounds(tmp_path)
    path = write_report(tmp_path, a_run(), a_set(tmp_path), some_scores(), a_comparison())
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = await browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        await page.goto(path.as_uri())
        yield page, complaints
        await browser.close()
    assert complaints == []


async def until(page: Page, true: str) -> None:
    """Asked from outside: the page's own policy lets nothing in it be evaluated."""
    async with asyncio.timeout(10):
        while not await page.evaluate(true):
            pass


async def played_at(page: Page) -> float:
    await until(page, "document.querySelector('audio').readyState > 0")
    await until(page, "!document.querySelector('audio').seeking")
    return float(await page.evaluate("document.querySelector('audio').currentTime"))


async def test_a_turns_button_and_a_click_go_to_the_moment(
    opened: tuple[Page, list[str]],
) -> None:
    page, _ = opened
    await page.click("button.seek[data-at='6.0']")
    await until(page, "!document.querySelector('audio').paused")
    await page.evaluate("document.querySelector('audio').pause()")
    assert 5.4 <= await played_at(page) <= 6.5
    wave = page.locator(".wave[role=slider]")
    box = await wave.bounding_box()
    assert box is not None
    await wave.click(position={"x": box["width"] / 4, "y": 20})
    assert await played_at(page) == pytest.approx(2.0, abs=0.05)
    shown = await page.evaluate("document.querySelector('.now').style.left")
    assert float(shown.removesuffix("%")) == pytest.approx(25.0, abs=1.0)


async def test_the_keyboard_moves_and_tells_where(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    wave = page.locator(".wave[role=slider]")
    await wave.focus()
    await page.keyboard.press("ArrowRight")
    assert await played_at(page) == pytest.approx(1.0, abs=0.05)
    await page.keyboard.press("End")
    assert await played_at(page) == pytest.approx(8.0, abs=0.1)
    await page.keyboard.press("Home")
    assert await played_at(page) == pytest.approx(0.0, abs=0.05)
    assert await wave.get_attribute("aria-valuetext") == "0:00.0"


async def test_the_list_is_filtered(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    rows = page.locator("tr[data-call]:visible")
    assert await rows.count() == 3
    await page.fill("input[name=words]", "Fifteen DOLLARS")
    assert await rows.count() == 1
    assert await page.inner_text("#shown") == "1 of 3 calls"
    await page.fill("input[name=words]", "")
    await page.select_option("select[name=tag]", 'a"b<i>tag')
    assert await rows.count() == 1
    await page.select_option("select[name=tag]", HOSTILE)
    await page.select_option("select[name=verdict]", "passed")
    assert await rows.count() == 0


async def test_an_item_for_review_is_taken_along(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    async with page.expect_download() as waiting:
        await page.click("article:has(h3:text('move-money')) button[data-review]")
    download = await waiting.value
    assert download.suggested_filename == "review-move-money-1.json"
    item = json.loads(await asyncio.to_thread(Path(await download.path()).read_bytes))
    assert item["case"] == "move-money"
    assert item["sound"].startswith("data:audio/ogg;base64,")
    assert "- move fifty dollars" in item["nlu"]

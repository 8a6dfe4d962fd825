from __future__ import annotations

import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.jobs.settings import JobSettings, database_address
from gateway.jobs.worker import Worker
from gateway.transform import Transform, Wishes, Work
from tests.web.conftest import Site
from voicebot.server.control.context import GatewayDoor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GATE = threading.Event()


def speak(source: Content, wishes: Wishes, work: Work) -> Content:
    """Half a second of silence for every text; a real file that a browser plays."""
    path = work.folder / "speech.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 4000)
    return Content(Kind.VOICE, path, "audio/wav")


def listen(source: Content, wishes: Wishes, work: Work) -> Content:
    until = time.monotonic() + 20
    while not GATE.is_set() and time.monotonic() < until:
        work.progress(0.4)
        time.sleep(0.05)
    path = work.folder / "text.txt"
    path.write_text("<b>What was said</b>")
    return Content(Kind.TEXT, path, "text/plain")


def read(source: Content, wishes: Wishes, work: Work) -> Content:
    raise RefusedError("nobody can read these pages")


STEPS = (
    Transform("speak", Kind.TEXT, Kind.VOICE, 1.0, 0.0, speak),
    Transform("listen", Kind.VOICE, Kind.TEXT, 1.0, 0.0, listen),
    Transform("read", Kind.FAX, Kind.TEXT, 1.0, 0.0, read),
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[GatewayDoor]:
    GATE.clear()
    settings = JobSettings(poll_seconds=0.05, reserve_bytes=0, nice=0)
    address = database_address("", tmp_path)
    with Worker(tmp_path / "gateway", address, settings, STEPS) as worker:
        assert worker.intake is not None
        yield GatewayDoor(worker.intake, STEPS)
        GATE.set()


@pytest_asyncio.fixture(loop_scope="module")
async def convert(door: GatewayDoor, site: Site) -> Site:
    site.world.gateway = door
    await site.restart()
    await site.sign_in()
    await site.open("/convert")
    return site


async def test_a_text_is_heard(convert: Site) -> None:
    page = convert.page
    await expect(page.locator("#go")).to_be_disabled()
    await page.fill("#text", "Good morning")
    await expect(page.get_by_role("radio", name="Voice")).to_have_attribute("aria-checked", "true")
    await page.click("#go")
    await expect(page.locator("#jobs .chip")).to_have_text("Done")
    audio = page.locator("#jobs audio")
    await audio.evaluate("(a) => new Promise((done) => { a.oncanplay = done; a.load(); })")
    assert await audio.evaluate("(a) => a.duration") == pytest.approx(0.5)
    assert convert.complaints == []


async def test_a_file_is_dropped_followed_and_read(convert: Site, tmp_path: Path) -> None:
    page = convert.page
    path = tmp_path / "speech.wav"
    path.write_bytes(b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 100)
    await page.set_input_files("#file", path)
    await expect(page.locator("#chosen")).to_have_text("speech.wav")
    await page.click("#go")
    await expect(page.locator("#jobs .chip")).to_have_text("At work")
    await expect(page.locator("#jobs progress")).to_have_js_property("value", 0.4)
    GATE.set()
    await expect(page.locator("#jobs .read")).to_have_text("<b>What was said</b>")
    await page.reload()  # it is still there
    await expect(page.locator("#jobs .read")).to_have_text("<b>What was said</b>")
    assert convert.complaints == []


async def test_one_at_work_is_called_off(convert: Site, tmp_path: Path) -> None:
    page = convert.page
    path = tmp_path / "speech.mp3"
    path.write_bytes(b"ID3" + b"\0" * 100)
    await page.set_input_files("#file", path)
    await page.click("#go")
    await expect(page.locator("#jobs .chip")).to_have_text("At work")
    await page.get_by_role("button", name="Call off").click()
    await expect(page.locator("#jobs .chip")).to_have_text("Called off")


async def test_a_failure_says_why(convert: Site, tmp_path: Path) -> None:
    page = convert.page
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.4\n")
    await page.set_input_files("#file", path)
    await page.click("#go")
    await expect(page.locator("#jobs .chip")).to_have_text("Failed")
    await expect(page.locator("#jobs")).to_contain_text("nobody can read these pages")


async def test_a_file_that_is_none_is_refused_with_a_sentence(
    convert: Site, tmp_path: Path
) -> None:
    page = convert.page
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"PK\x03\x04 no PDF")
    await page.set_input_files("#file", path)
    await page.click("#go")
    await expect(page.locator("#error")).to_contain_text("send a PDF")
    await expect(page.locator("#none")).to_be_visible()

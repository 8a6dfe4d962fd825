from __future__ import annotations

import asyncio

import numpy as np
import pytest
from playwright.async_api import expect

from tests.web.conftest import Line, Site, line_audio

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def call(site: Site) -> Line:
    page = await site.open("/phone")
    await page.click("#call")
    line = await site.exchange.next_line()
    await expect(page.locator("#call")).to_have_attribute("aria-label", "Hang up")
    return line


async def test_the_microphone_arrives_as_line_audio_at_real_pace(site: Site) -> None:
    line = await call(site)
    assert line.start["rate"] == 8000
    site.world.tokens.redeem(line.start["token"], "web")
    await line.wait_until(lambda: len(line.frames) >= 150)
    frames = line.frames[20:150]  # the first ones come while everything starts
    assert {len(frame) for _, frame in line.frames} == {320}
    took = frames[-1][0] - frames[0][0]
    assert took == pytest.approx(129 * 0.02, rel=0.1)
    samples = np.frombuffer(b"".join(frame for _, frame in frames), "<i2").astype(float)
    assert np.sqrt(np.mean(samples**2)) > 300
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    strongest = np.argmax(spectrum) * 8000 / len(samples)
    assert strongest % 150 == pytest.approx(0, abs=6) or strongest % 150 > 144
    assert site.complaints == []


async def test_what_comes_back_is_played(site: Site) -> None:
    line = await call(site)
    line.echo = True
    await expect(site.page.locator("#meter-out i.on").first).to_be_visible()


async def test_a_mark_returns_when_everything_before_it_was_played(site: Site) -> None:
    line = await call(site)
    sent = asyncio.get_running_loop().time()
    await line.play(line_audio(1.5))
    await line.say("mark", name="m1")
    at, mark = await line.hears("mark")
    assert mark == {"type": "mark", "name": "m1"}
    assert 1.4 < at - sent < 2.4


async def test_a_mark_with_nothing_before_it_returns_at_once(site: Site) -> None:
    line = await call(site)
    await line.say("mark", name="m1")
    assert (await line.hears("mark"))[1]["name"] == "m1"


async def test_clear_drops_the_rest_and_returns_the_marks(site: Site) -> None:
    line = await call(site)
    page = site.page
    await line.play(line_audio(8.0))
    await line.say("mark", name="end")
    await expect(page.locator("#meter-out i.on").first).to_be_visible()
    cleared = asyncio.get_running_loop().time()
    await line.say("clear")
    at, mark = await line.hears("mark")
    assert mark["name"] == "end"
    assert at - cleared < 1.0
    await expect(page.locator("#meter-out i.on")).to_have_count(0)


async def test_the_conversation_is_shown_as_it_changes(site: Site) -> None:
    line = await call(site)
    said = {"party": "caller", "kind": "speech", "heard": None}
    await line.say("line", number=2, text="I lost", final=False, **said)
    await line.say("line", number=1, party="bot", kind="speech", heard=None, text="Hello!")
    await line.say("line", number=2, text="I lost my card", **said)
    cut = {"text": "Which card do you mean?", "heard": "Which card"}
    await line.say("line", number=3, party="bot", kind="speech", **cut)
    await line.say("line", number=4, text="<b>••••</b>", **{**said, "kind": "keys"})
    bubbles = site.page.locator(".bubble")
    await expect(bubbles).to_have_count(4)
    await expect(bubbles.nth(0)).to_contain_text("Hello!")
    await expect(bubbles.nth(1)).to_contain_text("I lost my card")
    await expect(bubbles.nth(2).locator(".unheard")).to_have_text(" do you mean?")
    await expect(bubbles.nth(3)).to_contain_text("<b>••••</b>")  # text stays text
    await line.say("state", name="with_expert")
    await expect(site.page.locator("#chip")).to_have_text("With expert")


async def test_words_are_shown_while_they_are_spoken(site: Site) -> None:
    line = await call(site)
    said = {"party": "caller", "kind": "speech", "heard": None}
    bubbles = site.page.locator(".bubble")
    await line.say("partial", party="caller", stable="", tentative="I lost")
    await line.say("partial", party="caller", stable="I lost", tentative="my <b>car")
    await line.say("line", number=1, party="bot", kind="speech", heard=None, text="Hello!")
    await expect(bubbles).to_have_count(2)
    await expect(bubbles.nth(0)).to_contain_text("Hello!")
    await expect(bubbles.nth(1).locator(".said")).to_have_text("I lost my <b>car")
    await expect(bubbles.nth(1).locator(".unsure")).to_have_text("my <b>car")
    await line.say("partial", party="caller", stable="", tentative="")
    await line.say("line", number=2, text="I lost my card", **said)
    await expect(site.page.locator(".partial")).to_have_count(0)
    await expect(bubbles.nth(1)).to_contain_text("I lost my card")


async def test_keys_by_mouse_and_keyboard(site: Site) -> None:
    line = await call(site)
    await site.page.keyboard.press("5")
    await site.page.keyboard.press("#")
    await site.page.locator("#keys button").nth(10).click()

    def pressed() -> list[str]:
        return [said["digit"] for _, said in line.told if said["type"] == "dtmf"]

    await line.wait_until(lambda: len(pressed()) == 3)
    assert pressed() == ["5", "#", "0"]


async def test_muted_the_line_goes_on_with_silence(site: Site) -> None:
    line = await call(site)
    await line.wait_until(lambda: any(any(frame) for _, frame in line.frames))
    await site.page.keyboard.press("m")
    await expect(site.page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    so_far = len(line.frames)
    await line.wait_until(lambda: len(line.frames) >= so_far + 40)
    assert not any(any(frame) for _, frame in line.frames[so_far + 10 :])


async def test_hanging_up_and_calling_again(site: Site) -> None:
    line = await call(site)
    await site.page.click("#call")
    await line.hears("stop")
    await expect(site.page.locator("#state")).to_have_text("The call has ended")
    await site.page.click("#call")
    await site.exchange.next_line()


async def test_the_far_end_hangs_up(site: Site) -> None:
    line = await call(site)
    await line.say("ended", reason="goodbye")
    await expect(site.page.locator("#state")).to_have_text("The call has ended")
    await expect(site.page.locator("#error")).to_be_hidden()


async def test_a_lost_connection_is_told(site: Site) -> None:
    line = await call(site)
    line.socket.transport.abort()
    await expect(site.page.locator("#error")).to_contain_text("The connection was lost")
    await expect(site.page.locator("#call")).to_be_enabled()


async def test_a_busy_agent_is_told(site: Site) -> None:
    site.world.busy = "All lines are busy. Please call again later."
    page = await site.open("/phone")
    await page.click("#call")
    await expect(page.locator("#error")).to_have_text(site.world.busy)

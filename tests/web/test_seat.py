from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.server.control.world import NOW
from tests.web.conftest import Site
from voicebot.conversation.commands import RecordTurn, RingSeat, ShowPartial
from voicebot.conversation.events import Party
from voicebot.desk.dossier import Dossier

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DOSSIER = Dossier(
    "call-1",
    "+31612345678",
    "+31205550100",
    NOW,
    reason="asked",
    topic="dispute_payment",
    proposed="Block the debit card",
    customer={
        "name": "Ada <Okafor>",
        "phone": "+31612345678",
        "accounts": [{"kind": "checking", "number_last4": "4445", "balance": 1234.5}],
        "cards": [{"kind": "debit", "last4": "7716"}, {"kind": "credit", "last4": "3092"}],
    },
    slots={"card_type": "debit", "empty": None},
    lines={1: RecordTurn(1, Party.CALLER, "Somebody used my card")},
)


def ignore(_event: object) -> None:
    """What the call is told."""


async def ring(site: Site) -> None:
    await site.world.add_call()
    await site.sign_in()
    await site.page.click("#available")
    await expect(site.page.locator("#chip")).to_have_text("Available")
    site.world.desk.ring("call-1", RingSeat("asked"), DOSSIER, ignore)
    await expect(site.page.locator("#call.ring")).to_be_visible()


async def test_a_call_from_ringing_to_wrap_up(site: Site) -> None:
    page, desk = site.page, site.world.desk
    await ring(site)
    await expect(page.locator("#caller")).to_have_text("+31 612 345 678")
    await expect(page.locator("#transcript")).to_contain_text("Somebody used my card")
    customer = page.locator("#customer-facts")
    await expect(customer).to_contain_text("Ada <Okafor>")
    await expect(customer).to_contain_text("+31 612 345 678")
    await expect(customer).to_contain_text("Checking ··4445 $1,234.50")
    await expect(customer).to_contain_text("Credit ··3092")
    await expect(page.locator("#slot-facts")).to_have_text("Card typedebit")
    await expect(page.locator("#proposed-text")).to_have_text("Block the debit card")
    await page.keyboard.press("a")
    line = await site.exchange.next_line()
    assert desk.claim_media(line.start["token"]).call_id == "call-1"
    await line.wait_until(lambda: any(any(frame) for _, frame in line.frames))
    desk.partial("call-1", ShowPartial(Party.EXPERT, "Good", "mor"))
    await expect(page.locator(".bubble.expert.partial .said")).to_have_text("Good mor")
    desk.partial("call-1", ShowPartial(Party.EXPERT))
    desk.line("call-1", RecordTurn(2, Party.EXPERT, "Good morning"))
    await expect(page.locator(".bubble.expert")).to_contain_text("Good morning")
    await page.get_by_role("button", name="End call").click()
    await line.hears("stop")
    await expect(page.locator("#chip")).to_have_text("Wrap-up")
    await page.fill("#note", "Card is blocked")
    await page.click("#finish")
    await expect(page.locator("#chip")).to_have_text("Available")
    assert [text for _, _, text in site.world.notes.kept] == ["Card is blocked"]
    assert site.complaints == []


async def test_declining(site: Site) -> None:
    await ring(site)
    await site.page.keyboard.press("d")
    await expect(site.page.locator("#call")).to_be_hidden()
    await expect(site.page.locator("#chip")).to_have_text("Available")


async def test_what_an_expert_takes_is_kept_over_a_reload(site: Site) -> None:
    await site.sign_in()
    page, desk = site.page, site.world.desk
    await page.click("#skills summary")
    await page.get_by_label("Cards").check()
    await page.get_by_label("Payments").check()
    await expect(page.locator("#skills-text")).to_have_text("Takes Cards, Payments")
    await page.click("#skills summary")
    for _ in range(2):
        await page.click("#available")
        await expect(page.locator("#chip")).to_have_text("Available")
        assert desk.seats()[0].skills == ("cards", "payments")
        await page.reload()
        await expect(page.locator("#chip")).to_have_text("Available")
    await page.click("#skills summary")
    await page.get_by_label("Cards").uncheck()
    await page.get_by_label("Payments").uncheck()
    await expect(page.locator("#skills-text")).to_have_text("Takes every call")
    await page.click("#away")
    await expect(page.locator("#chip")).to_have_text("Away")
    assert desk.seats()[0].skills == ()
    assert site.complaints == []


async def test_a_caller_who_gives_up_stops_the_ringing(site: Site) -> None:
    await ring(site)
    site.world.desk.withdraw("call-1")
    await expect(site.page.locator("#call")).to_be_hidden()
    await expect(site.page.locator("#missed")).to_contain_text("does not wait any more")


async def test_open_callbacks_are_ticked_off(site: Site) -> None:
    store = site.world.store
    await site.world.add_call()
    await store.add_callback("c1", "call-1", "+31612345678", "all_busy", "cards", NOW)
    await site.sign_in()
    await site.page.locator("#callbacks button").click()
    await expect(site.page.locator("#callbacks li.done")).to_be_visible()
    assert await store.open_callbacks() == []


async def test_a_lost_connection_comes_back_by_itself(site: Site) -> None:
    await site.sign_in()
    page, desk = site.page, site.world.desk
    await page.click("#available")
    await expect(page.locator("#chip")).to_have_text("Available")
    seat = desk.seats()[0].seat
    await site.restart()
    await expect(page.locator("#chip")).to_contain_text("No connection")
    await expect(page.locator("#chip")).to_have_text("Available")
    assert desk.seats()[0].seat == seat

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.web.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def microphone_flag() -> str:
    return "--use-fake-ui-for-media-stream=deny"


async def test_a_refused_microphone_is_told(site: Site) -> None:
    page = await site.open("/phone")
    await page.click("#call")
    await expect(page.locator("#error")).to_contain_text("may not use the microphone")
    await expect(page.locator("#call")).to_be_enabled()

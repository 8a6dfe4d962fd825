"""Takes the pictures of the pages that the documentation shows: `python tools/pictures.py`.

Needs a chromium (Debian: `apt-get install chromium`). Writes docs/pictures/*.png.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

from demo_agent import PASSWORD, Demo, running
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

ROOT = Path(__file__).resolve().parent.parent
WANTED = ["phone", "seat", "call", "calls", "convert"]
FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]


class Photographer:
    """Opens pages and keeps pictures of them in `folder`."""

    def __init__(
        self, browser: Browser, demo: Demo, folder: Path, wanted: list[str], suffix: str
    ) -> None:
        self._browser = browser
        self._demo = demo
        self._folder = folder
        self._wanted = wanted
        self._suffix = suffix

    async def context(self, scheme: str, width: int, height: int) -> BrowserContext:
        """A fresh window."""
        return await self._browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
            base_url=self._demo.url,
        )

    async def keep(self, page: Page, name: str) -> None:
        """Save a picture, if it is wanted."""
        if self._wanted and name not in self._wanted:
            return
        path = self._folder / f"{name}{self._suffix}.png"
        await page.screenshot(path=path)
        print(f"{path}  {path.stat().st_size // 1024} kB")

    async def sign_in(self, page: Page) -> None:
        """Become an expert."""
        await page.goto("/sign-in")
        await page.fill("#name", "Jonas Lindqvist")
        await page.fill("#password", PASSWORD)
        await page.click("main button[type=submit]")
        await page.wait_for_url("**/seat")

    async def phone(self, page: Page) -> None:
        """A call on the phone page."""
        await page.goto("/phone")
        await page.click("#call")
        await page.locator(".bubble").nth(8).wait_for()
        await page.wait_for_timeout(300)
        await self.keep(page, "phone")

    async def seat(self, page: Page) -> None:
        """A ringing call, and the conversation."""
        await page.click("#available")
        await page.wait_for_selector("#call.ring")
        await page.wait_for_timeout(200)
        await self.keep(page, "seat")
        await page.keyboard.press("a")
        await page.locator(".bubble").nth(12).wait_for()
        await self.keep(page, "seat-talking")

    async def convert(self, page: Page) -> None:
        """The page to drop a file on, with some conversions."""
        await page.goto("/convert")
        await page.locator("#jobs .read").get_by_text("Good morning").wait_for()
        await page.wait_for_timeout(300)
        await self.keep(page, "convert")

    async def record(self, page: Page) -> None:
        """The list, a call, and the rest."""
        await page.goto("/calls")
        await page.wait_for_selector("#rows tr")
        await self.keep(page, "calls")
        await page.goto(f"/calls/{self._demo.call_id}")
        await page.get_by_text("/ 1:").wait_for()
        await page.evaluate("document.getElementById('audio').currentTime = 21")
        await page.wait_for_selector(".turn.now")
        await page.wait_for_timeout(400)
        await self.keep(page, "call")
        await self.convert(page)
        for name in ("status", "callbacks", ""):
            await page.goto(f"/{name}")
            await page.wait_for_timeout(500)
            await self.keep(page, name or "home")


async def take(
    folder: Path, wanted: list[str], schemes: list[str], width: int, height: int
) -> None:
    """All pictures in all looks."""
    with tempfile.TemporaryDirectory() as data:
        async with running(8092, 8093, Path(data)) as demo, async_playwright() as play:
            browser = await play.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            for scheme in schemes:
                suffix = "" if scheme == "light" else f"-{scheme}"
                camera = Photographer(browser, demo, folder, wanted, suffix)
                window = await camera.context(scheme, width, height)
                page = await window.new_page()
                page.on("console", lambda message: print("console:", message.text))
                page.on("pageerror", lambda error: print("page error:", error))
                await camera.phone(page)
                await camera.sign_in(page)
                await camera.seat(page)
                page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
                await camera.record(page)
                await window.close()
            await browser.close()


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--all", action="store_true", help="all pages, not only those of docs")
    parser.add_argument("--schemes", nargs="+", default=["light"], choices=["light", "dark"])
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(
        take(
            options.folder,
            [] if options.all else WANTED,
            options.schemes,
            options.width,
            options.height,
        )
    )


if __name__ == "__main__":
    main()

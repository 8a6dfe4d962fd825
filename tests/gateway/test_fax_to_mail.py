"""A fax becomes a mail in a real mailbox, with every part in between.

A fax machine (ours, or the independent `efax`) speaks T.30 over mu-law audio, the agent's inbox
receives, the gateway's own worker process reads the pages, and the mail is fetched from dovecot.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from gateway.config import GatewaySettings
from gateway.fax.receive import FaxInbox
from gateway.fax.settings import FaxSettings
from gateway.fax.spandsp import FaxTerminal
from gateway.jobs.intake import Intake
from gateway.jobs.settings import database_address
from gateway.lines.inward import Inward
from gateway.mail.message import Message
from gateway.transforms import assemble
from tests.gateway.fax.class1 import Class1Modem
from tests.gateway.fax.lines import TerminalLine
from tests.gateway.fax.papers import page, send, tiff
from tests.gateway.fax.test_efax import is_below_the_header, single
from tests.gateway.mail.conftest import dovecot  # noqa: F401 - a fixture
from tests.gateway.whole import Site, mail_settings, started, wait_for
from voicebot.server.faxline import FaxCall, FaxReport

pytestmark = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not here: make system"
)
CALL = FaxCall("call-1", "+4930777", "+15550199")
ROWS = 400


@pytest.fixture(scope="module")
def site(dovecot, tmp_path_factory) -> Iterator[Site]:  # noqa: F811
    folder = tmp_path_factory.mktemp("site")
    with started(folder, dovecot, mail=mail_settings(dovecot, mailbox={})) as running:
        wait_for(lambda: running.ended() or "mail" in running.doors())
        assert not running.ended(), running.log()
        yield running


async def received(site: Site, line: TerminalLine, call: FaxCall, to: str) -> FaxReport:
    """Take a fax as the agent does, which hands it to the worker."""
    settings = GatewaySettings.model_validate(
        {"mail": mail_settings(site.dovecot), "jobs": {"reserve_bytes": 0}}
    )
    intake = Intake(site.folder / "gateway", database_address("", site.folder), settings.jobs)
    with closing(intake):
        inward = Inward(intake, assemble(settings), answers_to="", faxes_to=to)
        inbox = FaxInbox(FaxSettings(ident="+15550199"), site.folder / "in", inward.fax_came)
        with closing(inbox):
            return await inbox.receive(call, line)


async def test_a_fax_is_a_searchable_document_in_a_mail(site: Site, tmp_path: Path) -> None:
    far = FaxTerminal(send(tiff(tmp_path / "sent.tif", 2, ROWS)))
    report = await received(site, TerminalLine(far), CALL, "office@example.org")
    assert (report.pages, report.complete) == (2, True)
    check_mail(site.answer("office@example.org")[1])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("efax") is None, reason="efax is not here: make system")
async def test_so_is_one_from_an_independent_machine(site: Site, tmp_path: Path) -> None:
    files = [single(tmp_path, number, ROWS).name for number in (1, 2)]
    modem = Class1Modem(["-l", "+4930111", "-h", " ", "-t", "T123", *files], tmp_path)
    modem.wait_for_call()
    call = FaxCall("call-3", "+4930777", "+15550199")
    report = await received(site, TerminalLine(modem), call, "efax@example.org")
    assert modem.finish() == 0, modem.log.read_text(errors="replace")
    assert (report.pages, report.complete) == (2, True)
    check_mail(site.answer("efax@example.org")[1])


def check_mail(mail: Message) -> None:
    """From whom, how many pages, what is on them, and the pages themselves."""
    assert mail.subject == "Fax from +4930777"
    facts, _, words = mail.text.partition("\n\n")
    assert "From: +4930777" in facts
    assert "To: +15550199" in facts
    assert "Pages: 2" in facts
    assert "not complete" not in mail.text
    assert "invoice 4711-1" in words
    assert "invoice 4711-2" in words
    check_document(mail)


def check_document(mail: Message) -> None:
    """The pages are those that were sent, pixel by pixel, and their words can be found."""
    (document,) = mail.attachments
    assert document.media_type == "application/pdf"
    with pypdfium2.PdfDocument(document.data) as pages:
        texts = [one.get_textpage().get_text_range() for one in pages]
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        images = [scanned(one) for one in pdf.pages]
    assert len(texts) == len(images) == 2
    for number, (text, image) in enumerate(zip(texts, images, strict=True), 1):
        assert f"4711-{number}" in text
        assert is_below_the_header(np.array(image), np.array(page(number, ROWS)))


def scanned(page: pikepdf.Page) -> Image.Image:
    """The image that fills a page."""
    (image,) = page.get_images().values()
    return pikepdf.PdfImage(image).as_pil_image().convert("1")


async def test_that_a_fax_broke_off_is_said_in_the_mail(site: Site, tmp_path: Path) -> None:
    far = FaxTerminal(send(tiff(tmp_path / "sent.tif", 3, 150)))
    line = TerminalLine(far)
    crossing = FaxTerminal.exchange

    def until_page_one(self: FaxTerminal, heard: bytes, samples: int) -> bytes:
        line.drop = bool(far._pages)
        return crossing(self, heard, samples)

    far.exchange = until_page_one.__get__(far)  # type: ignore[method-assign]
    report = await received(site, line, FaxCall("call-2", "+4930778"), "desk@example.org")
    assert (report.pages, report.complete) == (1, False)
    _, mail = site.answer("desk@example.org")
    assert "Pages: 1" in mail.text
    assert "The fax is not complete: " in mail.text
    assert "hung up" in mail.text or "dropped" in mail.text

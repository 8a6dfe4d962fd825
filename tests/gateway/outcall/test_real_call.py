"""A mail is read out by telephone: real mail, voice, recognizer, edge and line."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from email.message import EmailMessage
from pathlib import Path

import jiwer
import pytest

from gateway.content import Content, Kind
from gateway.mail.settings import MailSettings
from gateway.mail.transforms import transforms
from gateway.outcall.calling import Calling, Edge
from gateway.transform import Wishes
from tests.engines.realaudio import MODELS, needs_silero, needs_whisper
from tests.gateway.outcall.quick import exchange
from tests.gateway.sms.work import TestWork
from voicebot.caller.speech import hearing_with, speaking_with
from voicebot.config import Settings
from voicebot.dialogue.spoken import spoken
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.server.assembly import Engines, load_engines
from voicebot.server.parts import Parts, policy_from

pytestmark = [pytest.mark.real, needs_whisper, needs_silero]
TEXT = "Can we meet on Friday at noon?"


def extracted(folder: Path) -> Content:
    """The text of a mail, by the gateway's own step."""
    mail = EmailMessage()
    mail["From"] = "Anna Miller <anna@example.org>"
    mail["To"] = "gateway@example.net"
    mail["Subject"] = "Lunch"
    mail.set_content(f"{TEXT}\n\n-- \nAnna Miller\nSales\n")
    source = folder / "in.eml"
    source.write_bytes(mail.as_bytes())
    settings = MailSettings(address="gateway@example.net", hostname="gateway.example.net")
    step = next(one for one in transforms(settings) if one.name == "extract")
    (folder / "text").mkdir()
    content = Content(Kind.EMAIL, source, "message/rfc822")
    return step.run(content, Wishes(), TestWork(folder / "text"))


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    found = load_engines(Settings(models_dir=MODELS, data_dir=tmp_path_factory.mktemp("data")))
    yield found
    found.close()


def real(engines: Engines):
    def alter(parts: Parts) -> Parts:
        return dataclasses.replace(
            parts,
            policy=policy_from(Settings()),
            settings=parts.settings.model_copy(
                update={"turns": Settings().turns, "limits": Settings().limits}
            ),
            activity=engines.silero.stream,
            recognizer=engines.recognizer,
            recognition=engines.recognition,
            voice=engines.voice,
            judgement=engines.judgement,
        )

    return alter


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", spoken(text).lower()))


async def test_a_mail_is_read_out_and_understood(tmp_path, engines):
    text = extracted(tmp_path)
    (tmp_path / "call").mkdir()
    work = TestWork(tmp_path / "call")
    async with exchange(tmp_path / "agent", real(engines)) as there:
        there.network.synthesize = speaking_with(HibariSynthesizer())
        calling = Calling(Edge(there.service, asyncio.get_running_loop()), lambda _: None)
        wishes = Wishes(recipient="+15550100")
        reading = asyncio.create_task(asyncio.to_thread(calling.run, text, wishes, work))
        # "Yes" is said over the greeting; the goodbye when the mail has been read.
        script = ["wait:0.5", "say:Yes, please.", "wait:7.5", "keys:9"]
        call = await there.network.connect(script, gap=0.5)
        read = await reading
    assert read.details["heard"] is True
    assert read.details["reason"] == "the listener said goodbye"
    assert call.mistakes == 0
    yes, press = call.performed[1], call.performed[3]
    heard = call.bot_pcm[yes.end * 320 : press.start * 320]
    understood = hearing_with(engines.recognizer)(heard)
    expected = words(text.path.read_text())
    found = jiwer.process_words(expected, words(understood))
    wrong = found.substitutions + found.deletions  # what follows the mail is the menu
    assert wrong / len(expected.split()) <= 0.1, (expected, understood)

"""Conversions for the pages of the demo: done, at work and failed, with nobody who works."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo_record import RATE, voice

from gateway.config import GatewaySettings
from gateway.content import Content, Kind
from gateway.jobs.intake import Intake, Request
from gateway.jobs.job import What, packed
from gateway.jobs.settings import JobSettings, database_address
from gateway.planner import Goal, foresee
from gateway.transform import Transform
from gateway.transforms import assemble
from voicebot.server.control.context import GatewayDoor

SAID = (
    "Good morning, this is Dr Hale's practice. Your appointment on Tuesday has to be moved: "
    "please come on Wednesday at half past two. Thank you."
)


def open_door(folder: Path) -> GatewayDoor:
    """A gateway with some conversions, its files in `folder`; close its `intake` in the end."""
    transforms = assemble(GatewaySettings())
    intake = Intake(folder / "gateway", database_address("", folder), JobSettings())
    _fail(intake, _job(intake, transforms, Kind.FAX, "delivery note.pdf", Kind.TEXT))
    done = _job(intake, transforms, Kind.VOICE, "voicemail.ogg", Kind.TEXT)
    text = intake.store.step_folder(done, 0) / "text.txt"
    text.write_text(SAID, encoding="utf-8")
    _finish(intake, done, Content(Kind.TEXT, text, "text/plain"))
    done = _job(intake, transforms, Kind.TEXT, "letter.txt", Kind.VOICE)
    speech = intake.store.step_folder(done, 0) / "speech.wav"
    _speak(speech)
    _finish(intake, done, Content(Kind.VOICE, speech, "audio/wav"))
    begun = _job(intake, transforms, Kind.EMAIL, "minutes of the meeting.eml", Kind.VOICE)
    _tell(intake, begun, What.BEGAN, {"step": 0})
    _tell(intake, begun, What.FINISHED, {"step": 0})
    _tell(intake, begun, What.BEGAN, {"step": 1})
    _tell(intake, begun, What.PROGRESS, {"done": 0.62})
    return GatewayDoor(intake, transforms)


def _job(intake: Intake, transforms: tuple[Transform, ...], kind: Kind, name: str, to: Kind) -> str:
    with intake.stage() as folder:
        source = folder / "source" / "source"
        source.write_bytes(b"of a demo")
        content = Content(kind, source, "application/octet-stream")
        return intake.accept(
            folder, content, Request(foresee(transforms, kind, Goal(to)), name=name)
        )


def _tell(intake: Intake, job: str, what: What, data: Mapping[str, Any]) -> None:
    intake.store.append(job, lambda _: (what, data), durable=False)


def _finish(intake: Intake, job: str, result: Content) -> None:
    _tell(intake, job, What.DONE, {"content": packed(result, intake.store.folder(job))})


def _fail(intake: Intake, job: str) -> None:
    reason = "the PDF has a password: send it without one"
    _tell(intake, job, What.FAILED, {"reason": reason})


def _speak(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(voice(9.0, 205, 7).tobytes())

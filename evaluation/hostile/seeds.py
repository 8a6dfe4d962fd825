"""Valid files of every kind that the gateway takes: what mutations begin with.

The sound is a second and a half of tones like speech in its rhythm; ffmpeg writes it in each form.
"""

from __future__ import annotations

import functools
import io
import json
import subprocess
import tempfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import numpy as np
import pikepdf
from PIL import Image, ImageDraw, ImageFont

from gateway.speech.formats import program

RATE: Final = 16_000
_SECONDS: Final = 1.5
_VIDEO: Final = ("-f", "lavfi", "-i", "color=c=gray:s=64x48:r=10:d=1.5")
_SOUNDS: Final[Mapping[str, tuple[str, ...]]] = {
    "wav": ("-f", "wav"),
    "mp3": ("-f", "mp3", "-b:a", "48k"),
    "ogg": ("-f", "ogg", "-c:a", "libopus"),
    "flac": ("-f", "flac"),
    "au": ("-f", "au", "-ar", "8000"),
    "m4a": ("-f", "ipod", "-c:a", "aac"),
    "mp4": (*_VIDEO, "-f", "mp4", "-c:a", "aac", "-c:v", "mpeg4"),
    "webm": (*_VIDEO, "-f", "webm", "-c:a", "libopus", "-c:v", "libvpx"),
    "avi": (*_VIDEO, "-f", "avi", "-c:a", "pcm_s16le", "-c:v", "mpeg4"),
}


@functools.cache
def sound(form: str) -> bytes:
    """A recording in one of the forms `wav`, `mp3`, `ogg`, `flac`, `au`, `m4a`, `mp4`, `webm`,
    `avi`; the last three are videos."""
    return _ffmpeg(("-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"), _SOUNDS[form])


@functools.cache
def silent_video() -> bytes:
    """An MP4 file that holds pictures only."""
    return _ffmpeg(_VIDEO, ("-f", "mp4", "-c:v", "mpeg4"))


def _ffmpeg(given: tuple[str, ...], wanted: tuple[str, ...]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="seeds-") as folder:
        made = Path(folder, "made")
        command = [program(), "-hide_banner", "-loglevel", "error", *given, *wanted]
        command += ["-fflags", "+bitexact", "-y", str(made)]
        subprocess.run(command, input=samples().tobytes(), check=True, capture_output=True)
        return made.read_bytes()


@functools.cache
def samples() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The sound itself: [samples], 16 kHz."""
    time = np.arange(int(_SECONDS * RATE)) / RATE
    rhythm = 0.5 * (1 + np.sin(2 * np.pi * 4 * time))
    tones = sum(np.sin(2 * np.pi * f * time) / n for n, f in enumerate((140, 700, 1800), 1))
    return np.asarray(6000 * rhythm * tones).astype(np.int16)


def page(number: int = 1, size: tuple[int, int] = (1728, 500)) -> Image.Image:
    """A page with writing, black and white."""
    image = Image.new("1", size, 1)
    text = f"Page {number}: please pay invoice 4711-{number} by Friday"
    ImageDraw.Draw(image).text((100, 60), text, fill=0, font=ImageFont.load_default(48))
    return image


@functools.cache
def tiff(pages: int = 2) -> bytes:
    """Fax pages, Group 4."""
    file = io.BytesIO()
    first, *others = (page(number) for number in range(1, pages + 1))
    first.save(
        file,
        format="TIFF",
        save_all=True,
        append_images=others,
        compression="group4",
        dpi=(204, 196),
    )
    return file.getvalue()


@functools.cache
def picture(form: str) -> bytes:
    """A page as PNG or JPEG."""
    file = io.BytesIO()
    page().convert("L").save(file, format=form, dpi=(204, 196))
    return file.getvalue()


@functools.cache
def pdf(pages: int = 2) -> bytes:
    """Pages with a line of text each, not compressed, so that mutations reach all of it."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        for number in range(1, pages + 1):
            document.add_blank_page(page_size=(595, 842))
            drawn = f"BT /F 24 Tf 72 700 Td (Invoice 4711-{number} is due on Friday.) Tj ET"
            document.pages[-1].Contents = document.make_stream(drawn.encode())
            document.pages[-1].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        document.save(file, static_id=True, compress_streams=False)
    return file.getvalue()


@functools.cache
def mail() -> bytes:
    """A mail with text, HTML, a PDF and a picture."""
    message = EmailMessage()
    message["From"] = "Clara Weiß <clara@example.org>"
    message["To"] = "text@gw.example"
    message["Subject"] = "Die Rechnung für März"
    message["Date"] = "Mon, 23 Nov 2026 10:04:00 +0100"
    message["Message-ID"] = "<4711@example.org>"
    message.set_content("Please pay by Friday: 1.234,50 €.\n\n> Is it due?\n")
    message.add_alternative("<p>Please <b>pay</b> by Friday: 1.234,50 &euro;.</p>", subtype="html")
    message.add_attachment(pdf(1), maintype="application", subtype="pdf", filename="invoice.pdf")
    message.add_attachment(picture("PNG"), maintype="image", subtype="png", filename="page.png")
    return _with_fixed_boundaries(message)


def _with_fixed_boundaries(message: EmailMessage) -> bytes:
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"part-{number}")
    return bytes(message)


SSML: Final = (
    b'<speak version="1.1" xml:lang="en"><p><s>Pay <say-as interpret-as="cardinal">4711</say-as>'
    b'<break time="300ms"/> by <sub alias="Friday">Fri</sub>.</s></p>'
    b'<prosody rate="slow">Thank you.</prosody></speak>'
)
TEXT: Final = "Please pay invoice 4711 by Friday: 1.234,50 €.\n\nThank you.\n".encode()
MESSAGE: Final = json.dumps(
    {
        "to": "+15550100",
        "from": "+15550199",
        "text": "Pay by Friday",
        "alphabet": "gsm7",
        "reference": 7,
        "segments": ["Pay by Friday"],
        "shortened": False,
    }
).encode()

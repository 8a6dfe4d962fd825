"""Results that are not harmless are found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.hostile import seeds
from evaluation.hostile.results import faults
from gateway.content import Content, Kind

SECRET = "the-secret-word"
MAIL = b"From: gateway@gw.example\nTo: a@example.org\nSubject: x\n"


def found(folder: Path, kind: Kind, data: bytes, media_type: str = "", **details) -> str:
    path = folder / "made"
    path.write_bytes(data)
    return " | ".join(faults(Content(kind, path, media_type, details), SECRET))


def test_a_good_result_has_no_fault(tmp_path):
    assert found(tmp_path, Kind.TEXT, b"hello\n\tthere\f\n") == ""
    assert found(tmp_path, Kind.EMAIL, MAIL + b"\nhello\n") == ""
    assert found(tmp_path, Kind.FAX, seeds.tiff(2), "image/tiff", pages=2) == ""
    assert found(tmp_path, Kind.FAX, seeds.pdf(1), "application/pdf") == ""
    assert found(tmp_path, Kind.VOICE, seeds.sound("wav"), "audio/wav") == ""
    assert found(tmp_path, Kind.SMS, seeds.MESSAGE) == ""


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (Kind.TEXT, b"", "empty"),
        (Kind.TEXT, b"\xff", "not UTF-8"),
        (Kind.TEXT, b"a\0b\x1b[2J", "control characters in the text: [0, 27]"),
        (Kind.TEXT, b"it is the-secret-word", "the secret is in the result"),
        (Kind.EMAIL, MAIL + b"Bcc: b@example.org\n\nx", "a field bcc that nobody wished"),
        (Kind.EMAIL, MAIL + b"Subject: y\n\nx", "2 fields subject"),
        (Kind.EMAIL, MAIL + b"\n" + b"x" * 999, "too long"),
        (Kind.VOICE, bytes(44), "nothing but a header"),
        (Kind.SMS, b"{}", "can't be read again"),
    ],
)
def test_a_bad_one_has(tmp_path, kind, data, told):
    assert told in found(tmp_path, kind, data)


def test_pages_are_counted(tmp_path):
    assert "2 pages, but 3 are told" in found(
        tmp_path, Kind.FAX, seeds.tiff(2), "image/tiff", pages=3
    )
    assert "no PDF" in found(tmp_path, Kind.FAX, b"x", "application/pdf")

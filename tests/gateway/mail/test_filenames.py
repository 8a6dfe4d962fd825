"""Names and types of attachments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.filenames import media_type, safe_name, unique


@pytest.mark.parametrize(
    ("claimed", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\evil.dll", "evil.dll"),
        ("/absolute/a.txt", "a.txt"),
        ("..", "attachment-3.pdf"),
        ("", "attachment-3.pdf"),
        (".bashrc", "bashrc"),
        ("a\0b\r\nc.txt", "ab c.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("Grüße.pdf", "Grüße.pdf"),
        ("name. . .", "name"),
    ],
)
def test_safe_name(claimed, safe):
    assert safe_name(claimed, "application/pdf", 3) == safe


@given(st.text(max_size=300))
def test_a_safe_name_stays_in_its_folder(tmp_path_factory, claimed):
    name = safe_name(claimed, "text/plain", 1)
    folder = tmp_path_factory.getbasetemp()
    assert (folder / name).parent == folder
    assert name not in ("", ".", "..")
    assert len(name.encode()) <= 255 or len(name) <= 100
    assert "/" not in name
    assert "\0" not in name


def test_unique():
    taken: set[str] = set()
    names = [unique(name, taken) for name in ("a.pdf", "A.PDF", "a.pdf", "b")]
    assert names == ["a.pdf", "A (2).PDF", "a (3).pdf", "b"]


@pytest.mark.parametrize(
    ("data", "declared", "is_really"),
    [
        (b"%PDF-1.7 ...", "application/octet-stream", "application/pdf"),
        (b"\n\n%PDF-1.7", "text/plain", "application/pdf"),
        (b"MZ\x90", "application/pdf", "application/x-msdownload"),
        (b"PK\x03\x04", "application/pdf", "application/zip"),
        (
            b"PK\x03\x04",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"\xd0\xcf\x11\xe0", "text/plain", "application/x-ole-storage"),
        (b"II*\0", "image/png", "image/tiff"),
        (b"RIFF\0\0\0\0WAVE", "x/y", "audio/wav"),
        (b"hello", "text/csv", "text/csv"),
        (b"hel\0lo", "text/csv", "application/octet-stream"),
        (b"hello", "application/pdf", "application/octet-stream"),
    ],
)
def test_the_bytes_decide(data, declared, is_really):
    assert media_type(data, declared) == is_really

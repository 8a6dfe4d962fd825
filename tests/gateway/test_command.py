"""`voicebot convert`, with the real parts."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import command
from gateway.command import Request, UsageError, convert, explain, listing, needed
from gateway.config import GatewaySettings
from gateway.content import Content, Kind
from gateway.errors import GatewayError, RefusedError
from gateway.planner import NoPathError
from gateway.terminal import Typed, kind_of, run
from gateway.transform import Transform, Wishes
from gateway.transforms import assemble


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def transforms():
    return assemble(GatewaySettings())


@pytest.fixture
def do(transforms, tmp_path, monkeypatch):
    """Converts files by their names in an own folder; the line that is shown."""
    monkeypatch.chdir(tmp_path)

    def go(source, target, to=None, **wishes):
        out = io.StringIO()
        wanted = Request(source, target, Wishes(**wishes), to)
        line = convert(wanted, transforms, lambda _name, _done: None, out)
        return line or out.getvalue()

    return go


def test_a_text_becomes_pages_and_pages_a_text(do, tmp_path):
    (tmp_path / "in.txt").write_text("You owe $12.50, Zoë.")
    assert do("in.txt", "out.pdf") == "out.pdf: fax, application/pdf, 1 page"
    assert do("out.pdf", "-") == "You owe $12.50, Zoë.\n"
    assert names(tmp_path) == ["in.txt", "out.pdf"]


def test_a_mail_becomes_short_messages(do, tmp_path):
    mail = "From: a@example.org\nTo: b@example.org\nSubject: Lunch\n\nAt noon?\n"
    (tmp_path / "in.eml").write_text(mail)
    assert do("in.eml", "out.sms.json") == "out.sms.json: SMS, application/json"
    assert "At noon?" in (tmp_path / "out.sms.json").read_text()


def test_a_text_becomes_audio(do, tmp_path):
    (tmp_path / "in.txt").write_text("Hello.")
    line = do("in.txt", "out.flac", voice=None)
    assert line.startswith("out.flac: voice, audio/flac, ")
    assert (tmp_path / "out.flac").read_bytes().startswith(b"fLaC")


def test_to_says_what_the_name_does_not(do, tmp_path):
    (tmp_path / "in.txt").write_text("Hello.")
    assert "image/tiff" in do("in.txt", "out.g4", to=Kind.FAX)
    assert "Hello." in do("in.txt", "-", to=Kind.EMAIL, recipient="b@example.org")


def test_texts_in_other_charsets(do, tmp_path):
    (tmp_path / "in.txt").write_text("Grüße, Zoë", encoding="utf-16")
    assert '"Grüße, Zoë"' in do("in.txt", "-", to=Kind.SMS)
    (tmp_path / "in.txt").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(RefusedError, match=r"not UTF-8 \(byte 2\).* iconv"):
        do("in.txt", "out.pdf")


def test_standard_input_is_a_text(do, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Zoë says hi".encode())))
    assert '"Zoë says hi"' in do("-", "-", to=Kind.SMS)


@pytest.mark.parametrize(
    ("source", "target", "to", "reason"),
    [
        ("none.txt", "out.pdf", None, "can't be read: No such file"),
        ("folder", "out.pdf", None, "folder is a folder"),
        ("in.txt", "folder", Kind.FAX, "folder is a folder"),
        ("in.txt", "none/out.pdf", None, "there is no folder none"),
        ("in.txt", "in.txt", Kind.FAX, "the same file"),
        ("in.txt", "out.docx", None, "does not say what it is to become"),
        ("in.txt", "out.txt", None, "nothing here leads from text to text"),
        ("in.txt", "-", Kind.VOICE, "voice can't be written to a terminal: name a file"),
    ],
)
def test_what_can_not_be_done_is_told(do, tmp_path, source, target, to, reason):
    (tmp_path / "in.txt").write_text("Hello.")
    (tmp_path / "folder").mkdir()
    with pytest.raises(GatewayError, match=reason):
        do(source, target, to)
    assert names(tmp_path) == ["folder", "in.txt"]


def failing(error: BaseException) -> list[Transform]:
    def run_it(content: Content, wishes: object, work: object) -> Content:
        raise error

    return [Transform("render", Kind.TEXT, Kind.FAX, 1.0, 0.0, run_it)]


@pytest.mark.parametrize("error", [RefusedError("too long"), KeyboardInterrupt(), ValueError("x")])
def test_nothing_is_left_behind(tmp_path, monkeypatch, error):
    monkeypatch.setattr(command.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "in.txt").write_text("Hello.")
    wanted = Request(str(tmp_path / "in.txt"), str(tmp_path / "out.tif"), Wishes())
    with pytest.raises(type(error)):
        convert(wanted, failing(error), lambda _name, _done: None)
    assert names(tmp_path) == ["in.txt"]


def test_a_terminated_process_cleans_up(tmp_path):
    script = """
import os, signal, sys
from gateway.command import Request, convert
from gateway.content import Kind
from gateway.transform import Transform, Wishes

def hang(content, wishes, work):
    (work.folder / "half").write_text("x")
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()

step = Transform("render", Kind.TEXT, Kind.FAX, 1.0, 0.0, hang)
convert(Request("in.txt", "out.tif", Wishes()), [step], lambda name, done: None)
"""
    (tmp_path / "in.txt").write_text("Hello.")
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        timeout=60,
        check=False,
    )
    assert ended.returncode == 128 + signal.SIGTERM
    assert names(tmp_path) == ["in.txt"]


def test_the_path_is_explained_without_being_gone(transforms, tmp_path):
    (tmp_path / "in.eml").write_text("From: a@example.org\nSubject: x\n\nhi\n")
    told = explain(Request(str(tmp_path / "in.eml"), "none/out.ogg", Wishes()), transforms)
    assert told.startswith("e-mail → voice: 2 steps, about ")
    assert [line.split()[1] for line in told.splitlines()[1:]] == ["extract", "speak"]
    with pytest.raises(NoPathError):
        explain(Request(str(tmp_path / "in.eml"), "out.eml", Wishes()), transforms)


def test_the_table(transforms):
    titles, rows = listing(transforms)
    assert titles[:6] == ["from", "text", "voice", "e-mail", "fax", "SMS"]
    cells = {row[0]: dict(zip(titles, row, strict=True)) for row in rows}
    assert cells["voice"]["SMS"] == "recognize → segment"
    assert cells["text"]["text"] == "–"
    assert cells["text"]["e-mail, delivered"] == "compose → mail*"  # no server is set
    assert any("submission.host" in line for line in needed(transforms))


def typed(source="", target="", to=None, *, explain=False, table=False, **wishes) -> Typed:
    return Typed(source, target, to, explain, table, wishes)


def test_what_was_typed_is_carried_out(tmp_path, capsys):
    path = tmp_path / "in.txt"
    path.write_text("Hello.")
    lines: list[str] = []
    run(typed(str(path), str(tmp_path / "out.pdf")), GatewaySettings(), lines.append)
    run(typed(str(path), to="fax", explain=True), GatewaySettings(), lines.append)
    run(typed(table=True), GatewaySettings(), lines.append)
    assert lines[0].endswith("out.pdf: fax, application/pdf, 1 page")
    assert lines[1].startswith("text → fax: 1 step")
    assert "needs something first" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (typed(), "voicebot convert IN OUT"),
        (typed("in.txt"), "name the file that is to be made"),
        (typed("in.txt", "out.pdf", "pigeon"), "--to pigeon: it can be text, voice"),
        (typed("in.txt", "out.pdf", subject="x" * 999), "--subject: String should have at most"),
    ],
)
def test_what_was_not_meant_is_told(words, reason):
    with pytest.raises(UsageError, match=reason) as raised:
        run(words, GatewaySettings(), print)
    assert raised.value.exit_status == 2


def test_kinds_have_several_names():
    assert [kind_of(word) for word in ("FAX", "e-mail", "audio")] == ["fax", "email", "voice"]


def test_the_real_command_line(tmp_path):
    (tmp_path / "in.txt").write_text("Hello.")
    program = Path(sys.executable).with_name("voicebot")
    told = subprocess.run(
        [program, "convert", "in.txt", "out.tif", "--recipient", "+15550123"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (told.returncode, told.stdout, told.stderr) == (
        0,
        "out.tif: fax, image/tiff, 2 pages\n",
        "",
    )

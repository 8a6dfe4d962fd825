"""Texts become pages, pages become texts: with the real worker and the real tesseract."""

from __future__ import annotations

import io
import shutil
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from gateway.content import Content, Kind
from gateway.errors import CancelledError, MissingPartError, RefusedError
from gateway.pages import languages
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import PDF, TIFF, cover_for, transforms
from gateway.transform import Wishes

LETTER = """Dear Ms Nguyen,

thank you for your order of 14 November 2026. The amount of $1,234.56 is due
on 31 December 2026. Please call 555 010 0199 with any question.
"""
reads = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


@pytest.fixture
def step(settings):
    """Carries out one transform by name."""

    def run(name, content, work, **wishes):
        (found,) = (step for step in transforms(settings) if step.name == name)
        made = found.run(content, Wishes(**wishes), work)
        assert made.kind == found.target
        assert made.path.parent == work.folder
        assert work.told == sorted(work.told)
        assert work.told[-1] == 1
        return made

    return run


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_text_becomes_fax_pages(step, text, work):
    made = step("render", text(LETTER + "\f" + LETTER), work)
    assert (made.media_type, made.details) == (TIFF, {"pages": 2})
    with Image.open(made.path) as image:
        assert image.n_frames == 2
        assert image.size == (1728, 2292)


def test_a_text_becomes_a_pdf(step, text, work):
    made = step("render", text(LETTER), work, media_type=PDF)
    assert (made.media_type, made.path.suffix) == (PDF, ".pdf")
    with pypdfium2.PdfDocument(made.path) as document:
        assert "Nguyen" in document[0].get_textpage().get_text_bounded()


def test_ssml_is_written_as_it_is_read(step, work, another_work, tmp_path):
    path = tmp_path / "in.ssml"
    path.write_text('<speak>One <sub alias="two">2</sub><break time="1s"/>three</speak>')
    made = step("render", Content(Kind.TEXT, path, "application/ssml+xml"), work, media_type=PDF)
    read = step("read", made, another_work("read"))
    assert read.path.read_text().split() == ["One", "two", "three"]


def test_a_cover_page_comes_before_a_fax_to_somebody(step, text, work, another_work):
    assert step("render", text(LETTER, to="+15550123"), work).details["pages"] == 2
    bare = step("render", text(LETTER, to="+15550123"), another_work("bare"), cover=False)
    assert bare.details["pages"] == 1


def test_what_a_cover_page_says():
    now = datetime(2026, 11, 4, 9, 5, tzinfo=UTC)
    assert cover_for({}, Wishes(subject="Invoice"), now) is None
    cover = cover_for({"from": "a@example.org", "subject": "Old"}, Wishes(recipient="+1"), now)
    assert cover is not None
    assert (cover.sender, cover.recipient) == ("a@example.org", "+1")
    assert (cover.subject, cover.date) == ("Old", "4 November 2026, 09:05")
    assert cover_for({"from": "a@example.org"}, Wishes(cover=False), now) is None


@pytest.mark.parametrize("wished", ["audio/mpeg", "image/png"])
def test_pages_have_no_such_form(step, text, work, wished):
    with pytest.raises(RefusedError, match="pages can be image/tiff or application/pdf, not"):
        step("render", text(LETTER), work, media_type=wished)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"caf\xe9", "the text is not UTF-8: .* at byte 3"),
        (b"x" * 50_001, "more than 50000 characters"),
        (b"\xff" * 300_000, "more than 50000 characters"),
        (b"a\n\n" * 10_000, "more than 20 pages"),
    ],
)
def test_texts_that_are_refused(step, work, tmp_path, data, reason):
    path = tmp_path / "in.txt"
    path.write_bytes(data)
    with pytest.raises(RefusedError, match=reason):
        step("render", Content(Kind.TEXT, path, "text/plain"), work)


def test_the_progress_is_that_of_the_pages(step, text, work):
    step("render", text("page\f" * 19 + "page"), work)
    assert work.told == sorted(work.told)
    assert len(work.told) > 2
    assert work.told[-1] == 1


@reads
def test_fax_pages_are_read(step, text, work, another_work):
    fax = step("render", text(LETTER), work)
    made = step("read", fax, another_work("read"))
    assert made.media_type == "text/plain"
    assert flat(made.path.read_text()) == flat(LETTER)
    assert made.details["pages"] == 1
    assert made.details["confidence"] > 0.85


@reads
@pytest.mark.parametrize("angle", [180, pytest.param(90, marks=pytest.mark.slow)])
def test_a_page_that_was_fed_the_wrong_way_is_turned(
    step, text, work, another_work, document, angle
):
    fax = step("render", text(LETTER * 2, to=""), work)
    with Image.open(fax.path) as image:
        wrong = image.rotate(angle, expand=True)
    file = io.BytesIO()
    dpi = (204, 196) if angle == 180 else (196, 204)
    wrong.save(file, format="TIFF", compression="group4", dpi=dpi)
    found = step("redraw", document(file.getvalue()), another_work("pdf"), media_type=PDF)
    assert flat((found.path.parent / "text.txt").read_text()) == flat(LETTER * 2)
    with pypdfium2.PdfDocument(found.path) as pdf:
        page = pdf[0]
        assert page.get_width() < page.get_height()
        left, _, right, top = page.get_textpage().get_charbox(0)  # D, of Dear, is top left
        assert left < right < page.get_width() / 4
        assert top > page.get_height() * 0.75


@reads
def test_a_searchable_pdf_shows_the_same_pixels(step, text, work, another_work):
    fax = step("render", text(LETTER), work)
    made = step("redraw", fax, another_work("pdf"), media_type=PDF)
    assert (made.media_type, made.details["text"]) == (PDF, "text.txt")
    with pikepdf.open(made.path) as pdf, Image.open(fax.path) as page:
        (raw,) = pdf.pages[0].get_images(recursive=False).values()
        assert pikepdf.PdfImage(raw).as_pil_image().convert("1").tobytes() == page.tobytes()
    with pypdfium2.PdfDocument(made.path) as pdf:
        found = pdf[0].get_textpage().get_text_bounded()
    assert "$1,234.56" in found
    again = step("read", made, another_work("again"))  # from its layer, not by recognizing
    assert again.details["confidence"] == 1


@reads
def test_reading_goes_on_where_it_was_cut_off(step, text, work, another_work, monkeypatch):
    fax = step("render", text("\f".join(["first page", "second page", "third page"])), work)
    cut_off = another_work("read", until=0.3)
    with pytest.raises(CancelledError):
        step("read", fax, cut_off)
    read_once = {path.name: path.stat().st_mtime_ns for path in cut_off.folder.glob("page-*.json")}
    assert len(read_once) == 1
    (cut_off.folder / "scan-0001.png").write_bytes(b"half a pi")  # killed while it was written
    made = step("read", fax, another_work("read"))
    assert made.path.read_text() == "first page\n\nsecond page\n\nthird page\n"
    assert not list(cut_off.folder.glob("scan-*"))
    for name, written in read_once.items():
        assert (cut_off.folder / name).stat().st_mtime_ns == written


def test_a_fax_stays_the_same_to_the_last_pixel(step, text, work, another_work):
    fax = step("render", text(LETTER), work)
    made = step("redraw", fax, another_work("again"))
    with Image.open(fax.path) as before, Image.open(made.path) as after:
        assert before.tobytes() == after.tobytes()


def test_a_pdf_becomes_fax_pages(step, text, work, another_work):
    pdf = step("render", text(LETTER), work, media_type=PDF)
    made = step("redraw", pdf, another_work("fax"))
    direct = step("render", text(LETTER), another_work("direct"))
    with Image.open(made.path) as one, Image.open(direct.path) as other:
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("mode", "form"), [("RGB", "PNG"), ("RGBA", "PNG"), ("L", "JPEG"), ("I;16", "TIFF")]
)
def test_images_become_fax_pages(step, document, work, mode, form):
    image = Image.new("L", (800, 1100), 255)
    ImageDraw.Draw(image).rectangle((100, 100, 700, 200), fill=0)
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 256).convert("I;16")
    elif mode == "RGBA":
        image = Image.merge(
            "RGBA", [Image.new("L", image.size)] * 3 + [image.point(lambda v: 255 - v)]
        )
    else:
        image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, format=form)
    made = step("redraw", document(file.getvalue()), work)
    with Image.open(made.path) as page:
        assert page.width == 1728
        shown = page.convert("L")
        assert shown.getpixel((864, 300)) == 0
        assert shown.getpixel((864, 1000)) == 255


def test_a_standard_resolution_fax_gets_twice_the_rows(step, document, work):
    page = Image.new("1", (1728, 1143), 255)
    ImageDraw.Draw(page).line((0, 10, 1728, 10), fill=0)
    file = io.BytesIO()
    page.save(file, format="TIFF", compression="group3", dpi=(204, 98))
    made = step("redraw", document(file.getvalue()), work)
    with Image.open(made.path) as found:
        assert found.size == (1728, 2286)
        assert [found.getpixel((5, row)) for row in (19, 20, 21, 22)] == [255, 0, 0, 255]


def test_without_tesseract_the_planner_hears_of_it(settings, monkeypatch):
    monkeypatch.setattr(languages.shutil, "which", lambda _: None)
    missing = {step.name: step.missing() for step in transforms(settings)}
    assert missing["render"] == ""
    assert "tesseract-ocr" in missing["read"]


@reads
@pytest.mark.parametrize(
    ("tag", "error", "reason"),
    [
        ("xx", RefusedError, "nothing here reads pages in the language 'xx'"),
        ("uk-UA", MissingPartError, "tesseract-ocr-ukr"),
    ],
)
def test_languages_that_are_not_here(monkeypatch, tag, error, reason):
    monkeypatch.setattr(languages, "installed", lambda: frozenset({"eng", "deu"}))
    with pytest.raises(error, match=reason):
        languages.tesseract_language(tag)


def test_languages_that_are_here(monkeypatch):
    monkeypatch.setattr(languages, "installed", lambda: frozenset({"eng", "deu"}))
    assert languages.tesseract_language("de-AT") == "deu+eng"
    assert languages.tesseract_language("en-GB") == "eng"


def test_settings_are_checked():
    with pytest.raises(ValueError, match="a4"):
        PageSettings(paper="a5")

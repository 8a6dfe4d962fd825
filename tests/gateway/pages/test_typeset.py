"""Texts on pages."""

from __future__ import annotations

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import RefusedError
from gateway.pages.typeset import Cover, Typesetter, cleaned, pieces


@pytest.fixture
def typeset(tmp_path):
    def make(text, cover=None, *, paper="a4", size=11.0, most_pages=20):
        target = tmp_path / "pages.pdf"
        made = Typesetter(paper, size, most_pages).set(text, target, cover)
        with pypdfium2.PdfDocument(target) as document:
            found = [page.get_textpage().get_text_bounded() for page in document]
            sizes = {tuple(map(round, page.get_size())) for page in document}
        assert made.pages == len(found)
        return made, found, sizes

    return make


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_a_text_with_its_line_breaks_and_page_number(typeset):
    made, pages, sizes = typeset("Dear Zoë,\n12 Harbour St\n\nyou owe £1,234.56 & <b>more</b>.\n")
    assert pages[0].split("\r\n") == [
        "Dear Zoë,",
        "12 Harbour St",
        "you owe £1,234.56 & <b>more</b>.",
        "Page 1 of 1",
    ]
    assert made.unprintable == 0
    assert sizes == {(595, 842)}


def test_nothing_of_a_long_text_is_lost(typeset):
    text = "\n\n".join(f"Paragraph {n}: " + "word after word, " * 60 for n in range(12))
    made, pages, sizes = typeset(text, paper="letter")
    assert made.pages > 2
    assert sizes == {(612, 792)}
    for number, page in enumerate(pages, start=1):
        assert page.rstrip().endswith(f"Page {number} of {made.pages}")
    bodies = [squeezed(page).rsplit(" Page ", 1)[0] for page in pages]
    assert squeezed(" ".join(bodies)) == squeezed(text)


def test_columns_of_figures_stay_below_each_other(typeset, tmp_path):
    typeset("Item       Qty    Sum\nPaint        2  25.00\nBrushes     10  39.90")
    with pypdfium2.PdfDocument(tmp_path / "pages.pdf") as document:
        text = document[0].get_textpage()
        searched = [text.search(words).get_next() for words in ("25.00", "39.90")]
        lefts = [text.get_charbox(index)[0] for index, _ in searched]
    assert lefts[0] == pytest.approx(lefts[1], abs=1)


def test_several_alphabets(typeset):
    made, pages, _ = typeset("Łódź, Ελλάδα, Россия 😀\u200d and \ue000")
    assert "Łódź, Ελλάδα, Россия" in pages[0]
    assert made.unprintable == 0  # nothing that should be seen has no glyph; what can't be is gone
    assert typeset("\N{CUNEIFORM SIGN A}b")[0].unprintable == 1


def test_a_new_page_where_the_text_has_one(typeset):
    assert typeset("one\ftwo\fthree")[0].pages == 3


def test_an_empty_text_is_one_empty_page(typeset):
    assert typeset("\n \n\t\n")[0].pages == 1


def test_the_cover_page(typeset):
    cover = Cover("A <Co> & Sons", "+15550123", "Invoice", "24 November 2026")
    made, pages, _ = typeset("The text.", cover)
    assert made.pages == 2
    for words in ("A <Co> & Sons", "+15550123", "Invoice", "2 pages, with this one"):
        assert words in pages[0]
    assert "The text." in pages[1]


@pytest.mark.parametrize("text", ["x\f" * 5, "line\n\n" * 400, "w" * 20_000])
def test_too_many_pages_are_refused(typeset, text):
    with pytest.raises(RefusedError, match="more than 2 pages"):
        typeset(text, most_pages=2)


def test_the_same_text_gives_the_same_file(typeset, tmp_path):
    typeset("same")
    first = (tmp_path / "pages.pdf").read_bytes()
    typeset("same")
    assert (tmp_path / "pages.pdf").read_bytes() == first


@given(st.text(max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_set(tmp_path_factory, text):
    target = tmp_path_factory.mktemp("any") / "pages.pdf"
    assert Typesetter("a4", 11, 400).set(text, target).pages >= 1


@given(st.text(alphabet="ab. \n", max_size=400), st.integers(1, 40))
def test_pieces_lose_nothing(text, longest):
    made = list(pieces(text, longest))
    assert "".join("".join(made).split()) == "".join(text.split())
    assert all(len(piece) <= longest for piece in made)


def test_controls_are_gone_and_line_ends_the_same():
    assert cleaned("a\r\nb\rc\x00\x1b[1m\u2028d\u00a0e\u0301") == "a\nb\nc[1m\nd é"

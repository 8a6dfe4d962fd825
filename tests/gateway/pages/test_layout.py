"""Words with places become a text again."""

from __future__ import annotations

import pytest

from gateway.pages import layout
from gateway.pages.layout import Word

HEAD = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)
EM = 10  # pixels of a character


def lines(*texts: str, block: int = 1, paragraph: int = 1, indent: int = 0) -> list[Word]:
    """Words as they lie when every character is ten pixels wide and twenty high."""
    found = []
    for number, text in enumerate(texts):
        at = indent
        for word in text.split(" "):
            if word:
                place = (block, paragraph, number)
                found.append(Word(word, at, 30 * number, EM * len(word), 20, 0.9, place))
            at += EM * (len(word) + 1)
    return found


def test_tsv_is_read():
    tsv = (
        f"{HEAD}\n1\t1\t0\t0\t0\t0\t0\t0\t1728\t2291\t-1\t\n"
        "5\t1\t1\t1\t1\t1\t98\t40\t50\t20\t96.5\tDear\n"
        "5\t1\t1\t1\t1\t2\t160\t40\t30\t20\t-1\t \n"
    )
    assert layout.words(tsv) == [Word("Dear", 98, 40, 50, 20, 0.965, (1, 1, 1))]


@pytest.mark.parametrize("tsv", ["", "hello", f"{HEAD}\n5\t1\t1", f"{HEAD}\n5" + "\tx" * 11])
def test_what_is_no_tsv_is_refused(tsv):
    with pytest.raises(ValueError, match=r"not what tesseract writes|invalid literal"):
        layout.words(tsv)


def test_a_line_that_ended_with_the_paper_goes_on():
    found = lines("the quick brown fox jumps", "over the lazy dog and", "runs away.")
    assert layout.text(found) == "the quick brown fox jumps over the lazy dog and runs away."


def test_a_line_that_ended_before_stays_a_line():
    found = lines("12 Harbour Street", "Springfield", "and here is a line that is much longer")
    assert layout.text(found).split("\n") == [
        "12 Harbour Street",
        "Springfield",
        "and here is a line that is much longer",
    ]


def test_words_cut_by_a_hyphen_are_mended_but_names_and_numbers_are_not():
    assert (
        layout.text(lines("a very long exam-", "ple of a thing"))
        == "a very long example of a thing"
    )
    assert (
        layout.text(lines("said Mrs Schmidt-", "Rottluff too")) == "said Mrs Schmidt- Rottluff too"
    )
    assert (
        layout.text(lines("please call 0800-", "555 at any time"))
        == "please call 0800- 555 at any time"
    )


def test_columns_keep_their_lines_and_gaps():
    table = lines("Blue paint         2    25.00", "Brushes           10    39.90")
    assert layout.text(table).split("\n") == ["Blue paint   2   25.00", "Brushes   10   39.90"]


def test_paragraphs_and_blocks_are_kept_apart():
    found = [
        *lines("Dear Sir,"),
        *lines("thank you.", paragraph=2),
        *lines("Yours", block=2),
    ]
    assert layout.text(found) == "Dear Sir,\n\nthank you.\n\nYours"


def test_an_empty_page_is_an_empty_text():
    assert layout.text([]) == ""
    assert layout.confidence([]) == 0


def test_long_words_count_more():
    sure = Word("certainly", 0, 0, 1, 1, 1.0, (1, 1, 1))
    unsure = Word("x", 0, 0, 1, 1, 0.0, (1, 1, 1))
    assert layout.confidence([sure, unsure]) == 0.9


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("all is well\n\nPage 2 of 3", "all is well"),
        ("all is well\n\nPage 1 of 3", "all is well\n\nPage 1 of 3"),  # not this page
        ("Page 2 of 3 is missing", "Page 2 of 3 is missing"),
        ("Page 2 of 3", ""),
    ],
)
def test_only_our_own_page_number_is_left_out(page, left):
    assert layout.without_page_number(page, 2, 3) == left

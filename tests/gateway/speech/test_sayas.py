"""say-as: what each reading makes of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.sayas import said_as

READINGS = [
    ("AB-12", "characters", "", "A B dash one two"),
    ("AB 12", "spell-out", "", "A B, one two"),
    ("4821", "digits", "", "four eight two one"),
    ("48 21", "digits", "", "four eight, two one"),
    ("+1 555-123-4567", "telephone", "", "plus one, five five five, one two three, four five six"),
    ("3/4/2026", "date", "dmy", "April third, twenty twenty-six"),
    ("3/4/2026", "date", "mdy", "March fourth, twenty twenty-six"),
    ("2026-04-03", "date", "ymd", "April third, twenty twenty-six"),
    ("2026-04-03", "date", "", "April third, twenty twenty-six"),
    ("4/2026", "date", "my", "April twenty twenty-six"),
    ("3 Apr", "date", "dm", "April third"),
    ("1999", "date", "y", "nineteen ninety-nine"),
    ("$42.01", "currency", "", "forty-two dollars and one cent"),
    ("1,234", "cardinal", "", "one thousand two hundred thirty-four"),
    ("2026", "cardinal", "", "two thousand twenty-six"),
    ("-5", "number", "", "minus five"),
    ("3", "ordinal", "", "third"),
    ("21st", "ordinal", "", "twenty-first"),
    ("hello", "interjection", "", "hello"),
]


@pytest.mark.parametrize(("text", "kind", "form", "words"), READINGS)
def test_readings(text, kind, form, words):
    assert said_as(text, kind, form).startswith(words)


@pytest.mark.parametrize("text", ["31/31/2026", "99/99", "Foo 1", "", "1/2/3/4", "12345-1-1"])
def test_what_is_no_date_is_still_read(text):
    words = said_as(text, "date", "mdy")
    assert not any(c.isdigit() for c in words)
    assert bool(words) == bool(text)


def test_digits_of_other_scripts():
    assert said_as("٤٢", "digits") == "four two"


def test_other_languages_spell_and_leave_the_rest_to_the_voice():
    assert said_as("AB-12", "characters", english=False) == "A B 1 2"
    assert said_as("+49 40", "telephone", english=False) == "+ 4 9 4 0"
    assert said_as("12,50 €", "currency", english=False) == "12,50 €"


@given(
    st.text(max_size=60),
    st.sampled_from(
        "characters spell-out digits telephone date currency cardinal ordinal x".split()
    ),
    st.sampled_from(["", "mdy", "dmy", "ymd", "y", "zz"]),
    st.booleans(),
)
def test_any_text_has_a_reading(text, kind, form, english):
    assert isinstance(said_as(text, kind, form, english=english), str)

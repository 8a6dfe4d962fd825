"""The alphabets of short messages against the tables of TS 23.038, as other codecs have them."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sms.alphabet import (
    Alphabet,
    NotInAlphabet,
    alphabet_of,
    composed,
    decode,
    decode_gsm7,
    encode,
    encode_gsm7,
    typewritten,
    units,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from smpplib.gsm import GSM_CHARACTER_TABLE

GSM = [c for c in map(chr, range(0x10000)) if alphabet_of(c) is Alphabet.GSM7]


def test_the_alphabet_has_127_characters_and_10_of_the_extension():
    assert len(GSM) == 127 + 10
    assert {c for c in GSM if len(encode_gsm7(c)) == 2} == set("\f^{}\\[~]|€")


def test_the_codes_are_those_of_an_independent_table():
    ours = {c: encode_gsm7(c) for c in GSM}
    for place, character in enumerate(GSM_CHARACTER_TABLE[:128]):
        if character not in ("\x1b", "`"):  # it writes ` where it knows nothing (0x5f is §)
            assert ours[character] == bytes([place])
    for character in "^{}\\[~]|€":
        assert ours[character] == bytes([0x1B, GSM_CHARACTER_TABLE.index(character) - 128])
    assert ours["§"] == b"\x5f"


@pytest.mark.parametrize("text", ["Grüße 12 € @home", "naïve", "Привет", "你好", "`", "’", "😀"])
def test_what_a_text_needs(text):
    expected = Alphabet.GSM7 if text.startswith("Grü") else Alphabet.UCS2
    assert alphabet_of(text) is expected


@given(st.text(st.sampled_from(GSM)))
def test_every_gsm_text_comes_back(text):
    assert decode(encode(text, Alphabet.GSM7), Alphabet.GSM7) == text
    assert len(encode_gsm7(text)) == sum(units(c, Alphabet.GSM7) for c in text)


@given(st.text())
def test_every_other_text_comes_back(text):
    data = encode(text, Alphabet.UCS2)
    assert decode(data, Alphabet.UCS2) == text
    assert len(data) == 2 * sum(units(c, Alphabet.UCS2) for c in text)


@given(st.binary())
def test_any_septets_and_any_units_are_some_text(data):
    assert len(decode_gsm7(data)) <= len(data)
    decode(data, Alphabet.UCS2)


def test_a_character_that_is_not_there_is_named():
    with pytest.raises(NotInAlphabet, match="'’'"):
        encode_gsm7("it’s")


def test_an_escape_into_an_unknown_table_and_a_cut_off_one():
    assert decode_gsm7(b"a\x1b\x1bb\x1b") == "a b"
    assert decode_gsm7(b"\x1bA") == "A"


def test_only_typography_is_made_plain():
    assert typewritten("“Don’t” — wait… café\u00a0№ 5\u200b") == '"Don\'t" - wait... café № 5'
    assert alphabet_of(typewritten("“Don’t” – wait…")) is Alphabet.GSM7


def test_texts_are_composed_and_free_of_controls():
    assert composed("e\u0301a\r\nb\rc\x00\x07d\te") == "éa\nb\ncde"


@given(st.text())
def test_composing_twice_changes_nothing(text):
    assert composed(composed(text)) == composed(text)

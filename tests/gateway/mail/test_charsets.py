"""Bytes to text in every character set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.charsets import decode, one_line, tidy

SAMPLES = {
    "utf-8": "Grüße, 你好, привет 👋",
    "iso-8859-1": "Grüße aus Köln, façade",
    "iso-8859-2": "Žluťoučký kůň",
    "iso-8859-5": "Привет",
    "iso-8859-7": "Καλημέρα",
    "iso-8859-8-i": "שלום",
    "iso-8859-15": "100 €",
    "windows-1250": "Zażółć",
    "windows-1251": "Здравствуйте",
    "windows-1252": "“quoted” – €",
    "windows-1255": "שלום",
    "windows-1256": "مرحبا",
    "windows-1258": "Đông",
    "koi8-r": "Письмо",
    "koi8-u": "Київ",
    "gb2312": "你好，世界",
    "gb18030": "龍馬",
    "big5": "電子郵件",
    "euc-kr": "안녕하세요",
    "ks_c_5601-1987": "안녕",
    "iso-2022-jp": "こんにちは",
    "shift_jis": "メール",
    "euc-jp": "日本語",
    "tis-620": "สวัสดี",
    "macintosh": "Grüße",
    "utf-16": "Grüße",
    "utf-7": "Grüße",
    "ibm850": "Grüße",
}


@pytest.mark.parametrize(("charset", "text"), SAMPLES.items())
def test_a_text_comes_back_in_its_character_set(charset, text):
    python = {"iso-8859-8-i": "iso-8859-8", "ks_c_5601-1987": "euc-kr", "macintosh": "mac-roman"}
    assert decode(text.encode(python.get(charset, charset)), charset) == text


def test_smart_quotes_under_a_latin_name_are_windows():
    assert decode(b"\x93Hi\x94 \x96 \x80", "iso-8859-1") == "“Hi” – €"


@pytest.mark.parametrize("charset", [None, "", "x-unknown", "no such thing", "a" * 500, "\0", "é"])
def test_without_a_known_name_it_is_guessed(charset):
    assert decode("Grüße".encode(), charset) == "Grüße"
    assert decode("Grüße".encode("latin-1"), charset) == "Grüße"


@pytest.mark.parametrize(
    "charset", ["zip", "hex", "base64", "rot13", "idna", "punycode", "unicode_escape", "undefined"]
)
def test_a_codec_that_is_no_character_set_is_not_used(charset):
    assert decode(b"\\x41-bcd", charset) == "\\x41-bcd"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_it_never_fails_and_gives_text_that_can_be_written(data, charset):
    decode(data, charset).encode("utf-8")


@given(st.binary(max_size=60), st.sampled_from(sorted(SAMPLES)))
def test_garbage_in_a_known_set_is_text_all_the_same(data, charset):
    decode(data, charset).encode("utf-8")


def test_tidy_takes_out_what_cannot_be_seen():
    assert tidy("a\r\nb\rc\0d\x1be\u202ef\u200bg\ufeff\xa0h") == "a\nb\ncdefg h"
    assert tidy("می\u200cخواهم\u200c ") == "می\u200cخواهم "  # a joiner inside a word is spelling


def test_one_line_is_one_line_and_no_longer_than_it_may():
    assert one_line(" a\n\tb \r\n c ", 80) == "a b c"
    assert one_line("x" * 100, 10) == "x" * 10

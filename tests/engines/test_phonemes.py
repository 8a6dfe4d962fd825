"""Phonemes: the real program, and programs that misbehave."""

import shutil

import pytest

from voicebot.engines import phonemes
from voicebot.engines.base import EngineError
from voicebot.engines.phonemes import Phonemizer

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install)"
)


@pytest.fixture
def program(tmp_path):
    """Makes a stand-in for espeak-ng out of a shell script."""

    def make(script):
        path = tmp_path / "stand-in"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return Phonemizer("en-us", program=str(path))

    return make


@needs_espeak
def test_phonemes_with_the_marks_of_the_text():
    assert Phonemizer("en-us").phonemes("Hello there, how are you?") == (
        "həlˈoʊ ðˈɛɹ, hˈaʊ ɑːɹ juː?"
    )


@needs_espeak
@pytest.mark.parametrize(
    ("text", "marks"),
    [("Wait... what?! No.", ".?."), ("e.g. 3.5, 10:30", ".,"), ("“Yes” – no", ","), ("a\nb", "")],
)
def test_marks(text, marks):
    found = Phonemizer("en-us").phonemes(text)
    assert [c for c in found if c in ",.;:!?"] == list(marks)


@needs_espeak
def test_another_language_and_a_foreign_word_in_it():
    found = Phonemizer("de").phonemes("Das ist ein Meeting.")
    assert "(" not in found
    assert found.startswith("das ɪst")


@pytest.mark.parametrize("text", ["", " ", "...", "?!,", "\x00"])
def test_nothing_to_say_starts_nothing(program, text):
    assert program("exit 1").phonemes(text) == ""


def test_a_clause_that_comes_back_in_two_lines_is_asked_for_alone(program):
    doubled = program("read first; echo $first; echo more")
    assert doubled.phonemes("one") == "one more"


def test_a_program_that_fails(program, monkeypatch):
    with pytest.raises(EngineError, match="status 3: no"):
        program("echo no >&2; exit 3").phonemes("Hello.")
    monkeypatch.setattr(phonemes, "_TIME_LIMIT", 0.05)
    with pytest.raises(EngineError, match="overloaded"):
        program("exec sleep 60").phonemes("Hello.")


def test_what_is_missing():
    with pytest.raises(EngineError, match="apt-get install espeak-ng"):
        Phonemizer("en-us", program="no-such-program")


@needs_espeak
def test_no_language_is_an_argument():
    with pytest.raises(EngineError, match="no language"):
        Phonemizer("--path=/tmp/x y")

"""The round trip of speech, with a recognizer that is told what it hears."""

import json

import pytest

from evaluation import roundtrip_speech
from evaluation.roundtrip_speech import LIMITS, Heard, further, letters, nearest, round_trip
from evaluation.roundtrip_texts import SENTENCES
from gateway.content import Content, Kind


@pytest.mark.parametrize(
    ("wanted", "heard", "errors"),
    [
        ("You owe $1,234.50.", "You owe one thousand two hundred thirty five dollars fifty.", 1),
        ("You owe $1,234.50.", "You owe $1234.50", 0),
        ("On May 3, 2026.", "on May third twenty twenty-six", 0),
        ("Call 555-123-4567.", "Call 5551234567", 0),
        ("Mr. Miller", "Mister Miller", 0),
        ("Mr. Miller", "Mister Mueller", 1),
    ],
)
def test_the_nearer_reading_counts(wanted, heard, errors):
    assert nearest(wanted, heard).errors == errors


def listener(*texts):
    """Hears what it is told to, one text after the other."""
    told = list(texts)

    def listen(voice, folder):
        assert voice.path.is_file()
        return told.pop(0)

    return listen


def silent(_, media_type, folder):
    folder.mkdir()
    (folder / "a.au").write_bytes(b"")
    return Content(Kind.VOICE, folder / "a.au", media_type)


def test_errors_are_counted(tmp_path):
    listen = listener("Hello there.", "Hello where.")
    found = round_trip(["Hello there."] * 2, "mu-law", silent, listen, tmp_path)
    assert (found.errors, found.words, found.rate) == (1, 4, 0.25)
    assert found.wrong == [("Hello there.", "Hello where.", 1)]


def test_letters_have_all_sentences():
    assert letters(["a.", "b.", "c."], 2) == ["a. b.", "c."]


def test_sentences_of_a_file(tmp_path):
    rows = ["text,category", *(f'"Sentence, {n}",x' for n in range(300))]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    found = further([tmp_path / "a.csv"])
    assert len(set(found)) == 100
    assert all(sentence.startswith("Sentence, ") for sentence in found)


def test_the_sentences_are_worth_it():
    assert len(set(SENTENCES)) == len(SENTENCES) >= 50
    assert sum(any(c.isdigit() for c in sentence) for sentence in SENTENCES) > 35


def test_a_missed_limit_is_the_exit_status(tmp_path, monkeypatch, capsys):
    def hears(errors):
        def made(sentences, form, *_):
            return Heard(form, errors, 100)

        return made

    monkeypatch.setattr(roundtrip_speech, "_open", lambda _: (silent, listener()))
    monkeypatch.setattr(
        roundtrip_speech, "reading_speed", lambda *_: roundtrip_speech.Speed(500, 200, 4, 5)
    )
    out = tmp_path / "figures.json"
    for errors, status in ((2, 0), (3, 1)):
        monkeypatch.setattr(roundtrip_speech, "round_trip", hears(errors))
        assert roundtrip_speech.main(["--quick", "--out", str(out)]) == status
    assert json.loads(out.read_text())["speed"]["times"] == 50
    assert "3.00 % (limit 3 %)" in capsys.readouterr().out
    assert LIMITS["mu-law"] == 0.05


def test_a_missing_model_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VOICEBOT_MODELS_DIR", str(tmp_path))
    assert roundtrip_speech.main(["--quick"]) == 2
    assert "--fetch whisper-base" in capsys.readouterr().err

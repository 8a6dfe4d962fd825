"""Is the voice understood? It speaks, mu-law carries it, Whisper writes it down."""

import re

import jiwer
import numpy as np
import pytest

from tests.engines.realaudio import LINE, WHISPER, needs_whisper, over_the_line
from voicebot.dialogue.spoken import spoken
from voicebot.engines.base import VoiceSettings
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.whisper import WhisperRecognizer

pytestmark = [pytest.mark.real, needs_whisper]

SENTENCES = (
    "Welcome to Harbour Bank. How can I help you today?",
    "Your current balance is $1,234.50.",
    "I have transferred $75 to your savings account.",
    "Your card ending in 4821 has been blocked.",
    "Please tell me the last four digits of your card.",
    "The payment is due on 3 December 2026.",
    "We are open from 9 am to 5:30 pm, Monday to Friday.",
    "Please call us at 555-123-4567.",
    "Your reference number is 704913.",
    "The interest rate is 2.5 percent.",
    "I'm sorry, I didn't catch that. Could you say it again?",
    "You spent $48.20 at the grocery store on November 21st.",
    "I'm putting you through to one of my colleagues.",
    "Your new PIN will arrive within 5 working days.",
    "Is there anything else I can do for you?",
)


def words(text: str) -> str:
    """Words as they are said, British spelling made American, single digits apart."""
    text = re.sub(r"(?<=\d)[-\s](?=\d)", "", text)  # however a number is grouped in writing
    said = spoken(text).lower().replace("harbour", "harbor").replace("-", " ")
    return " ".join(re.findall(r"[a-z']+", said))


@pytest.fixture(scope="module")
def heard():
    voice, recognizer = HibariSynthesizer(), WhisperRecognizer(WHISPER)
    texts = {}
    for sentence in SENTENCES:
        chunks = voice.stream(spoken(sentence), LINE, VoiceSettings())
        audio = over_the_line(np.concatenate(list(chunks)), LINE)
        texts[sentence] = recognizer.recognize(audio, LINE).text
    return texts


def test_bank_sentences_are_understood(heard):
    errors = jiwer.wer([words(s) for s in SENTENCES], [words(heard[s]) for s in SENTENCES])
    assert errors < 0.05


@pytest.mark.parametrize(
    ("sentence", "figure"), [(1, "1,234.50"), (3, "4821"), (8, "704913"), (9, "2.5"), (11, "48.20")]
)
def test_figures_arrive_exactly(heard, sentence, figure):
    digits = re.sub(r"\D", "", figure)
    assert digits in re.sub(r"\D", "", heard[SENTENCES[sentence]])

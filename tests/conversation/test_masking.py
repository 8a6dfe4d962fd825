"""What may not be kept is not kept, and a masked call still replays."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.commands import AskDialogue, RecordTurn, TellDialogue
from voicebot.conversation.events import Digit, Party, Reply, SpeechStarted, Transcript, Word
from voicebot.conversation.masking import MASK, mask, masked_command, masked_event


@given(st.text())
def test_masking_hides_every_letter_and_digit_and_is_idempotent(text: str) -> None:
    masked = mask(text)
    assert not any(c.isalnum() for c in masked)
    assert mask(masked) == masked
    assert len(masked) == len(text)
    assert bool(masked.strip()) == bool(text.strip())


def test_words_readings_and_text_of_a_transcript() -> None:
    heard = Transcript(3, "four 8", 0.8, ("for ate",), (Word("four", 1.0, 1.4, 0.9),), 0.2)
    kept = masked_event(heard)
    assert replace(kept, standing=None, manner=None) == Transcript(
        3, "•••• •", 0.8, ("••• •••",), (Word("••••", 1.0, 1.4, 0.9),), 0.2
    )
    assert masked_event(kept) == kept


def test_keys_keep_what_ends_them() -> None:
    assert masked_event(Digit("4")) == Digit(MASK)
    assert masked_event(Digit(MASK)) == Digit(MASK)
    assert masked_event(Digit("#")) == Digit("#")


def test_entities_and_payloads() -> None:
    reply = Reply(1, ("Thank you.",), entities=({"value": "4821", "start": 4},), intent="inform")
    kept = masked_event(reply)
    assert isinstance(kept, Reply)
    assert kept.entities == ({"value": "••••", "start": MASK},)
    assert kept.texts == ("Thank you.",)
    told = TellDialogue(2, "dtmf", {"digits": "4821", "count": 4})
    assert masked_command(told) == TellDialogue(2, "dtmf", {"digits": "••••", "count": MASK})
    asked = AskDialogue(2, "four eight", 0.9, ("for ate",))
    assert masked_command(asked) == AskDialogue(2, "•••• •••••", 0.9, ("••• •••",))


def test_the_rest_is_kept_as_it_is() -> None:
    event, command = SpeechStarted(1.0), RecordTurn(1, Party.BOT, "What is your PIN?")
    assert masked_event(event) is event
    assert masked_command(command) is command

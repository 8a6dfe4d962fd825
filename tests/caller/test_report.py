"""The conversation as text."""

from voicebot.caller.report import conversation
from voicebot.caller.result import CallEvent, CallResult, Turn


def test_a_conversation_reads_well() -> None:
    result = CallResult(
        turns=(
            Turn("bot", 0.52, 2.0, "Good day."),
            Turn("caller", 2.96, 4.0, "balance.wav"),
            Turn("bot", 4.64, 7.0, "", response=0.64),
            Turn("caller", 59.96, 64.0, "[keys 12]"),
            Turn("bot", 65.0, 67.0, "Thank you.", response=1.0),
        ),
        caller_pcm=bytes(16000 * 68),
        bot_pcm=bytes(16000 * 68),
        ended_by="bot",
        events=(
            CallEvent(2.9, "caller: balance.wav", odd=False),
            CallEvent(63.0, "the bot took back 0.40 s of speech"),
        ),
        mistakes=2,
    )
    assert conversation(result) == [
        "00:00.5  bot              Good day.",
        "00:03.0  caller           balance.wav",
        "00:04.6  bot      640 ms  (no words recognized)",
        "01:00.0  caller           [keys 12]",
        "01:03.0  (the bot took back 0.40 s of speech)",
        "01:05.0  bot     1000 ms  Thank you.",
        "01:08.0  the bot hung up",
        "response: median 820 ms, slowest 1000 ms, of 2",
        "2 messages of the bot that Twilio would not accept",
    ]


def test_a_call_without_a_word() -> None:
    result = CallResult((), b"", b"", "lost")
    assert conversation(result) == ["00:00.0  the connection was lost"]

"""What pipecat is run with, read by its server and by the benchmark's report."""

from __future__ import annotations

from typing import Final

GREETING: Final = "Hello, this is Harbour Bank. How can I help you?"
ANSWER: Final = (
    "I can't help with that. I can help with accounts, cards, bills and appointments. "
    "What would you like?"
)
"""As long as what our agent says to the same recordings, so that callers talk equally often."""

LINE_RATE: Final = 8000
LISTENING_RATE: Final = 16000
"""Hertz: Whisper's rate; pipecat's service does not convert."""
COMPUTE_TYPE: Final = "int8"
NO_SPEECH: Final = 1.0
"""What Whisper takes for silence is kept: thrown away, it would leave a short word unanswered."""

VARIANTS: Final = {
    "smart_turn": "smart-turn v3.2 after 0.2 s without voice (its default)",
    "timeout": "0.6 s after voice activity has ended (0.2 s)",
}
"""pipecat's two ways to end a turn without a cloud service."""

BETTER: Final = (
    "one Whisper model for all calls instead of one for each",
    f"{COMPUTE_TYPE}, language given",
    "as many recognitions at once as there are cores, one thread each: as fast for one caller as "
    "one recognition with all cores, and half as fast again for several",
    f"no_speech_prob {NO_SPEECH:g} instead of 0.4",
    "no debug log, RTVI messages, turn tracking or metrics",
    "a dialogue that answers at once, without a model, with audio rendered before the first call",
)
"""Where pipecat is not run as it is by default, because this is better for it."""
KEPT: Final = (
    "Silero at confidence 0.7, start 0.2 s, stop 0.2 s, volume 0.6",
    "beam 5 and a window of 30 s, which its service has no setting for",
    "one process: uvicorn, FastAPIWebsocketTransport, TwilioFrameSerializer, audio in 40 ms",
)
"""Its defaults that matter."""

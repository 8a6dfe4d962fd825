"""What pipecat is run with, read by its server and by the benchmark's report."""

from __future__ import annotations

from typing import Final

GREETING: Final = "Hello, this is Harbour Bank. How can I help you?"
ANSWER: Final = (
    "I can't help with that. I can help with accounts, cards, bills and appointments. "
    "What would you like?"
)
"""What the tuned variant says: as long as what Rasa answers to the same recordings."""

LINE_RATE: Final = 8000
LISTENING_RATE: Final = 16000
"""Hertz: Whisper's rate; pipecat's service does not convert."""
COMPUTE_TYPE: Final = "int8"
NO_SPEECH: Final = 1.0
"""What Whisper takes for silence is kept: thrown away, it would leave a short word unanswered."""

DOCUMENTED: Final = "documented"
TUNED: Final = "tuned"
_TURNS: Final = {
    "smart_turn": "smart-turn v3.2 after 0.2 s without voice (its default)",
    "timeout": "0.6 s after voice activity has ended (0.2 s)",
}
VARIANTS: Final = {
    f"{DOCUMENTED}_smart_turn": f"as its documentation shows; {_TURNS['smart_turn']}",
    f"{DOCUMENTED}_timeout": f"as its documentation shows; {_TURNS['timeout']}",
    f"{TUNED}_smart_turn": f"tuned; {_TURNS['smart_turn']}",
}
"""The same agent as ours, put together as pipecat's documentation shows: its own Whisper service
with its defaults, our Rasa, our voice, in pipecat's two ways to end a turn without a cloud service.
And an agent with all that we know to make it faster, in the quicker of them."""

DOCUMENTED_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": ""}
"""Variables that our agent sets for itself and nobody else has: here they are as by default."""

BETTER: Final = (
    f"{COMPUTE_TYPE} weights, as our agent has them, language given",
    "a model that is loaded for a call does not hold up the others",
    "no debug log, RTVI messages, turn tracking or metrics",
    "no call is recorded, and nothing is written down",
)
"""Where no variant is run as by default, because this is better for it."""
ONLY_TUNED: Final = (
    "a dialogue that answers at once, without a model, with audio rendered before the first call",
    "one Whisper model for all calls instead of one for each (its service is changed for that)",
    "as many recognitions at once as there are cores, one thread each: as fast for one caller as "
    "one recognition with all cores, and half as fast again for several",
    "one thread for numpy's linear algebra, as our agent has it",
    f"no_speech_prob {NO_SPEECH:g} instead of 0.4",
)
"""What the tuned variant has besides, and its documentation does not mention."""
KEPT: Final = (
    "Silero at confidence 0.7, start 0.2 s, stop 0.2 s, volume 0.6",
    "beam 5 and a window of 30 s, which its service has no setting for",
    "one process: uvicorn, FastAPIWebsocketTransport, TwilioFrameSerializer, audio in 40 ms",
)
"""Its defaults that matter."""

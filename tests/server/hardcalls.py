"""Calls for bad lines: the agent's own settings, and dialogues that never give up or soon do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.conversation.line import Frame, Line, Tape
from tests.server.hardsounds import white
from voicebot.audio.pcm import Float32, Int16
from voicebot.config import Settings
from voicebot.conversation.events import Handoff, Party, Reply
from voicebot.conversation.turns import Patience
from voicebot.engines.silero import SileroModel
from voicebot.server.parts import policy_from

TEN_MINUTES = 600.0
POLICY = replace(policy_from(Settings()), call=TEN_MINUTES, foresight=False, partial_every=0.0)
PATIENCE = POLICY.patience or Patience()
QUESTION = "Are you still there?"
SORRY = "Sorry, I did not catch that."
ANSWER = "All right, I have noted that for you. Anything else?"
GREETED = 4.0
"""Seconds after which the bot has greeted and listens."""


def patient(turn: int, said: str) -> Reply:
    """Never gives up."""
    known = {
        "/start": "Welcome to the bank. How can I help you?",
        "/silence": QUESTION,
        "/not_understood": SORRY,
    }
    return Reply(turn, (known.get(said, ANSWER),))


def tiring() -> Callable[[int, str], Reply]:
    """Says goodbye at the third silence in a row; calls a person after three misses."""
    silences = misses = 0

    def answer(turn: int, said: str) -> Reply:
        nonlocal silences, misses
        silences = silences + 1 if said == "/silence" else 0
        misses = misses + 1 if said == "/not_understood" else misses
        if silences == 3:
            return Reply(turn, ("Goodbye.",), end=True)
        if misses == 3:
            return Reply(turn, (), handoff=Handoff("not_understood"))
        return patient(turn, said)

    return answer


def begun(
    silero: SileroModel,
    answer: Callable[[int, str], Reply | None] = patient,
    **wishes: object,
) -> Line:
    """A call that has just begun, with `wishes` for its `Line`."""
    policy = wishes.pop("policy", POLICY)
    return Line(answer, policy, activity=silero.stream(), **wishes).start()


def taped(seconds: float, *parts: tuple[float, Int16 | Float32, str]) -> Tape:
    """A tape with line noise at -65 dBFS and `parts`: when, what, and the words in it."""
    tape = Tape(seconds)
    tape.lay(0.0, white(seconds, -65.0))
    for at, samples, text in parts:
        tape.lay(at, samples, text)
    return tape


def everything_was_heard(line: Line) -> None:
    """Whatever the bot said was heard to its end, if in several parts; but for the deadline."""
    lines = [said for said in line.lines().values() if said.party is Party.BOT]
    assert lines
    for said in lines:
        assert said.heard is None or said.times["finished"] >= TEN_MINUTES, said
        assert "finished" in said.times, said


BENT: dict[str, Callable[[Tape], list[Frame]]] = {
    "12 dB over": lambda tape: tape.frames(gain=4.0 * 32768.0 / float(np.abs(tape.samples).max())),
    "offset 6000": lambda tape: tape.frames(offset=6000.0),
    "offset -6000": lambda tape: tape.frames(offset=-6000.0),
}
"""What amplifiers and broken lines make of a wave."""

"""A call as text: when, who, what, and how fast the bot answered."""

from __future__ import annotations

import statistics

from voicebot.caller.result import CallResult, Turn

_ENDINGS = {
    "caller": "the caller hung up",
    "bot": "the bot hung up",
    "interrupted": "interrupted: hung up at your wish",
    "lost": "the connection was lost",
}


def conversation(result: CallResult) -> list[str]:
    """The lines of a report: each turn, what was odd, how the call ended, response times.

    A turn looks like `00:07.4  bot      640 ms  Your balance is ...`.
    """
    timed = [(turn.start, _line(turn)) for turn in result.turns]
    timed += [
        (event.at, f"{_clock(event.at)}  ({event.what})") for event in result.events if event.odd
    ]
    lines = [line for _, line in sorted(timed, key=lambda pair: pair[0])]
    lines.append(f"{_clock(result.seconds)}  {_ENDINGS[result.ended_by]}")
    if result.responses:
        lines.append(
            f"response: median {_milliseconds(statistics.median(result.responses))}, "
            f"slowest {_milliseconds(max(result.responses))}, of {len(result.responses)}"
        )
    if result.mistakes:
        lines.append(f"{result.mistakes} messages of the bot that Twilio would not accept")
    return lines


def _line(turn: Turn) -> str:
    response = "" if turn.response is None else _milliseconds(turn.response)
    text = turn.text or ("(no words recognized)" if turn.party == "bot" else "")
    return f"{_clock(turn.start)}  {turn.party:6} {response:>8}  {text}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes):02}:{rest:04.1f}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"

"""One turn of a caller, measured: from the end of speech to the answer, stage by stage. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evaluation.bench.calls import CallLog
from evaluation.bench.clips import Clip
from evaluation.bench.measures import Speech, bot_sounds, onset_after, sounding_at, speech_of
from evaluation.bench.trace import CallTrace, Line

STAGES: Final = ("noticed", "transcribed", "decided", "replied", "first_audio", "audible")
"""In the order in which they come about, as a rule."""
TOLERANCE: Final = 0.03
"""Seconds by which clocks and the hearing of ends may differ."""
QUIET: Final = 0.2
"""Seconds of the bot's silence before a sound that make it an answer."""
BRIDGED: Final = 0.3
"""Seconds of silence within the bot's speech."""
_DIALOGUE: Final = ("speech",)


@dataclass(frozen=True, slots=True)
class Turn:
    """A clip that was said, and what came of it; times in seconds of the call.

    `response` is from the end of the speech to the first audible answer (None: there was none).
    `cut_off`: the bot spoke into the clip, or declared the turn over before its speech ended, or
    made two turns of it. `over_bot`: the bot was still speaking when the clip began, so that the
    turn says nothing. `stages` are seconds after the end of the speech, where the agent keeps a
    record; `text` is what it understood.
    """

    clip: str
    set: str
    speech: Speech
    response: float | None
    cut_off: bool
    over_bot: bool
    stages: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    late: float = 0.0


def turns_of(log: CallLog, trace: CallTrace | None) -> list[Turn]:
    """The turns of a call, measured from its two channels, with the agent's stages beside them."""
    spoken = [(said, speech_of(said)) for said in log.said]
    shift = trace.began - log.began if trace is not None else 0.0
    found = []
    for number, (said, speech) in enumerate(spoken):
        if speech is None:
            continue
        later = [other for _, other in spoken[number + 1 :] if other is not None]
        until = later[0].start if later else log.seconds
        lines = lines_of(trace, shift, speech, until) if trace is not None else []
        found.append(turn_of(log, trace, said.clip, speech, until, lines))
    return found


def turn_of(
    log: CallLog,
    trace: CallTrace | None,
    clip: Clip,
    speech: Speech,
    until: float,
    lines: Sequence[Line],
) -> Turn:
    """The turn of a clip that was heard as `speech`, before whatever came at `until`.

    `lines` are those of the agent's record that the clip became.
    """
    sounds = bot_sounds(log.bot)
    shift = trace.began - log.began if trace is not None else 0.0
    answer = onset_after(sounds, speech.end, QUIET)
    if answer is not None and answer >= until:
        answer = None
    over_bot = sounding_at(sounds, speech.start, BRIDGED)
    stages = _stages(trace, lines, shift, speech, until) if trace is not None else {}
    if answer is not None:
        stages["audible"] = answer - speech.end
    return Turn(
        clip=clip.id,
        set=clip.set,
        speech=speech,
        response=None if answer is None else answer - speech.end,
        cut_off=not over_bot and _cut_off(sounds, speech, lines, shift),
        over_bot=over_bot,
        stages=stages,
        text=" ".join(line.text for line in lines),
        late=log.late,
    )


def _cut_off(
    sounds: Sequence[tuple[float, float]], speech: Speech, lines: Sequence[Line], shift: float
) -> bool:
    spoke_into = any(speech.start < start < speech.end - TOLERANCE for start, _ in sounds)
    decided = [line.times["decided"] + shift for line in lines if "decided" in line.times]
    early = any(at < speech.end - TOLERANCE for at in decided)
    return spoke_into or early or len(lines) > 1


def lines_of(trace: CallTrace, shift: float, speech: Speech, until: float) -> list[Line]:
    """The agent's lines of the caller that belong to the clip: what they began with lies in it.

    `shift` brings the agent's clock to the caller's.
    """
    return [
        line
        for line in trace.lines
        if line.party == "caller"
        and line.kind in _DIALOGUE
        and speech.start - 0.5 <= line.times.get("started", -1.0) + shift < min(until, speech.end)
    ]


def _stages(
    trace: CallTrace, lines: Sequence[Line], shift: float, speech: Speech, until: float
) -> dict[str, float]:
    """Seconds from the end of the speech to each stage of the turn that ended it."""
    if not lines:
        return {}
    last = lines[-1]
    stages = {
        name: last.times[name] + shift - speech.end
        for name in ("transcribed", "decided", "replied")
        if name in last.times
    }
    paused = last.times.get("paused")
    for entry in trace.events("SpeechPaused", "party", "caller"):
        if paused is not None and abs(float(entry.data["at"]) - paused) < 1e-6:
            stages["noticed"] = entry.at + shift - speech.end
    for line in trace.lines:
        first = line.times.get("first_audio")
        if line.party == "bot" and line.number > last.number and first is not None:
            if first + shift < until:
                stages["first_audio"] = first + shift - speech.end
            break
    return stages

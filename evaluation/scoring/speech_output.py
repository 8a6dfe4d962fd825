"""Speech output: is what the bot says recognised as what it meant, and how good does it sound?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from evaluation.runs.model import BotTurn
from evaluation.scoring.alignment import align, counts_of
from evaluation.scoring.dnsmos import Dnsmos
from evaluation.scoring.gathered import Call, Gathered, Key
from evaluation.scoring.metrics import Wanted, measured, missing, ratios, values
from evaluation.scoring.model import Metric
from evaluation.scoring.normalise import comparable
from voicebot.audio.pcm import Int16

WER: Final = Wanted(
    "speech_output.wer",
    "Word errors of what is recognised back",
    "share",
    "lower",
    "ratio",
    "nothing that the bot said was recognised back",
)
_DNSMOS_KEY: Final = "speech_output.dnsmos"
_EDGE: Final = 0.3
"""Seconds after its audible end at which a turn of the bot may still be what was stopped."""


def metrics(gathered: Gathered, folder: Path | None, model: Path | None) -> list[Metric]:
    """Recognised back, and DNSMOS of the bot's channel where `model` is its file.

    Raises:
        DnsmosError: the file is no such model.
    """
    back = ratios(part for call in gathered.calls for part in _recognised_back(call))
    found = [measured(WER, back, gathered)]
    if model is None:
        why = "its model is not installed: `python -m voicebot.models --fetch dnsmos`"
        return [*found, missing(_dnsmos(why))]
    if folder is None:
        return [*found, missing(_dnsmos("the recordings of the run were not given"))]
    wanted = _dnsmos("no call of the run has a recording in which the bot speaks")
    judge = Dnsmos(model)
    scores = values(part for call in gathered.calls for part in _sounds(call, folder, judge))
    return [*found, measured(wanted, scores, gathered)]


def _dnsmos(because: str) -> Wanted:
    title = "Quality of the voice on the line (DNSMOS)"
    return Wanted(_DNSMOS_KEY, title, "points", "higher", "mean", because)


def _recognised_back(call: Call) -> Iterator[tuple[Key, float, float]]:
    """Word errors of everything that the bot could say to its end."""
    for bot in call.record.bot:
        if not bot.heard or _cut_short(call, bot):
            continue
        counts = counts_of(align(*comparable(bot.text, bot.heard)))
        yield call.key, float(counts.errors), float(counts.words)


def _cut_short(call: Call, bot: BotTurn) -> bool:
    """Did the caller stop it within its text?"""
    return any(
        turn.yielded is not None
        and turn.start is not None
        and bot.start <= turn.start < bot.end + _EDGE
        for turn in call.record.turns
    )


def _sounds(call: Call, folder: Path, judge: Dnsmos) -> Iterator[tuple[Key, float]]:
    """The score of all that the bot said in a call, without the silence between."""
    path = folder / call.record.audio
    if not call.record.audio or not path.is_file():
        return
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    bot = samples[:, -1]
    pieces = [bot[round(t.start * rate) : round(t.end * rate)] for t in call.record.bot]
    speech: Int16 = np.concatenate([*pieces, np.zeros(0, np.int16)])
    if len(speech):
        yield call.key, judge.overall(speech, int(rate))

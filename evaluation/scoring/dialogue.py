"""The dialogue: tasks done by the state of the database, repeats, effort, escalation, repair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from math import comb
from typing import Final

from evaluation.runs.model import BotTurn, CallerTurn
from evaluation.scoring.gathered import Call, Gathered, Key
from evaluation.scoring.metrics import Wanted, measured, shares, values
from evaluation.scoring.model import Metric, Verdict
from evaluation.scoring.normalise import normalised
from evaluation.scoring.understanding import FALLBACK
from evaluation.scoring.verdicts import caller_turns, judgeable, outcome_of, reasons

_NONE_PASSED: Final = "no call was as it had to be"
SUCCESS: Final = Wanted(
    "dialogue.success",
    "Calls as they had to be",
    "share",
    "higher",
    "ratio",
    "there is no call that can be judged",
)
DATABASE: Final = Wanted(
    "dialogue.database",
    "Database as it had to be",
    "share",
    "higher",
    "ratio",
    "no case says what the database must hold",
)
TURNS: Final = Wanted(
    "dialogue.turns", "Turns of a successful call", "turns", "lower", "mean", _NONE_PASSED
)
SECONDS: Final = Wanted(
    "dialogue.seconds", "Length of a successful call", "s", "lower", "mean", _NONE_PASSED
)
CONTAINED: Final = Wanted(
    "dialogue.containment",
    "Calls done by the bot alone",
    "share",
    "higher",
    "ratio",
    "no call has an outcome",
)
PRECISION: Final = Wanted(
    "dialogue.escalation_precision",
    "Hand-overs that were due",
    "share",
    "higher",
    "ratio",
    "the bot handed no call over whose outcome the set tells",
)
RECALL: Final = Wanted(
    "dialogue.escalation_recall",
    "Due hand-overs that were made",
    "share",
    "higher",
    "ratio",
    "no case expects a hand-over",
)
REPAIR: Final = Wanted(
    "dialogue.repair",
    "Turns that the bot had to have again",
    "share",
    "lower",
    "ratio",
    "the caller had no turn that was answered",
)

_HANDED_OVER: Final = frozenset({"escalated", "callback"})
_ASKS_AGAIN: Final = frozenset({"repeat", "slower", "faster", "help", "hold_on"})
"""Intents of a caller who wants to hear the question again."""
_CLOCKS: Final = 0.15
"""Seconds by which a turn of the bot and an answer may lie apart and still be the same."""
_SAME: Final = 3
"""Words that make a last sentence a question that can be known again."""


def metrics(gathered: Gathered, verdicts: Sequence[Verdict]) -> list[Metric]:
    """Everything that is said of dialogues."""
    passed = {(each.case, each.attempt) for each in verdicts if each.passed}
    known = [call for call in gathered.calls if judgeable(call)]
    good = [call for call in gathered.calls if call.key in passed]
    state = shares(
        (call.key, all(reason.kind not in ("database", "call") for reason in reasons(call)))
        for call in known
        if call.case.expected.database
    )
    turns = values((call.key, float(caller_turns(call))) for call in good)
    seconds = values((call.key, call.record.seconds) for call in good)
    return [
        measured(SUCCESS, shares((c.key, c.key in passed) for c in known), gathered),
        *_pass_hat(known, passed, gathered),
        measured(DATABASE, state, gathered),
        measured(TURNS, turns, gathered),
        measured(SECONDS, seconds, gathered),
        measured(CONTAINED, shares(_contained(gathered)), gathered),
        measured(PRECISION, shares(_escalations(gathered, of_found=True)), gathered),
        measured(RECALL, shares(_escalations(gathered, of_found=False)), gathered),
        measured(REPAIR, shares(_repairs(gathered)), gathered),
    ]


def _pass_hat(known: Sequence[Call], passed: set[Key], gathered: Gathered) -> list[Metric]:
    """pass^k: the chance that all of k calls of a case are as they had to be.

    Estimated without bias from n calls of which c were so: C(c, k) / C(n, k), the mean over cases
    that were called k times or more. Source: S. Yao et al., "tau-bench" (2024).
    """
    by_case: dict[str, list[Key]] = {}
    for call in known:
        by_case.setdefault(call.record.case, []).append(call.key)
    most = max((len(keys) for keys in by_case.values()), default=0)
    found = []
    for k in range(2, max(most, 2) + 1):
        wanted = Wanted(
            f"dialogue.pass_{k}",
            f"All of {k} calls of a case as they had to be",
            "share",
            "higher",
            "ratio",
            f"no case was called {k} times",
        )
        samples = {
            keys[0]: (all_of(k, sum(key in passed for key in keys), len(keys)), 1.0)
            for keys in by_case.values()
            if len(keys) >= k
        }
        found.append(measured(wanted, samples, gathered))
    return found


def all_of(k: int, passed: int, calls: int) -> float:
    """The unbiased estimate that `k` calls all pass where `passed` of `calls` did."""
    return comb(passed, k) / comb(calls, k)


def _contained(gathered: Gathered) -> Iterator[tuple[Key, bool]]:
    for call in gathered.calls:
        if call.record.outcome:
            yield call.key, outcome_of(call) == "contained"


def _escalations(gathered: Gathered, *, of_found: bool) -> Iterator[tuple[Key, bool]]:
    """Hand-overs that were made and due: of those that were made, or of those that were due."""
    for call in gathered.calls:
        wanted = call.case.expected.outcome
        if wanted is None or not call.record.recorded:
            continue
        due, made = wanted in _HANDED_OVER, outcome_of(call) in _HANDED_OVER
        if made if of_found else due:
            yield call.key, due and made


def _repairs(gathered: Gathered) -> Iterator[tuple[Key, bool]]:
    """Had the bot to have each answered turn again: not heard, not understood, asked again?"""
    for call in gathered.recorded:
        turns = [turn for turn in call.record.turns if _takes_part(turn)]
        for turn, following in zip_longest(turns, turns[1:]):
            yield call.key, _not_taken(turn) or _asked_again(call, turn, following)


def _takes_part(turn: CallerTurn) -> bool:
    return turn.kind != "silence" and not turn.backchannel and turn.answered is not None


def _not_taken(turn: CallerTurn) -> bool:
    """Was nothing heard of words, or nothing made of them?"""
    unheard = turn.kind == "say" and bool(turn.reference) and not turn.heard.strip()
    return unheard or (turn.understood is not None and turn.understood.intent == FALLBACK)


def _asked_again(call: Call, turn: CallerTurn, following: CallerTurn | None) -> bool:
    """Does the bot's answer end with the question that it had asked before the turn?"""
    if turn.understood is not None and turn.understood.intent in _ASKS_AGAIN:
        return False
    answered = (turn.answered or 0.0) - _CLOCKS
    until = following.answered if following is not None else None
    spoken = sorted(call.record.bot, key=lambda bot: bot.start)
    before = [bot for bot in spoken if bot.start < answered]
    after = [bot for bot in spoken[len(before) :] if until is None or bot.start < until - _CLOCKS]
    if not before or not after:
        return False
    question = _last_sentence(before[-1])
    return len(question) >= _SAME and question == _last_sentence(after[-1])


def _last_sentence(bot: BotTurn) -> list[str]:
    sentences = [part for part in bot.text.replace("?", ".").split(". ") if part.strip(". ")]
    return normalised(sentences[-1]) if sentences else []

"""Bots that answer calls by chance: a good one, equal ones, and some that are worse in one respect.

What is hard about a case is hard for every bot: each case has a difficulty of its own, as voices
and lines have. What differs from run to run is drawn anew. Nothing of a bot's fault is written into
a figure: a word left out makes an intent unknown, and that a call fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.runs.model import (
    BotTurn,
    CallerTurn,
    CallRecord,
    DoneAction,
    Run,
    RunInfo,
    Understood,
)
from evaluation.sets.model import Action, Case, EvaluationSet, Expected, Line, Rows, Say

REQUESTS = {
    "balance": "could you tell me how much money is in my checking account please",
    "transfer": "i would like to move some money from checking to savings",
    "card": "i have lost my debit card somewhere in town yesterday",
    "cheques": "please order a new book of cheques for my account",
    "bill": "i need to pay the electricity bill before the weekend",
    "password": "my online password does not work any more can you reset it",
    "appointment": "i want to make an appointment at the branch next tuesday",
    "hours": "when does the branch in the high street open on saturday",
}
LATER = (
    ("inform", "it is about the account that ends in four four one nine"),
    ("affirm", "yes that is right please go ahead with it"),
    ("goodbye", "no thank you that was all for today goodbye"),
)
OTHER_WORDS = "the and for with house street morning paper window green seven little".split()
CASES_A_TASK = 8
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Bot:
    """`errors` multiplies the words misheard, `cut_off` is the share of turns that are ended too
    early, `unknown` an intent that the model does not have, `wait` the median wait in seconds."""

    name: str
    errors: float = 1.0
    cut_off: float = 0.02
    unknown: str = ""
    wait: float = 0.9


GOOD = Bot("good")
WITHOUT_INTENT = Bot("an intent removed", unknown="transfer")
IMPATIENT = Bot("endpointing too short", cut_off=0.16, wait=0.6)
IN_NOISE = Bot("10 dB more noise", errors=2.5)


def cases() -> EvaluationSet:
    """Eight calls of each of the eight tasks."""
    found = []
    for task, request in REQUESTS.items():
        turns = (Say(request, intent=task), *(Say(text, intent=intent) for intent, text in LATER))
        for number in range(CASES_A_TASK):
            found.append(
                Case(
                    id=f"{task}-{number}",
                    turns=turns,
                    line=Line(snr=None if number % 2 else 15.0),
                    expected=Expected(
                        outcome="contained",
                        actions=(Action(task),),
                        database=(Rows(task, ({"done": 1},)),),
                    ),
                    tags=(task, "clean" if number % 2 else "noisy"),
                )
            )
    return EvaluationSet(Path(), "bots", "1", "CC0-1.0", "", "test", True, tuple(found), "digest")


def run(bot: Bot, seed: int, attempts: int = ATTEMPTS) -> Run:
    """A run of that bot: everything that chance decides comes from `seed`."""
    world = np.random.default_rng(20_261_124)
    chance = np.random.default_rng([seed, 7])
    calls = []
    for case in cases().cases:
        noisy = "noisy" in case.tags
        difficulty = float(world.beta(0.7, 9.0)) * (1.6 if noisy else 0.8)
        hard_texts = world.random(len(case.turns)) < 0.02
        for attempt in range(attempts):
            calls.append(_call(bot, case, attempt, difficulty, hard_texts, chance))
    info = RunInfo("bots", "1", "digest", bot.name, seed, attempts, len(calls), "", complete=True)
    return Run(info, tuple(calls))


def _call(
    bot: Bot,
    case: Case,
    attempt: int,
    difficulty: float,
    hard_texts: np.ndarray,
    chance: np.random.Generator,
) -> CallRecord:
    turns = list(_turns(bot, case, difficulty, hard_texts, chance))
    task = case.turns[0].intent
    good = all(
        turn.understood is not None and turn.understood.intent == say.intent
        for turn, say in zip(turns[:-1], case.turns[:-1], strict=True)
    )
    # a bot asks again, and often gets it right then; and things go wrong for other reasons
    mended = bot.unknown != task and chance.random() < 0.6
    done = (good or mended) and chance.random() > 0.02
    return CallRecord(
        case=case.id,
        attempt=attempt,
        seed=0,
        seconds=30.0 + float(chance.gamma(4.0, 2.0)),
        ended="caller",
        outcome="contained" if done else "callback",
        turns=tuple(turns),
        bot=(BotTurn("Hello, how can I help you?", 0.1, 2.0),),
        actions=(DoneAction(task or ""),) if done else (),
        database={task or "": ({"done": 1},)} if done else {},
        false_starts=tuple(chance.random(chance.poisson(0.1))),
    )


def _turns(
    bot: Bot,
    case: Case,
    difficulty: float,
    hard_texts: np.ndarray,
    chance: np.random.Generator,
) -> Iterator[CallerTurn]:
    misheard = min(0.9, difficulty * bot.errors)
    for number, say in enumerate(case.turns):
        assert isinstance(say, Say)
        assert say.intent is not None
        begin, end = 8.0 * number + 3.0, 8.0 * number + 6.0
        words = say.text.split()
        cut = bool(chance.random() < bot.cut_off)
        heard = list(_heard(words[: len(words) // 2] if cut else words, misheard, chance))
        same = sum(one in heard for one in words) / len(words)
        known = say.intent != bot.unknown and not hard_texts[number]
        understood = known and chance.random() < _certainty(same)
        decided = end + 0.6 * bot.wait * float(chance.lognormal(0, 0.2))
        yield CallerTurn(
            number=number,
            kind="say",
            reference=say.text,
            heard=" ".join(heard),
            start=begin,
            end=end,
            onset=begin + 0.1 * float(chance.lognormal(0, 0.3)),
            decided=end - 1.5 if cut else decided,
            answered=None if cut else decided + 0.4 * bot.wait * float(chance.lognormal(0, 0.3)),
            cut_off=cut,
            understood=_understood(say.intent if understood else "nlu_fallback"),
            by_reference=_understood(say.intent if known else "nlu_fallback"),
        )


def _heard(words: list[str], misheard: float, chance: np.random.Generator) -> Iterator[str]:
    for word in words:
        fate = chance.random()
        if fate < misheard * 0.6:
            yield str(chance.choice(OTHER_WORDS))
        elif fate < misheard * 0.85:
            continue
        elif fate < misheard:
            yield word
            yield str(chance.choice(OTHER_WORDS))
        else:
            yield word


def _certainty(same: float) -> float:
    """How often a text is understood of which that share of the words is right."""
    return float(1 / (1 + np.exp(-12 * (same - 0.45))))


def _understood(intent: str) -> Understood:
    return Understood(intent, 0.9, (), ((intent, 0.9),))

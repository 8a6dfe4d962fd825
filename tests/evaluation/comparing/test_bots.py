"""The gate against bots that are worse in one respect, and against equal ones."""

from __future__ import annotations

from functools import cache

import pytest

from evaluation.comparing.compare import compare
from evaluation.comparing.gatefile import SHIPPED, read_gate
from evaluation.comparing.model import Comparison
from evaluation.scoring.model import Scores
from evaluation.scoring.scores import score
from tests.evaluation.comparing.bots import (
    GOOD,
    IMPATIENT,
    IN_NOISE,
    WITHOUT_INTENT,
    Bot,
    cases,
    run,
)

SEEDS = 20
REASONS = {WITHOUT_INTENT: "understanding", IMPATIENT: "activity", IN_NOISE: "recognition"}


@cache
def scored(bot: Bot, seed: int) -> Scores:
    return score(run(bot, seed), cases())


def judged(bot: Bot, seed: int) -> Comparison:
    return compare(scored(GOOD, seed), scored(bot, seed + 1000), read_gate(SHIPPED))


def caught(bot: Bot, found: Comparison) -> bool:
    """Did the gate fail, with the stage that is really worse to blame, and no other?"""
    return found.status == "failed" and found.causes == (REASONS[bot],)


@pytest.mark.parametrize("bot", list(REASONS), ids=lambda bot: bot.name)
def test_a_worse_bot_is_caught_for_the_right_reason(bot: Bot) -> None:
    found = judged(bot, 1)
    assert caught(bot, found)
    told = " ".join(rule.reason for rule in found.rules if rule.status == "failed")
    if bot is WITHOUT_INTENT:
        assert "intent transfer: 16 of 16 found before, 0 of 16 after" in told
    if bot is IMPATIENT:
        assert "words left out" in told
        assert "it follows from voice activity and endpointing" in told


def test_an_equal_bot_passes_and_the_verdict_is_the_same_twice() -> None:
    found = judged(GOOD, 1)
    assert found.status == "passed"
    assert found.causes == ()
    assert run(GOOD, 1) == run(GOOD, 1)


@pytest.mark.slow
@pytest.mark.parametrize("bot", list(REASONS), ids=lambda bot: bot.name)
def test_a_worse_bot_is_caught_in_twenty_runs_but_one(bot: Bot) -> None:
    found = [judged(bot, seed) for seed in range(SEEDS)]
    assert sum(caught(bot, each) for each in found) >= SEEDS - 1


@pytest.mark.slow
def test_an_equal_bot_passes_in_twenty_runs_but_one() -> None:
    assert sum(judged(GOOD, seed).status == "passed" for seed in range(SEEDS)) >= SEEDS - 1

"""Journals of calls that were played on the stage of the conversation's tests."""

from __future__ import annotations

from collections.abc import Sequence

from tests.conversation.stage import Stage
from voicebot.conversation import journal
from voicebot.conversation.events import CallerHungUp, Expectation, Reply
from voicebot.conversation.journal import Journal, Step
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience

ADAPTIVE = Policy(patience=Patience(), foresight=True)
Said = tuple[float, float, str]
"""When (s), for how long, and what recognition hears by its end."""


def answers(turn: int, said: str) -> Reply:
    if said == "secret":
        return Reply(turn, ("Your PIN?",), expects=Expectation("digits", 4, sensitive=True))
    if "goodbye" in said:
        return Reply(turn, ("Goodbye.",), end=True)
    return Reply(turn, ("All right.",), intent=f"intent_of_{said.split()[0] if said else ''}")


def played(
    said: Sequence[Said], policy: Policy = ADAPTIVE, until: float = 60.0, hint: float | None = 0.9
) -> Stage:
    """A call in which the caller speaks at set times, and hangs up a second before `until`."""
    stage = Stage(answer=answers, policy=policy, hint=hint).start()
    for at, seconds, text in said:
        stage.speak(at, seconds, text)
    stage.plan(until - 1.0, CallerHungUp("done"))
    return stage.run(until)


def kept(stage: Stage) -> Journal:
    """Its journal as it is written and read: what was secret is masked."""
    return journal.read(lines_of(stage.policy, stage.steps, stage.secret))


def lines_of(policy: Policy, steps: Sequence[Step], secret: Sequence[bool]) -> list[str]:
    text = journal.header_line(policy)
    for step, sensitive in zip(steps, secret, strict=True):
        text += journal.step_lines(step, sensitive=sensitive)
    return text.splitlines(keepends=True)

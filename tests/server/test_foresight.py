"""Answers that are prepared while it is still waited whether the caller goes on, in real calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.agent_parts import BALANCE, QuickAgent, dialogue_error, quick_agent, until
from tests.server.phones import phone_call
from voicebot.conversation.events import Reply
from voicebot.dialogue.replies import pieces

# No adaptive judgement: every turn waits 0.6 s, so that there is time to prepare.
WAITING = {"adaptive": False, "silence": 0.6}


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[QuickAgent]:
    async with quick_agent(tmp_path, turns=WAITING) as agent:
        yield agent


async def _one_turn(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    record = await agent.newest()
    assert [turn.text for turn in record.turns][1:] == ["balance", BALANCE]
    assert list(record.call.incidents) == []


async def test_the_beginning_of_the_answer_is_rendered_before_the_turn_is_over(
    agent: QuickAgent,
) -> None:
    asked_when_rendered: list[int] = []
    render = agent.voice.render_ahead

    def noted(text: str, *more: object) -> None:
        asked_when_rendered.append(len(agent.dialogue.asked))
        render(text, *more)

    agent.voice.render_ahead = noted
    await _one_turn(agent)
    assert agent.voice.ahead == [pieces(BALANCE)[0]]
    assert asked_when_rendered == [1]  # the greeting only
    assert [asked.content for asked in agent.dialogue.asked][1:] == ["balance"]


async def test_who_goes_on_is_heard_to_the_end(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await until(lambda: bool(agent.voice.ahead))
        await phone.say("trouble", 0.6)
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    spoken = [asked.content for asked in agent.dialogue.asked if asked.what == "turn"]
    assert len(spoken) == 1


async def test_under_load_nothing_is_prepared(tmp_path: Path) -> None:
    asked: list[bool] = []

    def may_prepare() -> bool:
        asked.append(False)
        return False

    async with quick_agent(tmp_path, turns=WAITING, may_prepare=may_prepare) as agent:
        await _one_turn(agent)
        assert agent.voice.ahead == []
    assert asked == [False]


@pytest.mark.parametrize("error", [dialogue_error("away"), RuntimeError("a bug")])
async def test_a_preparation_that_breaks_is_no_matter(agent: QuickAgent, error: Exception) -> None:
    async def broken(*_: object, **__: object) -> Reply | None:
        raise error

    agent.dialogue.prepare = broken
    await _one_turn(agent)
    assert agent.voice.ahead == []


async def test_a_preparation_that_never_ends_delays_nothing(agent: QuickAgent) -> None:
    prepared = 0

    async def endless(*_: object, **__: object) -> Reply | None:
        nonlocal prepared
        prepared += 1
        await until(lambda: False, 60.0)
        return None

    agent.dialogue.prepare = endless
    await _one_turn(agent)
    assert prepared == 1

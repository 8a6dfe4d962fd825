"""The scripted dialogue engine."""

from __future__ import annotations

import pytest

from voicebot.dialogue.base import DialogueEngine, DialogueError
from voicebot.dialogue.scripted import Asked, Rule, ScriptedDialogue, reply


def engine() -> ScriptedDialogue:
    return ScriptedDialogue(
        rules=[
            Rule(r"\bbalance\b", reply("Which account?", intent="balance", intent_confidence=0.9)),
            Rule("break", DialogueError("broken")),
        ],
        events={"start": reply("Hello.")},
    )


async def test_it_is_a_dialogue_engine() -> None:
    scripted: DialogueEngine = engine()
    assert await scripted.health() == "scripted"
    await scripted.close()


async def test_the_first_rule_that_fits_answers() -> None:
    scripted = engine()
    assert (await scripted.event("c", 1, "start", {})).texts == ("Hello.",)
    answer = await scripted.turn("c", 2, "My BALANCE please", confidence=0.4)
    assert (answer.turn, answer.intent) == (2, "balance")
    assert (await scripted.turn("c", 3, "unbalanced")).texts == ("Sorry, I did not understand.",)
    await scripted.end("c")
    assert scripted.asked == [
        Asked("c", 1, "start", {}),
        Asked("c", 2, "turn", "My BALANCE please"),
        Asked("c", 3, "turn", "unbalanced"),
    ]
    assert scripted.ended == ["c"]


async def test_an_error_is_raised_and_parse_has_no_effect() -> None:
    scripted = engine()
    with pytest.raises(DialogueError, match="broken"):
        await scripted.turn("c", 1, "break it")
    with pytest.raises(DialogueError, match="broken"):
        await scripted.parse("break it")
    assert (await scripted.parse("balance"))["intent"] == {"name": "balance", "confidence": 0.9}
    assert len(scripted.asked) == 1


async def test_a_preparation_leaves_no_trace() -> None:
    engine = ScriptedDialogue([Rule("balance", reply("Ten.")), Rule("bad", DialogueError("no"))])
    prepared = await engine.prepare("c", "my balance")
    assert prepared is not None
    assert prepared.texts == ("Ten.",)
    assert await engine.prepare("c", "bad") is None
    assert engine.asked == []

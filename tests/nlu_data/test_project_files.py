"""What trainers edit hangs together."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from actions.tasks import TASKS
from components.reply import SECRET_SLOTS
from spoken.tokens import normalise

from voicebot.config import Settings

PROJECT = Path(__file__).resolve().parents[2] / "nlu-data"


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def examples(path: Path) -> list[tuple[str, str]]:
    return [
        (line.removeprefix("- ").strip(), block["intent"])
        for block in read(path)["nlu"]
        for line in block["examples"].strip().splitlines()
    ]


TRAINING = [
    pair for path in sorted((PROJECT / "data/nlu").glob("*.yml")) for pair in examples(path)
]
HELD_OUT = examples(PROJECT / "tests/test_nlu.yml")
DOMAIN: dict[str, dict[str, Any]] = {}
for _path in sorted((PROJECT / "domain").glob("*.yml")):
    for _key, _value in read(_path).items():
        if isinstance(_value, dict):
            DOMAIN.setdefault(_key, {}).update(_value)
RESPONSES = DOMAIN["responses"]


def test_every_intent_has_enough_examples() -> None:
    counts: dict[str, int] = {}
    for _, intent in TRAINING:
        counts[intent] = counts.get(intent, 0) + 1
    assert {intent: count for intent, count in counts.items() if count < 25} == {}
    assert set(counts) == {intent for _, intent in HELD_OUT}


def test_no_sentence_has_two_meanings_or_is_also_held_out() -> None:
    meanings: dict[str, set[str]] = {}
    for text, intent in TRAINING:
        meanings.setdefault(normalise(text), set()).add(intent)
    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}
    assert len(HELD_OUT) >= 150
    assert {text for text, _ in HELD_OUT if normalise(text) in meanings} == set()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_slot_has_a_question_and_a_hint(task: Any) -> None:
    assert DOMAIN["forms"][task.form]["required_slots"] == list(task.slots)
    for slot in task.slots:
        assert RESPONSES[f"utter_ask_{slot}"][0]["custom"]["expects"]["kind"]
        assert f"utter_hint_{slot}" in RESPONSES


def test_secret_questions_say_so() -> None:
    for slot in SECRET_SLOTS:
        assert RESPONSES[f"utter_ask_{slot}"][0]["custom"]["expects"]["sensitive"] is True


def test_every_response_that_the_actions_use_exists() -> None:
    used: set[str] = set()
    for path in (PROJECT / "actions").glob("*.py"):
        used |= set(re.findall(r'"(utter_[a-z_]+)"', path.read_text(encoding="utf-8")))
    assert used - set(RESPONSES) == set()


def test_the_first_sentence_is_short() -> None:
    long = {
        name: text
        for name, variants in RESPONSES.items()
        for text in [variants[0]["text"]]
        if len(re.split(r"(?<=[.?!]) ", text)[0].split()) > 22
    }
    assert long == {}


def test_an_expert_can_choose_every_skill_that_the_dialogue_asks_for() -> None:
    talk = (PROJECT / "domain" / "talk.yml").read_text("utf-8")
    asked = {task.skill for task in TASKS} | set(re.findall(r"skill: (\w+)", talk)) | {"general"}
    assert asked == set(Settings().seat_skills)

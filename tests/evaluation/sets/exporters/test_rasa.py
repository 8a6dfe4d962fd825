from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from evaluation.sets.exporters.rasa import nlu_yaml, stories_yaml
from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import Options
from evaluation.sets.importers.registry import IMPORTERS
from evaluation.sets.model import Case, Entity, EvaluationSet, Goal, Keys, Say, Silence
from evaluation.sets.writing import write_set

ROOT = Path(__file__).resolve().parents[4]
RASA = ROOT / ".venv-rasa" / "bin" / "python"
READ = """\
import json, sys
import skops.io
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

nlu = RasaYAMLReader().reads(open(sys.argv[1]).read()).training_examples
stories = YAMLStoryReader(None).read_from_file(sys.argv[2])
print(json.dumps({
    "nlu": [[e.get("text"), e.get("intent"), [
        [x["entity"], x["value"]] for x in e.get("entities") or []]] for e in nlu],
    "stories": [[s.block_name, [
        [getattr(e, "text", None), e.intent["name"]] if hasattr(e, "intent") else e.action_name
        for e in s.events]] for s in stories],
}))
"""


@pytest.fixture
def bank(tmp_path: Path) -> EvaluationSet:
    heading = Heading("bank", "1.0", "Apache-2.0", "written for a test", synthetic=True)
    amount = Entity("amount", 50, "fifty dollars")
    cases = [
        Case(
            "transfer",
            (
                Say("move fifty dollars to savings", intent="transfer_money", entities=(amount,)),
                Say("six two eight three", intent="inform", secret=True),
                Keys("6283", secret=True),
                Say("mm-hmm", backchannel=True),
                Silence(3.0),
                Say("yes", intent="yes"),
                Say("well you know"),
                Say("my cat's name", secret=True),
            ),
        ),
        Case(
            "again",
            (
                Say("move fifty dollars to savings", intent="transfer_money", entities=(amount,)),
                Say("hello", intent="greet", entities=(Entity("name", "Ann"),)),
            ),
        ),
        Case("simulated", goal=Goal("balance")),
    ]
    return write_set(tmp_path / "bank", heading, cases)


def test_nlu_data(bank: EvaluationSet) -> None:
    assert (
        nlu_yaml(bank)
        == """\
version: "3.1"

# From the set bank 1.0.
nlu:
  - intent: transfer_money
    examples: |
      - move [fifty dollars]{"entity": "amount", "value": "50"} to savings
  - intent: "yes"
    examples: |
      - yes
  # not marked in 'hello': name Ann
  - intent: greet
    examples: |
      - hello
"""
    )


def test_stories(bank: EvaluationSet) -> None:
    text = stories_yaml(bank, {"greet": ["utter_greet"], "EXTERNAL_dtmf": ["action_keys"]})
    told = yaml.safe_load(text)
    move = 'move [fifty dollars]{"entity": "amount", "value": "50"} to savings\n'
    assert told["stories"] == [
        {
            "story": "transfer",
            "steps": [
                {"user": move, "intent": "transfer_money"},
                {"intent": "inform"},
                {"intent": "EXTERNAL_dtmf"},
                {"action": "action_keys"},
                {"intent": "EXTERNAL_silence"},
                {"user": "yes\n", "intent": "yes"},
                {"user": "well you know\n"},
            ],
        },
        {
            "story": "again",
            "steps": [
                {"user": move, "intent": "transfer_money"},
                {"user": "hello\n", "intent": "greet"},
                {"action": "utter_greet"},
            ],
        },
    ]
    for secret in ("6283", "six two", "cat"):
        assert secret not in text
        assert secret not in nlu_yaml(bank)


def test_what_is_exported_can_be_imported(bank: EvaluationSet, tmp_path: Path) -> None:
    (tmp_path / "rasa").mkdir()
    (tmp_path / "rasa" / "nlu.yml").write_text(nlu_yaml(bank))
    source = tmp_path / "rasa" / "stories.yml"
    source.write_text(stories_yaml(bank))
    found = IMPORTERS["rasa-stories"].run(source, tmp_path / "set", Options())
    assert [case.id for case in found.cases] == ["again"]  # keys and silence are said by nobody
    assert found.cases[0].turns == (
        Say(
            "move fifty dollars to savings",
            intent="transfer_money",
            entities=(Entity("amount", "50", "fifty dollars"),),
        ),
        Say("hello", intent="greet"),
    )
    examples = IMPORTERS["rasa-nlu"].run(tmp_path / "rasa" / "nlu.yml", tmp_path / "n", Options())
    assert [case.id for case in examples.cases] == ["transfer_money-1", "yes-1", "greet-1"]


@pytest.mark.slow
@pytest.mark.skipif(not RASA.exists(), reason="Rasa is not installed (.venv-rasa)")
def test_rasa_reads_what_is_exported(bank: EvaluationSet, tmp_path: Path) -> None:
    (tmp_path / "test_nlu.yml").write_text(nlu_yaml(bank))
    (tmp_path / "test_stories.yml").write_text(stories_yaml(bank, {"greet": ["utter_greet"]}))
    done = subprocess.run(
        [
            RASA,
            "-W",
            "ignore",
            "-c",
            READ,
            tmp_path / "test_nlu.yml",
            tmp_path / "test_stories.yml",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    read = json.loads(done.stdout.splitlines()[-1])
    move = ["move fifty dollars to savings", "transfer_money"]
    assert read["nlu"] == [
        [*move, [["amount", "50"]]],
        ["yes", "yes", []],
        ["hello", "greet", []],
    ]
    assert read["stories"] == [
        [
            "transfer",
            [
                move,
                [None, "inform"],
                [None, "EXTERNAL_dtmf"],
                [None, "EXTERNAL_silence"],
                ["yes", "yes"],
                ["well you know", None],
            ],
        ],
        ["again", [move, ["hello", "greet"], "utter_greet"]],
    ]

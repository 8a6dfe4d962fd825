"""A failed call becomes an item that trainers can use, and that Rasa can read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from evaluation.reporting.examples import Example, as_yaml, known_examples, sentence
from evaluation.reporting.review import MEASURES, ReviewError, write_review
from tests.evaluation.reporting.world import PIN, RATE, a_run, a_set, some_scores, sounds
from voicebot.places import ROOT


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    sounds(tmp_path / "run")
    return tmp_path / "run"


def written(run_folder: Path, case: str, attempt: int | None = None) -> Path:
    cases = a_set(run_folder)
    out = run_folder.parent / "review"
    return write_review(run_folder, a_run(), cases, some_scores(), case, out, attempt)


def test_the_item_says_what_went_wrong(run_folder: Path) -> None:
    place = written(run_folder, "move-money")
    item = json.loads((place / "item.json").read_text("utf-8"))
    assert item["reasons"][0] == "transfers: expected one row amount=5000, found none"
    assert item["wrong"] == [0]
    turn = next(t for t in item["turns"] if t["who"] == "caller" and t["number"] == 0)
    assert (turn["said"], turn["heard"]) == ("move fifty dollars", "move fifteen dollars")
    assert (turn["expected"], turn["found"]) == ("transfer", "pay_bill")
    assert turn["expected_entities"] == {"amount": "5000"}
    assert item["notes"] == [MEASURES]
    assert PIN not in (place / "item.json").read_text("utf-8")


def test_the_example_is_ready_for_rasa(run_folder: Path) -> None:
    text = (written(run_folder, "move-money") / "nlu.yml").read_text("utf-8")
    entries = yaml.safe_load(text)["nlu"]
    assert entries == [{"intent": "transfer", "examples": "- move fifty dollars\n"}]
    assert "# it was heard as: move fifteen dollars" in text
    assert MEASURES.split(":")[0] in text


def test_the_audio_of_the_turn_is_cut_out(run_folder: Path) -> None:
    place = written(run_folder, "move-money")
    item = json.loads((place / "item.json").read_text("utf-8"))
    samples, rate = soundfile.read(place / "turn-0.wav", dtype="int16")
    assert rate == RATE
    assert item["audio"]["0"] == {"file": "turn-0.wav", "since": 0.5, "until": 3.5}
    assert len(samples) == 3 * RATE
    # 2.7 s of the call on: the secret that follows the turn is silent in the caller's channel
    assert np.max(np.abs(samples[: 2 * RATE, 0])) > 7000
    assert np.max(np.abs(samples[round(2.25 * RATE) :, 0])) == 0


def test_calls_that_there_are_not(run_folder: Path) -> None:
    with pytest.raises(ReviewError, match="it has hostile, hours, move-money"):
        written(run_folder, "moving")
    with pytest.raises(ReviewError, match="no attempt 4, only 1"):
        written(run_folder, "hours", 3)


def test_a_case_of_hostile_name_stays_in_the_folder(run_folder: Path) -> None:
    run, cases = a_run(), a_set(run_folder)
    odd = replace(run, calls=(replace(run.calls[0], case="../../up", audio=""),))
    out = run_folder.parent / "review"
    place = write_review(run_folder, odd, cases, some_scores(), "../../up", out)
    assert place.parent == out
    assert (place / "nlu.yml").is_file()


def test_what_trainers_have_already_is_said(tmp_path: Path) -> None:
    (tmp_path / "data/nlu").mkdir(parents=True)
    (tmp_path / "data/nlu/a.yml").write_text(
        'version: "3.1"\nnlu:\n  - intent: hours\n    examples: |\n'
        "      - when do you [close](time){}\n      - what's [5]{'entity': 'n'} to you\n",
        "utf-8",
    )
    (tmp_path / "data/nlu/broken.yml").write_text("nlu: [", "utf-8")
    with capture_logs() as logs:
        known = known_examples(tmp_path)
    assert [entry["file"] for entry in logs] == ["broken.yml"]
    assert known.where("When do you close?") == ("hours", "a.yml")
    assert known.where("what's five to you") == ("hours", "a.yml")
    assert known.where("something else") is None
    assert known_examples(tmp_path / "none").where("x") is None


def test_the_projects_own_examples_are_known() -> None:
    found = known_examples(ROOT / "nlu-data").where("What's my balance?")
    assert found == ("check_balance", "balance.yml")


def test_a_sentence_is_as_trainers_write_it() -> None:
    assert sentence("/What's  my\nbalance [now](time)?") == "what's my balance now time"
    assert sentence(" - I'd like to... ") == "i'd like to"
    assert sentence("?!") == ""


TEXT = st.text(max_size=12) | st.sampled_from(["no", "null", "deny/all", "1e3", "yes, I do"])


@given(st.lists(st.builds(Example, TEXT, TEXT, TEXT, st.tuples(TEXT), TEXT), max_size=3))
def test_rasa_can_read_whatever_was_said(examples: list[Example]) -> None:
    data = yaml.safe_load(as_yaml(examples, ["a\nnote: [x"]))
    usable = [one for one in examples if sentence(one.said)]
    assert data["version"] == "3.1"
    assert len(data["nlu"]) == len(usable)
    for entry, one in zip(data["nlu"], usable, strict=True):
        assert entry["examples"] == f"- {sentence(one.said)}\n"
        assert entry["intent"] == (one.intent or "CHOOSE_AN_INTENT")

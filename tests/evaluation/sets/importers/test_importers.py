from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.sets.importers.audio import in_order
from evaluation.sets.importers.options import Options, Unique, drawn, slug
from evaluation.sets.importers.registry import IMPORTERS
from evaluation.sets.model import Action, Case, Entity, EvaluationSet, Say
from evaluation.sets.problems import SetError
from evaluation.sets.reading import read_set
from tests.evaluation.sets.importers.originals import (
    RASA_NLU,
    RASA_STORIES,
    an4,
    harper_valley,
    hvb_segment,
    picovoice,
    slurp,
    slurp_entry,
    write,
)

ROOT = Path(__file__).resolve().parents[4]
DATA = ROOT.parent / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="there is no ../shared/data")

Import = Callable[..., EvaluationSet]


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Imports into a folder that is not there yet; what is read again is what was given."""

    def run(name: str, source: Path, options: Options | None = None) -> EvaluationSet:
        target = tmp_path / "sets" / name
        found = IMPORTERS[name].run(source, target, options or Options())
        assert found == read_set(target)
        assert list(target.parent.glob(".*")) == []
        return found

    return run


def said(found: EvaluationSet) -> dict[str, Say]:
    """What is said in each case."""
    turns = {case.id: case.turns for case in found.cases}
    assert all(len(turn) == 1 for turn in turns.values())
    return {name: one[0] for name, one in turns.items() if isinstance(one[0], Say)}


def sound_of(turn: Say) -> tuple[np.ndarray, int]:
    assert turn.audio is not None
    return soundfile.read(turn.audio)


def test_harper_valley(tmp_path: Path, bring: Import) -> None:
    found = bring("harper-valley", harper_valley(tmp_path / "hvb"))
    assert (found.licence, found.synthetic, found.split) == ("CC-BY-4.0", False, "test")
    assert "2 segments without words that were understood are left out" in found.source
    turns = said(found)
    assert {name: turn.text for name, turn in turns.items()} == {
        "00aa-001": "i lost my card",
        "00aa-002": "send a new one",
        "00bb-001": "i lost my card",
    }
    assert [case.tags for case in found.cases] == [
        ("replace-card",),
        ("replace-card",),
        ("check-balance",),
    ]
    # the first tone lasts from 2.0 to 3.0 s; the next begins 0.1 s later: half of that is kept
    samples, rate = sound_of(turns["00aa-001"])
    assert rate == 8000
    assert len(samples) / rate == pytest.approx(1.25)
    assert np.flatnonzero(samples)[0] / rate == pytest.approx(0.2, abs=0.001)
    samples, _ = sound_of(turns["00aa-002"])
    loud = np.flatnonzero(samples) / rate
    assert (loud[0], loud[-1]) == pytest.approx((0.05, 0.55), abs=0.001)


def test_harper_valley_by_task(tmp_path: Path, bring: Import) -> None:
    wanted = Options(only=frozenset({"check balance"}), split="train")
    found = bring("harper-valley", harper_valley(tmp_path / "hvb") / "data", wanted)
    assert [case.id for case in found.cases] == ["00bb-001"]
    assert found.split == "train"


def test_what_is_missing_of_harper_valley_is_said_at_once(tmp_path: Path, bring: Import) -> None:
    root = harper_valley(tmp_path / "hvb") / "data"
    (root / "audio" / "caller" / "00aa.wav").unlink()
    (root / "metadata" / "00bb.json").unlink()
    broken = hvb_segment("caller", "yes", 1, 1) | {"offset_ms": None}
    write(root / "transcript" / "00cc.json", ["x", broken])
    with pytest.raises(SetError) as caught:
        bring("harper-valley", root)
    assert [str(one).replace(f"{root}/", "") for one in caught.value.problems] == [
        "transcript/00aa.json: audio/caller/00aa.wav is missing",
        "metadata/00bb.json: is missing",
        "metadata/00cc.json: is missing",
        "transcript/00cc.json: audio/caller/00cc.wav is missing",
        "transcript/00cc.json: has something that is no segment",
        "transcript/00cc.json: segment 1 has no offset_ms and duration_ms",
    ]
    assert not (tmp_path / "sets").exists()


def test_a_segment_behind_the_end_of_its_recording(tmp_path: Path, bring: Import) -> None:
    root = harper_valley(tmp_path / "hvb") / "data"
    write(root / "transcript" / "00bb.json", [hvb_segment("caller", "yes", 9000, 500)])
    with pytest.raises(SetError, match=r"00bb.wav: ends at 5.00 s, before 8.80 s"):
        bring("harper-valley", root)
    assert list((tmp_path / "sets").iterdir()) == []


@pytest.mark.parametrize("suffix", [".sph", ".wav", ".raw"])
def test_an4(tmp_path: Path, bring: Import, suffix: str) -> None:
    root = an4(tmp_path / "an4", suffix)
    found = bring("an4", tmp_path if suffix == ".raw" else root)
    turns = said(found)
    assert {name: turn.text for name, turn in turns.items()} == {
        "an406-fcaw-b": "RUBOUT G M E",
        "cen8-menk-b": "YES",
        "an1-menk-b": "HELP",
    }
    assert not found.synthetic
    for name, turn in turns.items():
        original = root / "wav" / "an4test_clstk" / name.split("-")[1] / f"{name}{suffix}"
        kept, rate = soundfile.read(turn.audio, dtype="int16")
        given = (
            np.fromfile(original, "<i2")
            if suffix == ".raw"
            else soundfile.read(original, dtype="int16")[0]
        )
        assert rate == 16000
        assert np.array_equal(kept, given)


def test_what_is_missing_of_an4(tmp_path: Path, bring: Import) -> None:
    root = an4(tmp_path / "an4", ".wav")
    next((root / "wav").rglob("an406*")).unlink()
    transcription = root / "etc" / "an4_test.transcription"
    transcription.write_text("".join(transcription.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(SetError) as caught:
        bring("an4", root)
    assert [one.text for one in caught.value.problems] == [
        "wav/an4test_clstk/fcaw/an406-fcaw-b is missing (.sph, .wav, .flac, .raw)",
        "an1-menk-b has no transcription",
    ]
    transcription.write_text("<s> YES </s>\n")
    with pytest.raises(SetError, match=r"transcription:1: has to be `WORDS \(name\)`"):
        bring("an4", root)
    with pytest.raises(SetError, match="only a train and a test split"):
        bring("an4", root, Options(split="validation"))
    with pytest.raises(SetError, match="has no list of recordings"):
        bring("an4", root, Options(split="train"))
    (root / "etc" / "an4_test.fileids").write_text("../../../etc/passwd\n")
    transcription.write_text("YES (passwd)\n")
    with pytest.raises(SetError, match="is missing"):
        bring("an4", root)


@real
def test_the_byte_order_of_real_recordings_is_heard() -> None:
    files = sorted((DATA / "an4" / "audio").glob("*.flac"))[::12]
    assert len(files) == 20
    for file in files:
        samples, _ = soundfile.read(file, dtype="int16")
        for order in ("<i2", ">i2"):
            assert np.array_equal(in_order(samples.astype(order).tobytes()), samples)


@real
def test_an4_with_real_recordings(tmp_path: Path, bring: Import) -> None:
    spoken = {
        name: soundfile.read(file, dtype="int16")[0]
        for name, file in zip(
            ("an406-fcaw-b", "cen8-menk-b", "an1-menk-b"),
            sorted((DATA / "an4" / "audio").glob("*.flac")),
            strict=False,
        )
    }
    turns = said(bring("an4", an4(tmp_path / "an4", ".raw", spoken)))
    for name, wave in spoken.items():
        assert np.array_equal(soundfile.read(turns[name].audio, dtype="int16")[0], wave)


def test_picovoice(tmp_path: Path, bring: Import) -> None:
    root = picovoice(tmp_path / "pv")
    named = Options(intents={"orderDrink": "order"})
    found = bring("picovoice", root, named)
    turns = said(found)
    assert list(turns) == ["0075d273", "00e09cf0"]
    first = turns["0075d273"]
    assert (first.text, first.intent) == ("", "order")
    assert first.entities == (Entity("size", "large"), Entity("milk", "soy milk"))
    assert (turns["00e09cf0"].intent, turns["00e09cf0"].entities) == ("cancel", ())
    assert first.audio == found.folder / "audio" / "0075d273.wav"


def test_what_is_missing_of_picovoice(tmp_path: Path, bring: Import) -> None:
    root = picovoice(tmp_path / "pv")
    label = root / "data" / "label" / "label.json"
    (root / "data" / "speech" / "clean" / "0075d273.wav").unlink()
    write(label, json.loads(label.read_text()) | {"x.wav": {"intent": "order"}})
    with pytest.raises(SetError) as caught:
        bring("picovoice", root)
    assert [one.text.split(" ")[0] for one in caught.value.problems] == ["0075d273.wav", "x.wav"]
    write(label, "{")
    with pytest.raises(SetError, match=r"label.json:1: no JSON"):
        bring("picovoice", root)
    with pytest.raises(SetError, match="only a test split"):
        bring("picovoice", root, Options(split="train"))


def test_banking77(tmp_path: Path, bring: Import) -> None:
    text = 'text,category\n"Where is\nmy card, please?",card_arrival\nLost it,lost_card\n'
    write(tmp_path / "repo" / "banking_data" / "test.csv", text)
    options = Options(voice="espeak", intents={"lost_card": "replace_card"}, version="2")
    found = bring("banking77", tmp_path / "repo", options)
    assert said(found) == {
        "banking77-test-00001": Say("Where is my card, please?", intent="card_arrival"),
        "banking77-test-00002": Say("Lost it", intent="replace_card"),
    }
    assert found.cases[0].voice == "espeak"
    assert (found.synthetic, found.version, found.licence) == (True, "2", "CC-BY-4.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text,label\nx,y\n", "test.csv:1: has no column category"),
        ("text,category\nx,\n", "test.csv:2: lacks one of text, category"),
        ("text,category\nx\n", "test.csv:2: lacks one of text, category"),
        ("text,category\n", "nothing to import"),
    ],
)
def test_what_is_no_banking77(tmp_path: Path, bring: Import, text: str, expected: str) -> None:
    with pytest.raises(SetError, match=expected):
        bring("banking77", write(tmp_path / "test.csv", text))
    with pytest.raises(SetError, match="only a train and a test split"):
        bring("banking77", tmp_path, Options(split="validation"))


@real
def test_the_real_banking77_in_part(bring: Import) -> None:
    source = DATA / "nlu" / "banking77_train.csv"
    options = Options(split="train", most=300, seed=7)
    turns = said(bring("banking77", source, options))
    with source.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    assert len(rows) == 10_003
    assert len(turns) == 300
    assert len({turn.intent for turn in turns.values()}) > 60
    for name, turn in turns.items():
        text, category = rows[int(name[-5:]) - 1]
        assert (turn.text, turn.intent) == (" ".join(text.split()), category)


def test_clinc150(tmp_path: Path, bring: Import) -> None:
    data = {
        "train": [["no", "no"]],
        "test": [["pay  my bill", "pay_bill"], ["move money", "transfer"]],
        "oos_test": [["who won", "oos"]],
        "oos_val": [["why", "oos"]],
    }
    write(tmp_path / "repo" / "data" / "data_full.json", data)
    found = bring("clinc150", tmp_path / "repo", Options(intents={"transfer": "transfer_money"}))
    assert said(found) == {
        "test-00001": Say("pay my bill", intent="pay_bill"),
        "test-00002": Say("move money", intent="transfer_money"),
        "oos-test-00001": Say("who won", intent="out_of_scope"),
    }
    assert found.cases[2].tags == ("out_of_scope",)
    for wrong in ([], {"test": 3}, {"test": [["x"]]}, {"test": [["x", 1]]}):
        with pytest.raises(SetError, match=r"is not CLINC150|is no \[text, intent\]"):
            bring("clinc150", write(tmp_path / "wrong.json", wrong))


@real
def test_the_banking_part_of_the_real_clinc150(bring: Import) -> None:
    options = Options(split="validation", only=frozenset({"transfer", "oos"}))
    found = bring("clinc150", DATA / "nlu" / "clinc_banking.json", options)
    intents = [turn.intent for turn in said(found).values()]
    assert {name: intents.count(name) for name in set(intents)} == {
        "transfer": 40 // 2,
        "out_of_scope": 100,
    }


def test_slurp_without_recordings(tmp_path: Path, bring: Import) -> None:
    found = bring("slurp", slurp(tmp_path / "repo"), Options(split="validation"))
    assert said(found) == {
        "slurp-4489": Say(
            "wake me up at eight o'clock on next monday",
            intent="alarm_set",
            entities=(
                Entity("time", "eight", "eight"),
                Entity("date", "next monday", "next monday"),
            ),
        ),
        "slurp-12": Say("any alarms", intent="alarm_query"),
    }
    assert (found.licence, found.synthetic) == ("CC-BY-4.0", True)
    assert found.cases[0].tags == ("alarm",)


def test_slurp_with_recordings(tmp_path: Path, bring: Import) -> None:
    root = slurp(tmp_path / "repo")
    for name in ("audio-4489.flac", "audio-4489-headset.flac"):
        path = root / "audio" / "slurp_real" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.sin(np.arange(8000)), 16000)
    found = bring("slurp", root, Options(split="validation"))
    # what nobody spoke is left out
    assert [turn.audio for turn in said(found).values()] == [
        found.folder / "audio" / "audio-4489-headset.flac"
    ]
    assert (found.licence, found.synthetic) == (
        "CC-BY-4.0 (text), CC-BY-NC-4.0 (recordings)",
        False,
    )


def test_what_is_wrong_with_slurp(tmp_path: Path, bring: Import) -> None:
    lines = [slurp_entry(1, "x", "set", scenario=""), {"scenario": "a"}]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    path = write(tmp_path / "repo" / "test.jsonl", text)
    with pytest.raises(SetError) as caught:
        bring("slurp", tmp_path / "repo")
    assert [str(one).removeprefix(f"{path}:") for one in caught.value.problems] == [
        "1: lacks scenario",
        "2: lacks action, sentence",
    ]
    write(path, "[]\n")
    with pytest.raises(SetError, match=r"test.jsonl:1: is no JSON object"):
        bring("slurp", tmp_path / "repo")


def test_rasa_nlu(tmp_path: Path, bring: Import) -> None:
    source = write(tmp_path / "nlu.yml", RASA_NLU)
    found = bring("rasa-nlu", source, Options(licence="Apache-2.0"))
    assert said(found) == {
        "transfer_money-1": Say(
            "move fifty dollars to my savings",
            intent="transfer_money",
            entities=(
                Entity("amount", "50", "fifty dollars"),
                Entity("account", "savings", "savings"),
            ),
        ),
        "transfer_money-2": Say(
            "send ten dollars", intent="transfer_money", entities=(Entity("amount", "10", "ten"),)
        ),
        "out_of_scope-1": Say("how is the weather", intent="out_of_scope"),
        "out_of_scope-2": Say("is it late", intent="out_of_scope"),
    }
    assert [case.tags for case in found.cases] == [(), (), ("out_of_scope",), ("out_of_scope",)]
    assert (found.licence, found.source) == ("Apache-2.0", "Rasa NLU data: nlu.yml")


def test_the_projects_own_rasa_data(bring: Import) -> None:
    found = bring("rasa-nlu", ROOT / "nlu-data" / "tests" / "test_nlu.yml")
    text = (ROOT / "nlu-data" / "tests" / "test_nlu.yml").read_text()
    assert len(found.cases) == sum(line.startswith("      - ") for line in text.splitlines())
    assert "transfer_money" in {turn.intent for turn in said(found).values()}
    told = bring("rasa-stories", ROOT / "nlu-data" / "data")
    assert [case.id for case in told.cases] == [
        "a-caller-who-only-says-hello-and-leaves",
        "thanks-and-goodbye",
    ]


def test_rasa_stories(tmp_path: Path, bring: Import) -> None:
    write(tmp_path / "rasa" / "nlu.yml", RASA_NLU)
    write(tmp_path / "rasa" / "tests" / "test_stories.yml", RASA_STORIES)
    options = Options(actions={"action_do_transfer": "transfer"}, seed=3)
    found = bring("rasa-stories", tmp_path / "rasa", options)
    first, second = found.cases
    assert first.turns[0] == Say(
        "move fifty dollars",
        intent="transfer_money",
        entities=(Entity("amount", "fifty", "fifty"),),
    )
    drawn_turn = first.turns[1]
    assert isinstance(drawn_turn, Say)
    assert drawn_turn.text in ("how is the weather", "is it late")
    assert first.expected.actions == (Action("transfer"),)
    assert second.turns == (Say("send it"),)
    assert [first.id, second.id] == ["somebody-moves-money", "Somebody-moves-money-2"]
    assert "3 stories that nobody can tell are left out" in found.source


def test_what_is_wrong_with_rasas_files(tmp_path: Path, bring: Import) -> None:
    text = 'nlu:\n  - intent: a\n    examples: |\n      - send [ten]{"entity"}\nstories:\n  - x\n'
    source = write(tmp_path / "rasa" / "data.yml", text)
    with pytest.raises(SetError, match=r"data.yml:1: example 1 of a: the marking of \[ten\]"):
        bring("rasa-nlu", source)
    with pytest.raises(SetError, match=r"data.yml:5: has a story without steps"):
        bring("rasa-stories", source)
    with pytest.raises(SetError, match="has no YAML file"):
        bring("rasa-nlu", tmp_path / "sets")


def test_as_many_as_are_wanted_are_drawn_in_order() -> None:
    items = list(range(100))
    some = drawn(items, Options(most=10, seed=1))
    assert some == sorted(some)
    assert len(set(some)) == 10
    assert some == drawn(items, Options(most=10, seed=1)) != drawn(items, Options(most=10, seed=2))
    assert drawn(items, Options()) == drawn(items, Options(most=200)) == items


def test_ids_are_made_of_any_name() -> None:
    ids = Unique()
    names = ["Ask for it!", "ask for IT", "äöü", "-", "a" * 200]
    assert [ids.of(name) for name in names] == ["Ask-for-it", "ask-for-IT-2", "x", "x-2", "a" * 100]
    assert slug("get branch hours") == "get-branch-hours"


@pytest.mark.parametrize("name", IMPORTERS)
def test_nothing_is_left_of_an_import_that_finds_nothing(tmp_path: Path, name: str) -> None:
    importer = IMPORTERS[name]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SetError):
        importer.run(tmp_path / "empty", tmp_path / "set", Options())
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert importer.name == name
    assert importer.title
    assert importer.licence


def test_a_case_of_an_import_can_be_told_from_its_name(tmp_path: Path, bring: Import) -> None:
    found = bring("picovoice", picovoice(tmp_path / "pv"))
    assert all(
        isinstance(case, Case) and case.where.endswith(f":{number}")
        for number, case in enumerate(found.cases, 1)
    )

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.sets.domain import domain_intents
from evaluation.sets.jsonlines import lines_of
from evaluation.sets.model import (
    Action,
    Case,
    Entity,
    Expected,
    Goal,
    Keys,
    Limits,
    Line,
    Persona,
    Rows,
    Say,
    Silence,
)
from evaluation.sets.problems import SetError
from evaluation.sets.reading import MOST_CASES, read_set
from tests.evaluation.sets.folders import HEADING, case, make, problems, sound

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data"


def test_a_case_has_everything_that_is_written(tmp_path: Path) -> None:
    audio = sound(tmp_path / "audio" / "ask.flac")
    written = {
        "id": "transfer.1",
        "caller": "+15550110",
        "voice": "espeak:en-gb+f3",
        "tags": ["transfer", "noisy"],
        "line": {"codec": "alaw", "snr": 20, "noise": "babble", "loss": 0.02, "echo": 30},
        "limits": {"turns": 8, "seconds": 90},
        "expected": {
            "outcome": "contained",
            "actions": [{"name": "transfer", "arguments": {"detail": "5000"}}],
            "never": ["card"],
            "database": {"transfers": [{"amount_cents": 5000}], "card_orders": []},
            "says": "fifty dollars",
            "never_says": ["6283"],
        },
        "turns": [
            {
                "say": "move fifty dollars to savings",
                "audio": "audio/ask.flac",
                "intent": "transfer_money",
                "entities": [
                    {"kind": "amount", "value": 50, "text": "fifty dollars"},
                    {"kind": "account", "value": "savings"},
                ],
            },
            {"keys": "6283", "secret": True},
            {"backchannel": "mm-hmm", "barge_in": 0.8},
            {"silence": 3},
            {"say": "yes", "voice": "hibari~0.9"},
        ],
    }
    found = read_set(make(tmp_path, [written]))
    assert (found.name, found.version, found.split, found.synthetic) == (
        "small",
        "1.0",
        "test",
        True,
    )
    assert found.cases == (
        Case(
            id="transfer.1",
            caller="+15550110",
            voice="espeak:en-gb+f3",
            tags=("transfer", "noisy"),
            line=Line(codec="alaw", snr=20.0, noise="babble", loss=0.02, echo=30.0),
            limits=Limits(8, 90.0),
            expected=Expected(
                outcome="contained",
                actions=(Action("transfer", {"detail": "5000"}),),
                never=(Action("card"),),
                database=(Rows("transfers", ({"amount_cents": 5000},)), Rows("card_orders", ())),
                says=("fifty dollars",),
                never_says=("6283",),
            ),
            turns=(
                Say(
                    "move fifty dollars to savings",
                    audio=audio,
                    intent="transfer_money",
                    entities=(Entity("amount", 50, "fifty dollars"), Entity("account", "savings")),
                ),
                Keys("6283", secret=True),
                Say("mm-hmm", barge_in=0.8, backchannel=True),
                Silence(3.0),
                Say("yes", voice="hibari~0.9"),
            ),
            where=f"{tmp_path}/cases.jsonl:1",
        ),
    )


def test_a_simulated_caller_has_a_goal_and_a_persona(tmp_path: Path) -> None:
    written = {
        "id": "s1",
        "goal": {"task": "transfer", "knows": {"pin": "6283", "amount": 50}},
        "persona": {"voice": "espeak", "patience": 2, "habits": ["interrupts", "terse"]},
    }
    found = read_set(make(tmp_path, [written])).cases[0]
    assert found.goal == Goal("transfer", {"pin": "6283", "amount": 50})
    assert found.persona == Persona("espeak", 2, ("interrupts", "terse"))
    assert found.turns == ()


def test_the_day_of_the_calls(tmp_path: Path) -> None:
    assert read_set(make(tmp_path, [case()], HEADING + "today: 2026-11-24\n")).today == "2026-11-24"
    wrong = make(tmp_path, [case()], HEADING + "today: tomorrow\n")
    assert problems(wrong) == ["set.yaml:9: today is 'tomorrow'; it has to be a day: 2026-11-24"]


def test_a_plain_set_of_recordings_needs_no_heading(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    sound(folder / "audio" / "one.flac")
    label = {"intent": "order", "slots": {"size": " large"}}
    make(folder, [{"id": "1", "audio": "audio/one.flac", "text": "one", "speaker": "x"}], "")
    found = read_set(folder)
    assert (found.name, found.version, found.licence) == ("words", "0", "")
    assert found.cases[0].turns == (Say("one", audio=folder / "audio" / "one.flac"),)
    make(folder, [{"id": "1", "audio": "audio/one.flac", "label": label}], "")
    turn = read_set(folder).cases[0].turns[0]
    assert isinstance(turn, Say)
    assert (turn.text, turn.intent, turn.entities) == ("", "order", (Entity("size", "large"),))
    make(folder, [{"id": "1", "text": "one"}, case("2")], "")
    assert problems(folder) == [
        "set.yaml: is missing: a set of calls says its name, version, licence, source and split"
    ]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (case("a b"), "id is 'a b'; it may have letters"),
        (case(""), "id is empty"),
        ({"turns": [{"say": "x"}]}, "id is missing"),
        (case(voise="hibari"), "voise is no key that is known here (did you mean voice?)"),
        (case(voice="hibary"), "voice can't be used: no voice 'hibary'"),
        (case(caller="me"), "caller is 'me'; it has to be a telephone number"),
        (case(tags="x", goal={"task": "balance"}), "needs either turns"),
        ({"id": "a"}, "needs either turns"),
        (case(persona={"patience": 1}), "persona is for simulated callers"),
        ({"id": "a", "goal": {}}, "goal.task is missing"),
        (
            {"id": "a", "goal": {"task": "x"}, "persona": {"habits": ["interupts"]}},
            "persona.habits has 'interupts', which nobody does (did you mean interrupts?)",
        ),
        (case(line={"codec": "mulow"}), "line.codec is 'mulow'; it may be alaw, mulaw (did you"),
        (case(line={"loss": 2}), "line.loss is 2; it may be 0 to 0.9"),
        (case(line={"noise": "hum"}), "line.noise is given without snr"),
        (case(line=3), "line is 3; it has to be an object"),
        (case(limits={"turns": 1.5}), "limits.turns is 1.5; it has to be a whole number"),
        (case(limits={"seconds": True}), "limits.seconds is true; it has to be a number"),
        (case(expected={"outcome": "good"}), "expected.outcome is 'good'; it may be callback"),
        (case(expected={"actions": [{}]}), "expected.actions[0].name is missing"),
        (case(expected={"database": {"t": {}}}), "expected.database.t is an object; it has to be"),
        (case(expected={"database": {"t": [{"a": None}]}}), "expected.database.t[0].a is null"),
        (case("a", {"say": "x", "barge_in": -1}), "turns[0].barge_in is -1"),
        (case("a", {"say": ""}), "turns[0] says nothing"),
        (case("a", {"say": "x", "keys": "1"}), "turns[0] has to be one of say"),
        (case("a", {"spell": "x"}), "turns[0] has to be one of say"),
        (case("a", {"keys": "12x"}), "turns[0].keys may have 0-9"),
        (case("a", {"silence": 0}), "turns[0].silence is 0; it may be 0.02"),
        (case("a", {"silence": None}), "turns[0].silence is null; it has to be a number"),
        (case("a", {"say": 3}), "turns[0].say is 3; it has to be a text in quotes"),
        (case("a", {"say": "x" * 1001}), "turns[0].say has 1001 characters"),
        (case("a", {"say": "\ud800"}), "turns[0].say has characters that are no text"),
        (case("a", {"say": "x", "secret": 1}), "turns[0].secret is 1; it has to be true or false"),
        (case("a", {"say": "x", "entities": [{"kind": "n"}]}), "turns[0].entities[0].value is mi"),
        (case("a", {"say": "x", "audio": "no.wav"}), "no.wav can't be read: No such file"),
        (case("a", {"audio": "../b.wav"}), "turns[0].audio is '../b.wav', which lies outside"),
        (case("a", {"audio": "/etc/passwd"}), "turns[0].audio is '/etc/passwd', which lies"),
        ('{"id": "a", "id": "b"}', "'id' is given twice"),
        ('{"id": "a", "turns": [{"silence": NaN}]}', "NaN is no number"),
        ('{"id": "a", "turns": [{"silence": 1e999}]}', "turns[0].silence is inf; it has to be a"),
        ('{"id": "a"', "no JSON: Expecting ',' delimiter at column"),
        ("[1]", "the line has to be an object"),
        ("[" * 100_000, "no JSON that anybody would write"),
    ],
)
def test_what_is_wrong_with_a_case_is_said_with_its_line(
    tmp_path: Path, wrong: object, expected: str
) -> None:
    found = problems(make(tmp_path, [case("right"), "", wrong]))
    assert any(text.startswith(f"cases.jsonl:3: {expected}") for text in found), found


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    heading = HEADING.replace('"1.0"', "1.10").replace("licence", "license")
    cases = [case("a", {"say": "x", "intend": "y"}), case("b", voice="?"), "nonsense"]
    assert [text.split(" ")[0] for text in problems(make(tmp_path, cases, heading))] == [
        "set.yaml:5:",  # license
        "set.yaml:4:",  # the version is a number
        "set.yaml:",  # no licence
        "cases.jsonl:1:",
        "cases.jsonl:2:",
        "cases.jsonl:3:",
    ]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("format: 2\nname: x\n", "set.yaml:1: format is 2; this program reads format 1"),
        ("- a\n", "set.yaml: has to be a mapping"),
        ("", None),
        ("name: [\n", "set.yaml:2: no YAML"),
        ("name: x\nname: y\n", "set.yaml:2: name is given twice"),
        ("name: 3\n", "set.yaml:1: name is 3; it has to be a text"),
        ("split: tset\n", "set.yaml:1: split is 'tset'; it may be test, train, validation (did"),
        ("hashes: {cases.jsonl: abc}\n", "set.yaml: hashes.cases.jsonl is 'abc'"),
        ("today: 2026-13-45\n", "set.yaml: no YAML: month must be in 1..12"),
    ],
)
def test_what_is_wrong_with_the_heading(tmp_path: Path, heading: str, expected: str | None) -> None:
    folder = make(tmp_path, [case()], heading or " ")
    found = problems(folder)
    wanted = expected or "set.yaml: has to be a mapping"
    assert any(text.startswith(wanted) for text in found), found


def test_intents_are_those_of_the_dialogue(tmp_path: Path) -> None:
    domain = tmp_path / "domain"
    domain.mkdir()
    (domain / "a.yml").write_text("intents:\n  - check_balance\n  - greet: {use_entities: []}\n")
    (domain / "b.yml").write_text("slots: {}\n")
    known = domain_intents(domain)
    assert known == {"check_balance", "greet"}
    folder = make(tmp_path / "set", [case("a", {"say": "x", "intent": "check_balanse"})])
    assert read_set(folder).cases
    assert problems(folder, intents=known) == [
        "cases.jsonl:1: turns[0].intent is 'check_balanse', which the dialogue does not know "
        "(did you mean check_balance?)"
    ]
    assert "transfer_money" in domain_intents(ROOT / "nlu-data" / "domain")
    with pytest.raises(SetError, match="no domain file"):
        domain_intents(tmp_path / "none")


def test_recordings_that_nobody_could_play(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 8000)
    soundfile.write(tmp_path / "silent.wav", np.zeros(800), 8000)
    sound(tmp_path / "long.flac", seconds=61)
    whole = sound(tmp_path / "whole.flac", seconds=2).read_bytes()
    (tmp_path / "torn.flac").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "folder.wav").mkdir()
    names = ("empty", "silent", "long", "torn", "text", "folder")
    cases = [
        case(name, {"audio": f"{name}.{'flac' if name in ('long', 'torn') else 'wav'}"})
        for name in names
    ]
    found = dict(zip(names, problems(make(tmp_path, cases)), strict=True))
    assert "is empty" in found["empty"]
    assert "is silent" in found["silent"]
    assert "lasts 61 s; at most 60 s" in found["long"]
    assert "torn.flac is" in found["torn"]
    assert "is no audio" in found["text"]
    assert "can't be read: Is a directory" in found["folder"]


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    make(tmp_path, [case("a")])
    with (tmp_path / "cases.jsonl").open("ab") as file:
        file.write(b'{"id": "\xff"}\n')
    assert problems(tmp_path) == ["cases.jsonl:2: byte 9 of the line is no UTF-8"]
    (tmp_path / "set.yaml").write_bytes(b"name: \xff\n")
    assert problems(tmp_path) == ["set.yaml: byte 7 is no UTF-8"]


def test_line_separators_within_a_text_end_no_line(tmp_path: Path) -> None:
    written = json.dumps(case("a", {"say": "one\u2028two"}), ensure_ascii=False)
    turn = read_set(make(tmp_path, [f"\ufeff{written}\r"])).cases[0].turns[0]
    assert turn == Say("one\u2028two")


def test_limits_and_folders_without_anything(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="is no folder"):
        read_set(tmp_path / "none")
    with pytest.raises(SetError, match=r"cases.jsonl: can't be read"):
        read_set(tmp_path)
    assert problems(make(tmp_path, [])) == ["cases.jsonl: has no case"]
    many = [case(str(number)) for number in range(MOST_CASES + 1)]
    assert problems(make(tmp_path, many)) == [
        f"cases.jsonl:{MOST_CASES + 1}: is one case more than the {MOST_CASES} that are read"
    ]
    assert "the line has" in problems(make(tmp_path, [case("a", tags=["x" * 2_000_000])]))[0]
    with (tmp_path / "cases.jsonl").open("wb") as file:
        file.truncate(64_000_001)
    assert problems(tmp_path) == ["cases.jsonl: has 64000001 bytes; at most 64000000 are read"]


def test_the_digest_covers_every_file(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    folder = make(tmp_path, [case("a", {"audio": "a.wav"})])
    digests = [read_set(folder).digest, read_set(folder).digest]
    assert digests[0] == digests[1]
    sound(tmp_path / "a.wav", seed=2)
    digests.append(read_set(folder).digest)
    make(tmp_path, [case("a", {"audio": "a.wav"}, tags=["x"])])
    digests.append(read_set(folder).digest)
    make(tmp_path, [case("a", {"audio": "a.wav"}, tags=["x"])], HEADING + "# more\n")
    digests.append(read_set(folder).digest)
    assert len(set(digests)) == 4


def test_a_long_list_of_problems_is_cut_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(SetError) as caught:
        read_set(make(tmp_path, ["x"] * 150))
    assert len(caught.value.problems) == 150
    assert str(caught.value).endswith("... and 50 more")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from("id turns goal persona caller voice line expected limits tags".split())


@settings(max_examples=50)
@given(st.dictionaries(_KEYS, _JSON), st.lists(_JSON, max_size=3))
def test_whatever_stands_on_a_line_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, entry: dict[str, Any], turns: list[Any]
) -> None:
    folder = make(tmp_path_factory.mktemp("set"), [entry | {"turns": turns}])
    with suppress(SetError):
        assert len(read_set(folder).cases) == 1


@given(st.binary(max_size=200))
def test_every_line_of_bytes_is_an_object_or_a_problem(data: bytes) -> None:
    for line in lines_of(data):
        assert (line.entry is None) == bool(line.problem)


@pytest.mark.skipif(not DATA.is_dir(), reason="no recordings in ../shared/data")
@pytest.mark.parametrize(("name", "count"), [("an4", 240), ("coffee-orders", 160), ("digits", 240)])
def test_the_sets_of_real_recordings(name: str, count: int) -> None:
    found = read_set(DATA / name)
    assert len(found.cases) == count
    assert not found.synthetic

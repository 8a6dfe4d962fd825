from __future__ import annotations

import hashlib
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.sets.casereading import HABITS
from evaluation.sets.heading import Heading
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
from evaluation.sets.reading import read_set
from evaluation.sets.writing import seal, staged, write_set
from tests.evaluation.sets.folders import HEADING, case, make, problems, sound

BANK = Heading("bank", "1.0", "Apache-2.0", "written for a test", synthetic=True)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_set_is_written_with_its_recordings_and_hashes(tmp_path: Path) -> None:
    one, two = sound(tmp_path / "x" / "a.wav"), sound(tmp_path / "y" / "a.wav", seed=2)
    cases = [Case("1", (Say("one", one), Say("two", two))), Case("2", (Say("one", one),))]
    found = write_set(tmp_path / "new" / "set", replace(BANK, today="2026-11-24"), cases)
    folder = tmp_path / "new" / "set"
    assert sorted(path.name for path in folder.rglob("*")) == [
        "a-2.wav",
        "a.wav",
        "audio",
        "cases.jsonl",
        "set.yaml",
    ]
    assert yaml.safe_load((folder / "set.yaml").read_text()) == {
        "format": 1,
        "name": "bank",
        "version": "1.0",
        "licence": "Apache-2.0",
        "source": "written for a test",
        "split": "test",
        "synthetic": True,
        "today": "2026-11-24",
        "hashes": {
            "audio/a-2.wav": sha256(two),
            "audio/a.wav": sha256(one),
            "cases.jsonl": sha256(folder / "cases.jsonl"),
        },
    }
    assert found == read_set(folder)
    assert found.cases[1].turns == (Say("one", folder / "audio" / "a.wav"),)
    assert list(tmp_path.glob("new/.*")) == []


def test_what_can_not_be_read_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "set"
    with pytest.raises(SetError, match="is taken"):
        write_set(target, BANK, [Case("1", (Say("x"),)), Case("1", (Say("y"),))])
    with pytest.raises(SetError, match=r"gone.wav: can't be copied into the set"):
        write_set(target, BANK, [Case("1", (Say("x", tmp_path / "gone.wav"),))])
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    assert write_set(tmp_path / "set", BANK, [Case("1", (Say("x"),))]).name == "bank"
    before = sha256(tmp_path / "set" / "cases.jsonl")
    with pytest.raises(SetError, match="exists already"):
        write_set(tmp_path / "set", BANK, [Case("2", (Say("x"),))])
    assert sha256(tmp_path / "set" / "cases.jsonl") == before


def test_a_stage_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with staged(tmp_path / "set") as folder:
            (folder / "half").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_changed_file_is_noticed_until_the_set_is_sealed_anew(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    folder = make(tmp_path, [case("a", {"audio": "a.wav"})])
    seal(folder)
    first = read_set(folder).digest
    sound(tmp_path / "a.wav", seed=2)
    make(tmp_path, [case("a", {"audio": "a.wav"}), case("b", {"audio": "b.wav"})], "")
    sound(tmp_path / "b.wav")
    advice = "if the change is meant, seal the set anew: `voicebot evaluate hash FOLDER`"
    assert problems(folder) == [
        f"cases.jsonl: is not the file that was sealed; {advice}",
        f"a.wav: is not the file that was sealed; {advice}",
        f"set.yaml: has no hash of b.wav; {advice}",
    ]
    assert set(seal(folder)) == {"cases.jsonl", "a.wav", "b.wav"}
    assert read_set(folder).digest != first


def test_a_sealed_file_that_is_gone_is_missed(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    folder = make(tmp_path, [case("a", {"audio": "a.wav"})])
    seal(folder)
    make(tmp_path, [case("a")], "")
    (folder / "a.wav").unlink()
    assert problems(folder)[-1] == "set.yaml: names a.wav, which is missing"


def test_sealing_keeps_what_people_wrote(tmp_path: Path) -> None:
    heading = HEADING + f"hashes:\n  a: {64 * 'a'}\n# the day\ntoday: 2026-11-24  # a Tuesday"
    folder = make(tmp_path, [case()], heading)
    seal(folder)
    text = (folder / "set.yaml").read_text()
    assert text.startswith(HEADING + "# the day\ntoday: 2026-11-24  # a Tuesday\nhashes:\n  cases")
    seal(folder)
    assert (folder / "set.yaml").read_text() == text


def test_what_can_not_be_sealed(tmp_path: Path) -> None:
    with pytest.raises(SetError, match=r"set.yaml: is missing"):
        seal(tmp_path)
    entry = yaml.safe_load(HEADING)
    folder = make(tmp_path, [case()], yaml.safe_dump(entry, default_flow_style=True))
    before = sha256(folder / "set.yaml")
    with pytest.raises(SetError, match="one key a line"):
        seal(folder)
    make(tmp_path, ["nonsense"], "")
    with pytest.raises(SetError, match="no JSON"):
        seal(folder)
    assert sha256(folder / "set.yaml") == before


_WORDS = st.text(string.ascii_letters + "  äß'\u2028\"\\", min_size=1, max_size=20).filter(
    str.strip
)
_NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=8)
_VALUES: st.SearchStrategy[Any] = (
    _WORDS | st.integers(-(10**9), 10**9) | st.booleans() | st.floats(-1e9, 1e9)
)
_COLUMNS = st.dictionaries(_NAMES, _VALUES, max_size=3)
_SECONDS = st.floats(0.05, 5)


@st.composite
def entities_of(draw: st.DrawFn, text: str) -> tuple[Entity, ...]:
    words = text.split()
    wanted = draw(st.lists(st.sampled_from(words), max_size=2))
    return tuple(
        Entity(draw(_NAMES), draw(_VALUES), draw(st.sampled_from(["", w]))) for w in wanted
    )


@st.composite
def said(draw: st.DrawFn) -> Say:
    text = draw(st.lists(_NAMES, min_size=1, max_size=4).map(" ".join))
    return Say(
        text,
        voice=draw(st.sampled_from(["", "hibari", "espeak:en-gb+f3"])),
        intent=draw(st.none() | _NAMES),
        entities=draw(entities_of(text)),
        secret=draw(st.booleans()),
    )


_TURNS = st.one_of(
    said(),
    st.builds(Keys, st.text("0123456789*#", min_size=1, max_size=8), st.booleans()),
    st.builds(Silence, _SECONDS),
    st.builds(Say, _WORDS, barge_in=st.none() | _SECONDS, backchannel=st.just(True)),
)
_LINES = st.builds(
    Line,
    codec=st.sampled_from(["mulaw", "alaw"]),
    band=st.sampled_from(["narrow", "wide"]),
    snr=st.floats(-20, 100),
    noise=st.sampled_from(["white", "pink", "babble", "hum"]),
    loss=st.floats(0, 0.9),
    jitter=st.floats(0, 2),
    echo=st.none() | st.floats(0, 100),
    echo_delay=st.floats(0, 2),
)
_ACTIONS = st.lists(st.builds(Action, _NAMES, _COLUMNS), max_size=2).map(tuple)
_EXPECTED = st.builds(
    Expected,
    outcome=st.sampled_from([None, "contained", "escalated", "callback"]),
    actions=_ACTIONS,
    database=st.lists(
        st.builds(Rows, _NAMES, st.lists(_COLUMNS, max_size=2).map(tuple)),
        max_size=2,
        unique_by=lambda rows: rows.table,
    ).map(tuple),
    never_says=st.lists(_WORDS, max_size=2).map(tuple),
)
_COMMON: dict[str, Any] = {
    "id": st.just(""),
    "caller": st.sampled_from(["", "+15550100"]),
    "voice": st.sampled_from(["hibari", "espeak"]),
    "line": st.just(Line()) | _LINES,
    "expected": st.just(Expected()) | _EXPECTED,
    "limits": st.builds(Limits, st.integers(10, 1000), st.floats(60, 3600)),
    "tags": st.lists(_NAMES, max_size=3).map(tuple),
}
_HABITS = st.lists(st.sampled_from(HABITS), max_size=2).map(tuple)
_CASES = st.one_of(
    st.builds(Case, turns=st.lists(_TURNS, min_size=1, max_size=4).map(tuple), **_COMMON),
    st.builds(
        Case,
        goal=st.builds(Goal, _NAMES, _COLUMNS),
        persona=st.builds(Persona, st.just("espeak"), st.integers(0, 100), _HABITS),
        **_COMMON,
    ),
)
_HEADINGS = st.builds(
    Heading,
    name=_WORDS,
    version=_WORDS | st.just("1.10"),
    licence=_WORDS,
    source=_WORDS | st.text("ab: #-'\n", min_size=1).filter(str.strip),
    split=st.sampled_from(["train", "validation", "test"]),
    synthetic=st.booleans(),
    today=st.sampled_from(["", "2026-11-24"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(_HEADINGS, st.lists(_CASES, min_size=1, max_size=3))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, heading: Heading, cases: list[Case]
) -> None:
    cases = [replace(case, id=f"c{number}") for number, case in enumerate(cases)]
    found = write_set(tmp_path_factory.mktemp("sets") / "set", heading, cases)
    assert [replace(case, where="") for case in found.cases] == cases
    kept = {name: getattr(found, name) for name in "name version licence source split".split()}
    assert replace(heading, **kept, synthetic=found.synthetic, today=found.today) == heading

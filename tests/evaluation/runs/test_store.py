from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.runs.model import (
    BotTurn,
    CallerTurn,
    CallRecord,
    DoneAction,
    HeardEntity,
    RunInfo,
    Understood,
)
from evaluation.runs.store import CALLS, INFO, RunError, RunFolder

INFO_OF = RunInfo(
    set_name="bank",
    set_version="1",
    set_digest="ab" * 32,
    system="voicebot",
    seed=3,
    repeats=2,
    cases=2,
    started="2026-11-24 10:00 UTC",
    settings={"turns.patience": 1.0, "TODAY": "2026-11-24"},
    models={"dialogue": "abc"},
    machine={"cores": 2},
    set_folder="/sets/bank",
)
UNDERSTOOD = Understood("transfer", 0.9, (HeardEntity("amount", 50),), (("transfer", 0.9),))
CALL = CallRecord(
    case="money",
    attempt=1,
    seed=9,
    began=1.5,
    seconds=20.0,
    ended="bot",
    outcome="contained",
    turns=(CallerTurn(0, "say", "fifty", heard="fifty", start=1.0, understood=UNDERSTOOD),),
    bot=(BotTurn("Hello.", 0.1, 0.9, "hello"),),
    actions=(DoneAction("transfer", {"amount_cents": 5000}),),
    database={"transfers": ({"amount_cents": 5000, "target": "savings"},), "bills": ()},
    false_starts=(0.5,),
    tags=("noisy",),
    sound="cd",
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    made.create(INFO_OF, ["hours", "money"])
    return made


def test_what_was_kept_is_read_back_in_the_order_of_the_set(folder: RunFolder) -> None:
    hours = replace(CALL, case="hours", attempt=0)
    for call in (CALL, replace(CALL, attempt=0), hours):
        folder.append(call)
    run = folder.read()
    assert run.info == INFO_OF
    assert run.calls == (hours, replace(CALL, attempt=0), CALL)
    assert folder.finished() == {("hours", 0), ("money", 0), ("money", 1)}


def test_the_last_line_of_a_call_counts_and_the_end_keeps_only_that(folder: RunFolder) -> None:
    later = replace(CALL, bot=())
    for call in (CALL, later):
        folder.append(call)
    assert folder.read().calls == (later,)
    folder.finish()
    assert len((folder.path / CALLS).read_text().splitlines()) == 1
    assert folder.read().calls == (later,)
    assert folder.info().complete


def test_a_torn_last_line_is_left_out_and_cut_off_when_the_run_goes_on(folder: RunFolder) -> None:
    folder.append(CALL)
    whole = (folder.path / CALLS).read_bytes()
    with (folder.path / CALLS).open("ab") as file:
        file.write(whole[: len(whole) // 2])
    assert folder.read().calls == (CALL,)
    folder.resume(INFO_OF, ["hours", "money"])
    folder.append(replace(CALL, attempt=0))
    assert len(folder.read().calls) == 2


def test_an_interrupted_call_is_placed_again(folder: RunFolder) -> None:
    folder.append(replace(CALL, ended="interrupted"))
    assert folder.finished() == set()


def test_there_is_only_one_run_in_a_folder(folder: RunFolder) -> None:
    with pytest.raises(RunError, match="--resume"):
        folder.create(INFO_OF)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"set_digest": "cd" * 32}, "the set's content"),
        ({"seed": 4}, "the seed (3, now 4)"),
        ({"repeats": 1}, "repeats"),
        ({"system": "http://somewhere"}, "the system"),
        ({"settings": {"turns.patience": 1.2, "TODAY": "2026-11-24"}}, "turns.patience (1.0, now"),
        ({"models": {"dialogue": "other"}}, "the model dialogue"),
    ],
)
def test_another_run_is_not_gone_on_with(
    folder: RunFolder, changed: dict[str, object], said: str
) -> None:
    with pytest.raises(RunError) as refused:
        folder.resume(replace(INFO_OF, **changed), ["hours", "money"])  # type: ignore[arg-type]
    assert said in str(refused.value)


def test_other_cases_are_another_run_and_another_machine_is_not(folder: RunFolder) -> None:
    folder.resume(replace(INFO_OF, machine={"cores": 64}, started="later"), ["hours", "money"])
    with pytest.raises(RunError, match="other cases"):
        folder.resume(INFO_OF, ["hours", "cards"])


def test_what_is_no_run_says_so(tmp_path: Path, folder: RunFolder) -> None:
    with pytest.raises(RunError, match="no run's folder"):
        RunFolder(tmp_path).read()
    folder.append(CALL)
    with (folder.path / CALLS).open("ab") as file:
        file.write(b'{"case": 5}\n')
    with pytest.raises(RunError, match="line 2"):
        folder.read()
    (folder.path / INFO).write_text(json.dumps({"format": 99, "order": []}))
    with pytest.raises(RunError, match="format 99"):
        folder.info()
    (folder.path / INFO).write_text("{")
    with pytest.raises(RunError, match="can't be read"):
        folder.info()


def test_no_case_leads_out_of_the_folder_and_none_hits_another(folder: RunFolder) -> None:
    names = {folder.audio(case, 0).as_posix() for case in ("../x", "..-x", ".._x", "a b", "a_b")}
    assert len(names) == 5
    assert all(name.startswith("audio/") and name.count("/") == 1 for name in names)

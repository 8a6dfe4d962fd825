from __future__ import annotations

import pytest

from evaluation.bench.__main__ import main
from evaluation.bench.plan import ALL, chosen, groups


def test_all_benchmarks_but_those_on_request_run_by_default() -> None:
    assert chosen([]) == [benchmark for benchmark in ALL if not benchmark.on_request]


def test_named_benchmarks_run_in_the_order_of_the_plan() -> None:
    assert [b.name for b in chosen(["silent", "latency"])] == ["latency", "silent"]


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(LookupError, match=r"no benchmark 'speed'; there are .*latency"):
        chosen(["speed"])


def test_benchmarks_with_the_same_agent_are_together() -> None:
    named = [[b.name for b in group] for group in groups(chosen([]))]
    assert ["asr"] in named
    assert ["silent"] in named
    assert any({"latency", "concurrent", "interruption", "soak"} <= set(group) for group in named)


def test_wrong_arguments_end_with_two_and_a_reason(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--set", str(tmp_path)]) == 2
    assert "no set of recordings" in capsys.readouterr().err

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluation.bench.__main__ import summary
from evaluation.bench.intervals import Figure
from evaluation.bench.report import page
from evaluation.bench.results import BARS, Bar, Outcome, Picture, as_json

KEYS = """
    voice_to_voice_ms.p50 voice_to_voice_ms.p95 decided_to_audio_ms.p50 decided_to_audio_ms.p95
    cut_off_rate asr.wer_live asr.wer_offline asr.cpu_ratio concurrent.calls concurrent.p95_ratio
    concurrent.max_gap_ms silent.core_per_call silent.bytes_per_call interruption.stop_ms_p95
    interruption.false_stop_rate interruption.miss_rate peer.voice_to_voice_ratio peer.calls_ratio
    soak.growth_mb
""".split()

ABOUT: dict[str, Any] = {
    "finished": "today",
    "sets": ["<an4>"],
    "seed": 1,
    "machine": {"processor": "a & b", "cores": 2, "memory_gb": 8.0, "load_before": [0.1, 0, 0]},
    "versions": {"commit": "abc"},
    "settings": {"turns": {"silence": 0.7}},
}


def at(result: dict[str, Any], key: str) -> Any:
    value: Any = result
    for part in key.split("."):
        value = value[part]
    return value


def some() -> Outcome:
    outcome = Outcome("latency")
    outcome.put("voice_to_voice_ms.p50", Figure(0.4123456, 0.3, 0.5), 1000)
    outcome.put("voice_to_voice_ms.p95", Figure(1.2, 1.0, 1.4), 1000)
    outcome.put("cut_off_rate", None)
    outcome.counts = {"turns": 60}
    outcome.pictures = [Picture("Where", "<svg></svg>", "a <caption>")]
    outcome.cases = [{"id": "<x>", "stages_ms": {"noticed": 1}, "response_ms": None}]
    return outcome


def test_every_key_is_there_and_null_where_nothing_was_measured() -> None:
    result = as_json([some()], ABOUT, "quick")
    json.dumps(result, allow_nan=False)
    assert at(result, "voice_to_voice_ms.p50") == pytest.approx(412.35)
    for key in KEYS[2:]:
        assert at(result, key) is None
        assert result["null_because"][key]
    assert "voice_to_voice_ms.p50" not in result["null_because"]
    assert result["intervals"]["voice_to_voice_ms.p50"] == [300, 500]
    assert result["reached"] == {"voice_to_voice_ms.p50": True, "voice_to_voice_ms.p95": False}
    assert result["benchmarks"]["latency"]["counts"] == {"turns": 60}


def test_a_partial_outcome_makes_a_partial_run() -> None:
    outcome = some()
    outcome.partial = True
    assert as_json([outcome], ABOUT, "full")["partial"]
    assert not as_json([some()], ABOUT, "full")["partial"]


def test_bars_are_at_most_or_at_least() -> None:
    assert Bar("a", "", 5).reached(5)
    assert not Bar("a", "", 5).reached(5.1)
    assert Bar("a", "", 5, "at least").reached(5)
    assert not Bar("a", "", 5, "at least").reached(4.9)


def test_the_page_stands_alone_and_escapes_what_comes_from_outside() -> None:
    outcome = some()
    outcome.failure, outcome.notes = "no <agent>", ["a <note>"]
    result = as_json([outcome], ABOUT, "quick")
    html = page([outcome], result)
    assert "<an4>" not in html
    assert "&lt;an4&gt;" in html
    assert "&lt;x&gt;" in html
    assert "no &lt;agent&gt;" in html
    assert "src=" not in html
    assert "href=" not in html
    assert "not run" in html
    assert ">reached" in html
    assert ">missed" in html


def test_the_summary_has_a_line_for_each_bar() -> None:
    lines = summary(as_json([some()], ABOUT, "quick"))
    assert len(lines) == len(BARS)
    assert "412.4 ms" in lines[0]
    assert lines[0].endswith("reached")
    assert lines[1].endswith("MISSED")
    assert "not run" in lines[2]

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from evaluation.bench import peer
from evaluation.bench.agentprocess import AgentNotRunning
from evaluation.bench.capacity import Step
from evaluation.bench.measures import Speech
from evaluation.bench.peerprocess import Peer, PeerServer
from evaluation.bench.peers.settings import VARIANTS
from evaluation.bench.plan import chosen
from evaluation.bench.results import value_of
from evaluation.bench.turns import Turn


def step(callers: int, response: float | None, turns: int = 4) -> Step:
    found = [Turn("c", "s", Speech(0.0, 1.0), response, False, False) for _ in range(turns)]
    return Step(callers, found)


def test_each_ratio_is_against_the_better_variant() -> None:
    outcome = peer.judged(
        {
            "voicebot": [step(1, 0.3), step(2, 0.3), step(10, 1.2), step(20, 2.0)],
            "documented_smart_turn": [step(1, 1.5), step(2, 1.9), step(3, 2.5)],
            "documented_timeout": [step(1, 1.8), step(2, 2.2), step(3, 2.5)],
            "tuned_smart_turn": [step(1, 0.6), step(2, 0.9), step(3, 1.2)],
        }
    )
    figures = {key: value_of(figure) for key, figure in outcome.figures.items()}
    assert figures["peer.voice_to_voice_ratio"] == pytest.approx(5.0)
    assert figures["peer.equal_p95_ms"] == pytest.approx(1650)
    assert figures["peer.calls_ratio"] == pytest.approx(10.0)
    assert figures["peer.tuned_voice_to_voice_ratio"] == pytest.approx(2.0)
    assert figures["peer.tuned_equal_p95_ms"] == pytest.approx(1000)
    assert figures["peer.tuned_calls_ratio"] == pytest.approx(1.0)
    assert figures["peer.voicebot.calls"] == 10
    assert {picture.title for picture in outcome.pictures} == {
        "One caller",
        "More and more callers at once",
    }
    assert len(outcome.cases) == 13


def test_turns_that_are_never_answered_count_in_the_median_of_all() -> None:
    lost = Step(1, step(1, 1.2, 3).turns + step(1, None, 3).turns)
    outcome = peer.judged({"voicebot": [step(1, 0.4)], "documented_timeout": [lost]})
    figures = {key: value_of(figure) for key, figure in outcome.figures.items()}
    assert figures["peer.voice_to_voice_ratio"] == pytest.approx(3.0)
    assert figures["peer.voice_to_voice_ratio_of_all"] == pytest.approx((1.2 + 12.0) / 2 / 0.4)


def test_without_an_answer_there_is_no_ratio() -> None:
    outcome = peer.judged({"voicebot": [step(1, 0.3)], "documented_timeout": [step(1, None)]})
    assert "peer.voice_to_voice_ratio" not in outcome.figures
    assert "peer.calls_ratio" not in outcome.figures


def test_it_runs_only_when_it_is_named() -> None:
    assert "peer" not in [benchmark.name for benchmark in chosen([])]
    assert [benchmark.name for benchmark in chosen(["peer"])] == ["peer"]


def test_a_peer_without_its_environment_says_how_to_get_it(tmp_path: Path) -> None:
    server = PeerServer(tmp_path, tmp_path, {}, python=tmp_path / "python")
    with pytest.raises(AgentNotRunning, match="make bench-peers"):
        server.start(lambda: True)


def a_python(tmp_path: Path, program: str) -> Path:
    """An interpreter that runs `program` whatever it is told to run."""
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(program))
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
    python.chmod(0o755)
    return python


def test_a_peer_that_ends_while_starting_shows_its_last_words(tmp_path: Path) -> None:
    server = PeerServer(tmp_path, tmp_path, {}, a_python(tmp_path, "raise SystemExit('no voice')"))
    with pytest.raises(AgentNotRunning, match="no voice"):
        server.start(lambda: True)


async def test_a_peer_is_started_called_and_stopped(tmp_path: Path) -> None:
    python = a_python(
        tmp_path,
        """
        import http.server, os, sys
        class Versions(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(os.environb[b"ANSWER"])
        port = int(sys.argv[sys.argv.index("--port") + 1])
        http.server.HTTPServer(("127.0.0.1", port), Versions).serve_forever()
        """,
    )
    server = PeerServer(tmp_path, tmp_path, {"ANSWER": '{"pipecat-ai": "1"}'}, python)
    variant = next(iter(VARIANTS))
    system = Peer(server, variant)
    await system.start(lambda: True)
    try:
        assert server.versions() == {"pipecat-ai": "1"}
        invitation = await system.invite("+1", "CA1")
        assert invitation.url == f"ws://127.0.0.1:{server.port}/{variant}"
        assert system.process().pid == server.process.pid
        assert await system.trace("+1") is None
    finally:
        await system.stop()
    assert server.process.returncode is not None

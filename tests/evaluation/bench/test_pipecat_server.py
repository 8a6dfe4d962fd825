"""The peer itself, with real models, our real dialogue and a real recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.bench.agentprocess import AgentProcess
from evaluation.bench.clips import Clips, Wanted
from evaluation.bench.latency import plans_for
from evaluation.bench.peerprocess import PYTHON, Peer, PeerServer
from evaluation.bench.peers.settings import VARIANTS
from evaluation.bench.place import Numbers, place
from evaluation.bench.scenarios import Floor
from evaluation.bench.turns import turns_of
from voicebot.config import ROOT, Settings
from voicebot.models import ModelStore

RECORDINGS = ROOT.parent / "shared" / "data" / "an4"

pytestmark = [
    pytest.mark.real,
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON.exists(), reason="the environment .venv-peers is not built (make bench-peers)"
    ),
    pytest.mark.skipif(
        not RECORDINGS.is_dir(), reason="no recordings in ../shared/data/an4 to speak with"
    ),
]


async def test_every_variant_greets_and_answers_a_caller(tmp_path: Path) -> None:
    model = ModelStore(Settings().models_dir).path("whisper-tiny.en")
    clips = Clips([RECORDINGS], 1).choose(1, Wanted(shortest=1.0, longest=3.0), "peer")
    numbers = Numbers()
    with AgentProcess(tmp_path / "agent") as agent:
        dialogue = {
            "PEER_RASA_URL": f"http://127.0.0.1:{agent.rasa_port}",
            "PEER_RASA_SECRET": agent.rasa_secret,
        }
        server = PeerServer(tmp_path, model, dialogue)
        server.start(lambda: True)
        try:
            assert {"pipecat-ai", "faster-whisper"} <= server.versions().keys()
            for variant in VARIANTS:
                (plan,) = plans_for(clips, Floor())
                log = await place(Peer(server, variant), numbers.take(), plan)
                (turn,) = turns_of(log, None)
                assert log.ended == "caller"
                assert log.mistakes == 0
                assert log.bot[: round(8000 * turn.speech.start)].any(), "it did not greet"
                assert turn.response is not None, "it did not answer"
                assert turn.response < 6.0
        finally:
            server.stop()

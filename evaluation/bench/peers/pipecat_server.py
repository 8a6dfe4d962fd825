"""A voice agent made of pipecat (BSD-2-Clause), taking calls as Twilio Media Streams.

    .venv-peers/bin/python -m evaluation.bench.peers.pipecat_server --port 9000 --model FOLDER

Runs in .venv-peers, which has pipecat. Streams are opened at the names of `settings.VARIANTS`;
/versions says what they are made of. PEER_RASA_URL and PEER_RASA_SECRET, from the environment, say
where the dialogue is.
`settings.py` tells where it is run otherwise than by default, and why.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from faster_whisper import WhisperModel
from loguru import logger
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.tts_service import TTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_stop import (
    BaseUserTurnStopStrategy,
    SpeechTimeoutUserTurnStopStrategy,
    TurnAnalyzerUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from evaluation.bench.peers.services import (
    HibariVoice,
    OneAnswer,
    Rasa,
    RasaAnswers,
    RenderedVoice,
    SharedWhisper,
    documented_whisper,
    render,
)
from evaluation.bench.peers.settings import (
    ANSWER,
    COMPUTE_TYPE,
    DOCUMENTED,
    GREETING,
    LINE_RATE,
    LISTENING_RATE,
    TUNED,
    VARIANTS,
)
from voicebot.engines.hibari import HibariSynthesizer

_START_SECONDS: Final = 10.0
_PACKAGES: Final = ("pipecat-ai", "faster-whisper", "ctranslate2", "onnxruntime", "hibari-tts")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an agent is put together from, made anew for each call (the dialogue: of its name)."""

    whisper: Callable[[], WhisperSTTService]
    stop: Callable[[], BaseUserTurnStopStrategy]
    dialogue: Callable[[str], RasaAnswers | OneAnswer]
    voice: Callable[[], TTSService]


def smart_turn() -> BaseUserTurnStopStrategy:
    """pipecat's default: the smart-turn model, asked after 0.2 s of silence."""
    return TurnAnalyzerUserTurnStopStrategy(turn_analyzer=LocalSmartTurnAnalyzerV3())


def timeout() -> BaseUserTurnStopStrategy:
    """pipecat's fixed silence: 0.6 s after voice activity has ended."""
    return SpeechTimeoutUserTurnStopStrategy()


def versions() -> dict[str, str]:
    """The packages that matter, and their versions."""
    return {name: metadata.version(name) for name in _PACKAGES}


class Server:
    """Takes calls; what calls share is loaded once."""

    def __init__(self, model: Path, rasa: Rasa) -> None:
        shared = WhisperModel(
            str(model),
            device="cpu",
            compute_type=COMPUTE_TYPE,
            cpu_threads=1,
            num_workers=os.cpu_count() or 1,
        )
        voice = HibariSynthesizer()
        LocalSmartTurnAnalyzerV3()  # its file is read once before the first call

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            yield
            await rasa.close()

        self.app = FastAPI(lifespan=lifespan)
        self.app.add_api_route("/versions", versions)
        documented = partial(
            Parts,
            whisper=partial(documented_whisper, model),
            dialogue=partial(RasaAnswers, rasa),
            voice=partial(HibariVoice, voice),
        )
        tuned = partial(
            Parts,
            whisper=partial(SharedWhisper, shared),
            dialogue=lambda _: OneAnswer(),
            voice=partial(RenderedVoice, render(voice, GREETING, ANSWER)),
        )
        variants: dict[str, Parts] = {
            f"{DOCUMENTED}_smart_turn": documented(stop=smart_turn),
            f"{DOCUMENTED}_timeout": documented(stop=timeout),
            f"{TUNED}_smart_turn": tuned(stop=smart_turn),
        }
        for name in VARIANTS:
            self.app.add_api_websocket_route(f"/{name}", self._taking(variants[name]))

    def _taking(self, parts: Parts) -> Callable[[WebSocket], object]:
        async def take(websocket: WebSocket) -> None:
            await websocket.accept()
            try:
                async with asyncio.timeout(_START_SECONDS):
                    stream = await started(websocket)
            except (TimeoutError, WebSocketDisconnect, ValueError, KeyError):
                await websocket.close(1008)
                return
            # Loading a model takes a while: in its thread, the other calls go on meanwhile.
            whisper = await asyncio.to_thread(parts.whisper)
            await self._talk(websocket, stream, whisper, parts)

        return take

    async def _talk(
        self, websocket: WebSocket, stream: str, whisper: WhisperSTTService, parts: Parts
    ) -> None:
        serializer = TwilioFrameSerializer(
            stream, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
        )
        transport = FastAPIWebsocketTransport(
            websocket,
            FastAPIWebsocketParams(
                audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
            ),
        )
        aggregators = LLMContextAggregatorPair(
            LLMContext(),
            user_params=LLMUserAggregatorParams(
                vad_analyzer=SileroVADAnalyzer(),
                user_turn_strategies=UserTurnStrategies(stop=[parts.stop()]),
            ),
        )
        dialogue = parts.dialogue(stream)
        pipeline = Pipeline(
            [
                transport.input(),
                whisper,
                aggregators.user(),
                dialogue,
                parts.voice(),
                transport.output(),
                aggregators.assistant(),
            ]
        )
        worker = PipelineWorker(
            pipeline,
            params=PipelineParams(
                audio_in_sample_rate=LISTENING_RATE, audio_out_sample_rate=LINE_RATE
            ),
            enable_rtvi=False,
            enable_turn_tracking=False,
        )

        @transport.event_handler("on_client_connected")
        async def greet(*_: object) -> None:
            await worker.queue_frames([TTSSpeakFrame(text) for text in await dialogue.greeting()])

        @transport.event_handler("on_client_disconnected")
        async def leave(*_: object) -> None:
            await worker.cancel()

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()


async def started(websocket: WebSocket) -> str:
    """The stream's id, from Twilio's `start`. Raises ValueError, KeyError, WebSocketDisconnect."""
    while True:
        message = json.loads(await websocket.receive_text())
        if message["event"] == "start":
            return str(message["start"]["streamSid"])


def main() -> None:
    """The command; runs until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True, metavar="FOLDER")
    given = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    try:
        rasa = Rasa(os.environ["PEER_RASA_URL"], os.environ["PEER_RASA_SECRET"])
    except KeyError as missing:
        parser.error(f"{missing} is not set")
    server = Server(given.model, rasa)
    uvicorn.run(
        server.app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()

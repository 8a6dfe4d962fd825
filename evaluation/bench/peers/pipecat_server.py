"""A voice agent made of pipecat (BSD-2-Clause), taking calls as Twilio Media Streams.

    .venv-peers/bin/python -m evaluation.bench.peers.pipecat_server --port 9000 --model FOLDER

Runs in .venv-peers, which has pipecat. Streams are opened at the names of `settings.VARIANTS`;
/versions says what they are made of.
`settings.py` tells where it is run otherwise than by default, and why.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from faster_whisper import WhisperModel
from loguru import logger
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import Frame, LLMContextFrame, TTSAudioRawFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transcriptions.language import Language
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

from evaluation.bench.peers.settings import (
    ANSWER,
    COMPUTE_TYPE,
    DOCUMENTED,
    GREETING,
    LINE_RATE,
    LISTENING_RATE,
    NO_SPEECH,
    TUNED,
    VARIANTS,
)
from voicebot.engines.base import VoiceSettings
from voicebot.engines.hibari import HibariSynthesizer

Whisper = Callable[[], WhisperSTTService]
Stop = Callable[[], BaseUserTurnStopStrategy]

_START_SECONDS: Final = 10.0
_PACKAGES: Final = ("pipecat-ai", "faster-whisper", "ctranslate2", "onnxruntime", "hibari-tts")


class SharedWhisper(WhisperSTTService):
    """pipecat's Whisper service with a model that all calls share."""

    def __init__(self, model: WhisperModel) -> None:
        self._shared = model
        settings = WhisperSTTService.Settings(
            model="shared", language=Language.EN, no_speech_prob=NO_SPEECH
        )
        super().__init__(settings=settings, ttfs_p99_latency=1.0)

    def _load(self) -> None:
        self._model = self._shared


def documented_whisper(model: Path) -> WhisperSTTService:
    """pipecat's Whisper service as it comes: a model of its own for each call."""
    settings = WhisperSTTService.Settings(model=str(model), language=Language.EN)
    return WhisperSTTService(device="cpu", compute_type=COMPUTE_TYPE, settings=settings)


class RenderedVoice(TTSService):
    """The voice of the agent that pipecat is compared with; its sentences are rendered already."""

    def __init__(self, rendered: dict[str, bytes]) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=LINE_RATE,
            settings=TTSSettings(model=None, voice="hibari", language=None),
        )
        self._rendered = rendered

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """Yield the whole sentence: pipecat cuts it into pieces and paces them."""
        yield TTSAudioRawFrame(self._rendered[text], LINE_RATE, 1, context_id=context_id)


class OneAnswer(FrameProcessor):
    """A dialogue without any cost: whatever the caller says gets the same answer at once."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer where a language model would be asked."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self.push_frame(TTSSpeakFrame(ANSWER))
        else:
            await self.push_frame(frame, direction)


def smart_turn() -> BaseUserTurnStopStrategy:
    """pipecat's default: the smart-turn model, asked after 0.2 s of silence."""
    return TurnAnalyzerUserTurnStopStrategy(turn_analyzer=LocalSmartTurnAnalyzerV3())


def timeout() -> BaseUserTurnStopStrategy:
    """pipecat's fixed silence: 0.6 s after voice activity has ended."""
    return SpeechTimeoutUserTurnStopStrategy()


def render(texts: tuple[str, ...]) -> dict[str, bytes]:
    """16-bit audio at the line's rate of each text."""
    voice = HibariSynthesizer()
    return {
        text: np.concatenate(list(voice.stream(text, LINE_RATE, VoiceSettings()))).tobytes()
        for text in texts
    }


def versions() -> dict[str, str]:
    """The packages that matter, and their versions."""
    return {name: metadata.version(name) for name in _PACKAGES}


class Server:
    """Takes calls; the models are loaded once."""

    def __init__(self, model: Path) -> None:
        self._whisper = WhisperModel(
            str(model),
            device="cpu",
            compute_type=COMPUTE_TYPE,
            cpu_threads=1,
            num_workers=os.cpu_count() or 1,
        )
        self._rendered = render((GREETING, ANSWER))
        LocalSmartTurnAnalyzerV3()  # its file is read once before the first call
        self.app = FastAPI()
        self.app.add_api_route("/versions", versions)
        documented = partial(documented_whisper, model)
        tuned = partial(SharedWhisper, self._whisper)
        variants: dict[str, tuple[Whisper, Stop]] = {
            f"{DOCUMENTED}_smart_turn": (documented, smart_turn),
            f"{DOCUMENTED}_timeout": (documented, timeout),
            f"{TUNED}_smart_turn": (tuned, smart_turn),
        }
        for name in VARIANTS:
            self.app.add_api_websocket_route(f"/{name}", self._taking(*variants[name]))

    def _taking(self, whisper: Whisper, strategy: Stop) -> Callable[[WebSocket], object]:
        async def take(websocket: WebSocket) -> None:
            await websocket.accept()
            try:
                async with asyncio.timeout(_START_SECONDS):
                    stream = await started(websocket)
            except (TimeoutError, WebSocketDisconnect, ValueError, KeyError):
                await websocket.close(1008)
                return
            # Loading a model takes a while: in its thread, the other calls go on meanwhile.
            service = await asyncio.to_thread(whisper)
            await self._talk(websocket, stream, service, strategy())

        return take

    async def _talk(
        self,
        websocket: WebSocket,
        stream: str,
        whisper: WhisperSTTService,
        strategy: BaseUserTurnStopStrategy,
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
                user_turn_strategies=UserTurnStrategies(stop=[strategy]),
            ),
        )
        pipeline = Pipeline(
            [
                transport.input(),
                whisper,
                aggregators.user(),
                OneAnswer(),
                RenderedVoice(self._rendered),
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
            await worker.queue_frames([TTSSpeakFrame(GREETING)])

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
    server = Server(given.model)
    uvicorn.run(
        server.app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()

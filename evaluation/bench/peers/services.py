"""What pipecat is made of here beside its own parts: our recognizer, dialogue and voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import numpy as np
from faster_whisper import WhisperModel
from pipecat.frames.frames import Frame, LLMContextFrame, TTSAudioRawFrame, TTSSpeakFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transcriptions.language import Language

from evaluation.bench.peers.settings import ANSWER, COMPUTE_TYPE, GREETING, LINE_RATE, NO_SPEECH
from voicebot.engines.base import VoiceSettings
from voicebot.engines.hibari import HibariSynthesizer

CHANNEL: Final = "/webhooks/voicebot"
SECRET_HEADER: Final = "X-Voicebot-Secret"  # noqa: S105 - the name of a header
_SECONDS: Final = 30.0


def documented_whisper(model: Path) -> WhisperSTTService:
    """pipecat's Whisper service as it comes: a model of its own for each call."""
    settings = WhisperSTTService.Settings(model=str(model), language=Language.EN)
    return WhisperSTTService(device="cpu", compute_type=COMPUTE_TYPE, settings=settings)


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


class Rasa:
    """Our agent's dialogue server, over HTTP; the connections are shared by all calls."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url.rstrip("/") + CHANNEL
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def begun(self, call_id: str) -> list[str]:
        """What is said to the caller of a new call. Raises aiohttp.ClientError."""
        return await self._ask("/event", {"call_id": call_id, "name": "start", "payload": {}})

    async def answer(self, call_id: str, turn: int, said: str) -> list[str]:
        """What is answered to the caller's words. Raises aiohttp.ClientError."""
        return await self._ask(
            "/turn", {"call_id": call_id, "text": said, "metadata": {"turn": turn}}
        )

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, path: str, body: dict[str, Any]) -> list[str]:
        if self._session is None:  # it belongs to the loop that is running
            self._session = aiohttp.ClientSession(
                headers={SECRET_HEADER: self._secret},
                timeout=aiohttp.ClientTimeout(_SECONDS),
                raise_for_status=True,
            )
        async with self._session.post(self._url + path, json=body) as response:
            answer = await response.json()
        return [text for message in answer["messages"] if (text := message.get("text"))]


class RasaAnswers(FrameProcessor):
    """Asks Rasa where pipecat would ask a language model."""

    def __init__(self, rasa: Rasa, call_id: str) -> None:
        super().__init__()
        self._rasa = rasa
        self._call = call_id
        self._turn = 0

    async def greeting(self) -> list[str]:
        """What the dialogue begins with."""
        return await self._rasa.begun(self._call) or [GREETING]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a turn of the caller; everything else passes."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self._turn += 1
        said = last_words(frame.context)
        for text in await self._rasa.answer(self._call, self._turn, said) or [ANSWER]:
            await self.push_frame(TTSSpeakFrame(text))


class OneAnswer(FrameProcessor):
    """A dialogue without any cost: whatever the caller says gets the same answer at once."""

    async def greeting(self) -> list[str]:
        """What it begins with."""
        return [GREETING]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer where a language model would be asked."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self.push_frame(TTSSpeakFrame(ANSWER))
        else:
            await self.push_frame(frame, direction)


class _Voice(TTSService):
    def __init__(self) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=LINE_RATE,
            settings=TTSSettings(model=None, voice="hibari", language=None),
        )


class HibariVoice(_Voice):
    """The voice of our agent, sentence by sentence, as pipecat's own local services do it."""

    def __init__(self, voice: HibariSynthesizer) -> None:
        super().__init__()
        self._voice = voice

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """Yield each sentence as soon as it is rendered."""
        sentences = self._voice.stream(text, LINE_RATE, VoiceSettings())
        async for frame in self._stream_audio_frames_from_iterator(
            _in_thread(iter(sentences)), in_sample_rate=LINE_RATE, context_id=context_id
        ):
            yield frame


class RenderedVoice(_Voice):
    """The same voice, whose sentences are rendered already."""

    def __init__(self, rendered: dict[str, bytes]) -> None:
        super().__init__()
        self._rendered = rendered

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """Yield the whole sentence: pipecat cuts it into pieces and paces them."""
        yield TTSAudioRawFrame(self._rendered[text], LINE_RATE, 1, context_id=context_id)


def render(voice: HibariSynthesizer, *texts: str) -> dict[str, bytes]:
    """16-bit audio at the line's rate of each text."""
    return {
        text: np.concatenate(list(voice.stream(text, LINE_RATE, VoiceSettings()))).tobytes()
        for text in texts
    }


def last_words(context: LLMContext) -> str:
    """What the caller said last."""
    for message in reversed(context.get_messages()):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else ""
    return ""


async def _in_thread(sentences: Iterator[Any]) -> AsyncIterator[bytes]:
    while (sentence := await asyncio.to_thread(next, sentences, None)) is not None:
        yield sentence.tobytes()

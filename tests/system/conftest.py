"""The whole system for tests: one real agent process, with Rasa, models and a bank of its own."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.bench.agentprocess import AgentProcess
from voicebot.caller.place import CallOptions, place_call
from voicebot.caller.result import CallResult
from voicebot.caller.ring import Agent
from voicebot.caller.script import parse_script
from voicebot.caller.speech import hearing_with, speaking_with
from voicebot.config import Settings
from voicebot.engines.base import Synthesizer
from voicebot.engines.espeak import EspeakSynthesizer
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.whisper import WhisperRecognizer
from voicebot.models import ModelStore
from voicebot.training import train

ROOT = Path(__file__).resolve().parents[2]
SPEECH = ROOT.parent / "shared" / "data"
PASSWORD = "a-password-for-tests"
TODAY = "2026-11-24"


class RunningAgent(AgentProcess):
    """A real agent process and what tests need to reach into it."""

    def bank(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.rows("bank.sqlite", query, *parameters)

    def last_call(self) -> dict[str, Any]:
        """The newest call of the record, once it is closed there."""
        names = ("id", "caller", "outcome", "outcome_reason", "recording", "recording_state")
        deadline = time.monotonic() + 10
        while True:
            rows = self.record(
                f"SELECT {', '.join(names)} FROM calls ORDER BY started_at DESC LIMIT 1"
            )
            if rows and rows[0][2] is not None:
                return dict(zip(names, rows[0], strict=True))
            assert time.monotonic() < deadline, "the call was never closed in the record"
            time.sleep(0.05)

    def transcript(self, call_id: str) -> list[tuple[str, str]]:
        query = "SELECT party, text FROM turns WHERE call_id = ? ORDER BY number"
        return self.record(query, call_id)


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAgent]:
    """`voicebot serve` on free ports; stopped by Ctrl-C at the end, which must work."""
    train(Settings())
    folder = tmp_path_factory.mktemp("agent")
    configuration = folder / "voicebot.toml"
    configuration.touch()  # whatever stands in a checkout's own file
    settings = {
        "SEAT_PASSWORD": PASSWORD,
        "TODAY": TODAY,
        "CONFIG": str(configuration),
        "LIMITS__RING_SECONDS": "8",
    }
    with RunningAgent(folder, settings) as running:
        yield running


@pytest.fixture(scope="session")
def recognizer() -> WhisperRecognizer:
    return WhisperRecognizer(ModelStore(Settings().models_dir).path("whisper-tiny.en"))


@pytest.fixture(scope="session")
def hear(recognizer: WhisperRecognizer) -> Callable[[bytes], str]:
    """Real recognition of 8 kHz PCM, for checking what was audible."""
    return hearing_with(recognizer)


@pytest.fixture(scope="session")
def hibari() -> HibariSynthesizer:
    return HibariSynthesizer()


@dataclass(frozen=True)
class Telephone:
    """Places real calls to the agent with a synthetic caller or with recordings."""

    agent: RunningAgent
    hear: Callable[[bytes], str]
    voices: dict[str, Synthesizer]

    async def place(
        self,
        *items: str,
        caller: str = "+15550100",
        voice: str = "hibari",
        recording: Path | None = None,
    ) -> CallResult:
        """Talk as `items` say and hang up; `voice` (hibari or espeak) speaks the say: items."""
        return await place_call(
            CallOptions(
                items=parse_script(items),
                agent=Agent(url=self.agent.edge),
                caller=caller,
                recording=recording,
                synthesize=speaking_with(self.voices[voice]),
                transcribe=self.hear,
            )
        )


@pytest.fixture(scope="session")
def telephone(
    agent: RunningAgent, hear: Callable[[bytes], str], hibari: HibariSynthesizer
) -> Telephone:
    """A telephone that reaches the agent; several calls at a time are fine."""
    return Telephone(agent, hear, {"hibari": hibari, "espeak": EspeakSynthesizer()})


@pytest.fixture
def call(telephone: Telephone) -> Callable[..., Any]:
    """Place a real call: `await call("say:hello", "keys:4821", caller="+15550100")`."""
    return telephone.place


def bot_said(result: CallResult) -> str:
    """Everything that was heard of the bot, in small letters."""
    return " ".join(turn.text for turn in result.turns if turn.party == "bot").lower()


@pytest.fixture(scope="session")
def spoken_digits(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], str]:
    """A file in which a real person says the digits one after the other."""
    folder = SPEECH / "digits"
    if not folder.exists():
        pytest.skip("real speech is missing: ../shared/data/digits")
    target = tmp_path_factory.mktemp("digits")

    def made(digits: str, speaker: str = "george") -> str:
        import soundfile

        pieces = []
        for position, digit in enumerate(digits):
            takes = sorted((folder / "audio").glob(f"{digit}_{speaker}_*.flac"))
            samples, rate = soundfile.read(takes[position % len(takes)], dtype="int16")
            assert rate == 8000
            pieces += [samples, np.zeros(800, np.int16)]
        path = target / f"{speaker}-{digits}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(np.concatenate(pieces).tobytes())
        return str(path)

    return made


PEOPLE = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
"""Words and phrases that a person recorded for telephones, 8 kHz (Debian's
asterisk-core-sounds-en-wav)."""


@pytest.fixture(scope="session")
def spoken_words(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """A file in which a real person says the named recordings one after the other."""
    if not PEOPLE.exists():
        pytest.skip("recorded words are missing: make system (asterisk-core-sounds-en-wav)")
    target = tmp_path_factory.mktemp("words")

    def made(*names: str) -> str:
        path = target / f"{'-'.join(names).replace('/', '_')}.wav"
        with wave.open(str(path), "wb") as joined:
            for at, name in enumerate(names):
                with wave.open(str(PEOPLE / f"{name}.wav")) as file:
                    if at == 0:
                        joined.setparams(file.getparams())
                    joined.writeframes(file.readframes(file.getnframes()))
        return str(path)

    return made


@pytest.fixture(scope="session")
def utterance() -> Callable[[str], str]:
    """The file of an utterance of the AN4 recordings: many people, numbers and dates."""
    folder = SPEECH / "an4" / "audio"
    if not folder.exists():
        pytest.skip("real speech is missing: ../shared/data/an4")
    return lambda name: str(folder / f"{name}.flac")

"""Small copies of the layouts in which data sets are distributed, with contents of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from evaluation.sets.model import EvaluationSet, Say
from tests.evaluation.sets.folders import sound

ROOT = Path(__file__).resolve().parents[4]
DATA = ROOT.parent / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="there is no ../shared/data")

Import = Callable[..., EvaluationSet]
"""Imports NAME from SOURCE, with the options given; see conftest.py."""


def said(found: EvaluationSet) -> dict[str, Say]:
    """What is said in each case."""
    turns = {case.id: case.turns for case in found.cases}
    assert all(len(turn) == 1 for turn in turns.values())
    return {name: one[0] for name, one in turns.items() if isinstance(one[0], Say)}


def write(path: Path, content: object) -> Path:
    """A text as it is; anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def hvb_segment(role: str, text: str, start: int, length: int) -> dict[str, Any]:
    """A segment of a Harper Valley transcript; milliseconds."""
    return {
        "channel_index": 1 if role == "caller" else 2,
        "duration_ms": length,
        "emotion": [0.2, 0.5, 0.3],
        "human_transcript": text,
        "index": 1,
        "offset_ms": start,
        "speaker_role": role,
        "start_ms": start,
        "start_timestamp_ms": 1591056787005 + start,
        "transcript": "something else",
        "word_durations_ms": [length],
        "word_offsets_ms": [0],
    }


def harper_valley(root: Path) -> Path:
    """Two calls. In the first, a tone sounds on the caller's channel while a segment says so."""
    segments = [
        hvb_segment("agent", "how can i help you", 500, 1000),
        hvb_segment("caller", "[noise] i lost my ~card [laughter]", 2000, 1000),
        hvb_segment("caller", "send a new one", 3100, 500),
        hvb_segment("caller", "<unk> thanks", 4000, 300),
        hvb_segment("caller", "[noise]", 4500, 200),
    ]
    calls = {"00aa": (segments, ["replace card"]), "00bb": (segments[1:2], ["check balance"])}
    for sid, (transcript, tasks) in calls.items():
        write(root / "data" / "transcript" / f"{sid}.json", transcript)
        metadata = {"sid": sid, "tasks": [{"task_type": task} for task in tasks]}
        write(root / "data" / "metadata" / f"{sid}.json", metadata)
        at = np.arange(5 * 8000) / 8000
        speech = sum(
            0.3 * np.sin(2 * np.pi * pitch * at) * ((at >= start) & (at < end))
            for pitch, start, end in ((300, 2.0, 3.0), (600, 3.1, 3.6))
        )
        folder = root / "data" / "audio" / "caller"
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"{sid}.wav", np.asarray(speech), 8000, subtype="PCM_16")
    return root


def an4(root: Path, suffix: str, samples: dict[str, Any] | None = None) -> Path:
    """Three utterances of two speakers in the test split; `samples` (16 kHz) by name."""
    texts = {"an406-fcaw-b": "RUBOUT G M E", "cen8-menk-b": "YES", "an1-menk-b": "HELP"}
    names = [f"an4test_clstk/{name.split('-')[1]}/{name}" for name in texts]
    write(root / "etc" / "an4_test.fileids", "\n".join(names) + "\n")
    lines = [
        f"<s> {text} ++NOISE++ </s> ({name})" if name[0] == "a" else f"{text} ({name})"
        for name, text in texts.items()
    ]
    write(root / "etc" / "an4_test.transcription", "\n".join(lines) + "\n")
    for seed, name in enumerate(names):
        path = root / "wav" / f"{name}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        wave = (samples or {}).get(Path(name).name)
        if wave is None:
            read, _ = soundfile.read(sound(root / "made.wav", 0.5, 16000, seed), dtype="int16")
            # speech has little of its power in high tones
            wave = np.convolve(read, np.ones(16) / 4, "same").astype("<i2")
        if suffix == ".raw":
            path.write_bytes(np.asarray(wave, dtype="<i2").tobytes())
        else:
            kind = {".sph": "NIST", ".wav": "WAV"}[suffix]
            soundfile.write(path, wave, 16000, format=kind, subtype="PCM_16")
    return root


def picovoice(root: Path) -> Path:
    """Two orders."""
    labels = {
        "0075d273.wav": {"intent": "orderDrink", "slots": {"size": "large", "milk": " soy milk"}},
        "00e09cf0.wav": {"intent": "cancel", "slots": {}},
    }
    write(root / "data" / "label" / "label.json", labels)
    for seed, name in enumerate(labels):
        sound(root / "data" / "speech" / "clean" / name, 0.5, 16000, seed)
    return root


def slurp_entry(number: int, sentence: str, action: str, **more: Any) -> dict[str, Any]:
    """An entry of SLURP's files; `sentence` is annotated."""
    recordings = [
        {"file": name, "wer": 0.5, "ent_wer": None, "status": "correct"}
        for name in (f"audio-{number}.flac", f"audio-{number}-headset.flac")
    ]
    return {
        "slurp_id": number,
        "sentence": "as it was written",
        "sentence_annotation": sentence,
        "intent": action,
        "action": action,
        "tokens": [],
        "scenario": "alarm",
        "recordings": recordings,
        "entities": [],
    } | more


def slurp(root: Path) -> Path:
    """Two sentences in the development set."""
    entries = [
        slurp_entry(4489, "wake me up at [time : eight] o'clock on [date : next monday]", "set"),
        slurp_entry(12, "any alarms", "query"),
    ]
    lines = "".join(f"{json.dumps(entry)}\n" for entry in entries)
    write(root / "dataset" / "slurp" / "devel.jsonl", lines)
    return root


RASA_NLU = """\
version: "3.1"

nlu:
  - intent: transfer_money
    examples: |
      - move [fifty dollars](amount:50) to my [savings](account)
      - send [ten]{"entity": "amount", "value": "10", "role": "much"}  dollars
  - intent: out_of_scope
    examples:
      - text: |
          - how is the weather
        metadata: {sentiment: 0}
      - is it late
  - synonym: savings
    examples: |
      - my savings
  - regex: digits
    examples: |
      - [0-9]+
"""

RASA_STORIES = """\
version: "3.1"

stories:
  - story: somebody moves money
    steps:
      - user: |
          move [fifty](amount) dollars
        intent: transfer_money
      - action: action_do_transfer
      - slot_was_set:
          - task: transfer
      - or:
          - intent: out_of_scope
          - intent: deny
      - action: utter_goodbye
  - story: Somebody moves money
    steps:
      - user: |
          send it
      - action: utter_goodbye
  - story: by keys
    steps:
      - intent: EXTERNAL_dtmf
  - story: by an event
    steps:
      - user: |
          /restart
        intent: restart
  - story: in parts
    steps:
      - checkpoint: first
      - intent: out_of_scope
"""

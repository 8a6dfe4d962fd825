"""A record of calls that looks real: stories, their times, recordings that fit, call-backs."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.calls import CallStore
from voicebot.store.folders import RECORDING, call_folder
from voicebot.store.recording import Recorder
from voicebot.store.records import Outcome, RecordingState, TransferResult

RATE = 8000

Said = tuple[Party, str, str]
C, B, X = Party.CALLER, Party.BOT, Party.EXPERT

WELCOME = (B, "Hello, this is Harbour Bank. How can I help you?", "")
PIN = (B, "To check it's you, please say or key in your four digit phone PIN.", "")
KEYED = (C, "••••", "")
GOODBYE = (B, "Thank you for calling Harbour Bank. Goodbye.", "")

STORIES: dict[str, list[Said]] = {
    "balance": [
        WELCOME,
        (C, "Hi, what's my balance?", "check_balance"),
        PIN,
        KEYED,
        (B, "You have $1,234.50 in checking and $8,450.00 in savings. Is there anything else?", ""),
        (C, "No, that's all. Thank you!", "goodbye"),
        GOODBYE,
    ],
    "card": [
        WELCOME,
        (C, "I think I lost my card. It was in my jacket on the train.", "replace_card"),
        PIN,
        KEYED,
        (B, "Is it your debit card or your credit card?", ""),
        (C, "The debit card.", "inform"),
        (
            B,
            "I will block your debit card ending in 7716 and send you a new one. The old card "
            "stops working at once. Shall I do it?",
            "",
        ),
        (C, "Wait, somebody has paid with it. I want to talk to a person.", "talk_to_person"),
        (B, "Of course. I'll get a colleague for you.", ""),
    ],
    "transfer": [
        WELCOME,
        (C, "I'd like to move two hundred dollars from checking to savings.", "transfer_money"),
        PIN,
        KEYED,
        (B, "You want to move $200.00 from checking to savings. Shall I do it?", ""),
        (C, "Actually, no, make it fifty.", "inform"),
        (B, "You want to move $50.00 from checking to savings. Shall I do it?", ""),
        (C, "Yes please.", "affirm"),
        (
            B,
            "Done. I've moved $50.00 to savings. There's $1,184.50 left in checking. "
            "Is there anything else?",
            "",
        ),
        (C, "No, bye.", "goodbye"),
        GOODBYE,
    ],
}

STORIES["web"] = [
    *STORIES["card"][:2],
    (B, "What is your six digit customer number? You can say it or key it in.", ""),
    (C, "204815", "inform"),
    *STORIES["card"][2:],
]
"""The web phone has no number that says who calls."""

CUSTOMER = {
    "customer_id": "204815",
    "name": "Maria Lopez",
    "phone": "+15550100",
    "verified": True,
    "accounts": [
        {"kind": "checking", "number_last4": "4445", "balance": 1234.5},
        {"kind": "savings", "number_last4": "3705", "balance": 8450.0},
    ],
    "cards": [{"kind": "debit", "last4": "7716"}, {"kind": "credit", "last4": "3092"}],
}
"""As in nlu-data/README.md."""
CALLERS = [f"+155501{number:02}" for number in range(14)]


def voice(seconds: float, pitch: float, seed: int) -> NDArray[np.int16]:
    """Something whose waveform looks like speech: syllables of a buzzing tone."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 9))
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * time + rng.uniform(0, 6)) + 0.35, 0, None)
    phrases = np.interp(
        time, np.arange(0, seconds + 1, 0.45), rng.uniform(0.25, 1, math.ceil((seconds + 1) / 0.45))
    )
    edge = np.clip(np.minimum(time, seconds - time) / 0.05, 0, 1)
    return (5200 * tone * syllables * phrases * edge).astype(np.int16)


def turns_of(story: list[Said], began: float = 1.2) -> list[RecordTurn]:
    """The lines of a story with plausible times."""
    rng = random.Random(len(story))  # noqa: S311 - a demo wants the same numbers every time
    at, turns = began, []
    asked = 0.0
    for number, (party, text, intent) in enumerate(story, start=1):
        length = 0.5 + 0.062 * len(text)
        sensitive = "•" in text
        if party is C:
            started, paused = at, at + length
            decided = paused + rng.uniform(0.3, 0.5)
            transcribed = decided + rng.uniform(0.0, 0.05)
            replied = transcribed + rng.uniform(0.03, 0.07)
            first = replied + rng.uniform(0.02, 0.05)
            times = {
                "started": started,
                "paused": paused,
                "decided": decided,
                "transcribed": transcribed,
                "replied": replied,
            }
            asked = first
            turns.append(
                RecordTurn(
                    number,
                    party,
                    text,
                    "keys" if sensitive else "speech",
                    confidence=None if sensitive else rng.uniform(0.78, 0.98),
                    intent=intent,
                    intent_confidence=rng.uniform(0.82, 0.99),
                    sensitive=sensitive,
                    times=times,
                )
            )
            at = first
        else:
            begin = max(at, asked)
            times = {"first_audio": begin, "finished": begin + length}
            turns.append(RecordTurn(number, party, text, times=times))
            at = begin + length + rng.uniform(0.5, 1.2)
    return turns


def record(path: Path, turns: list[RecordTurn]) -> None:
    """A recording that fits the lines."""
    recorder = Recorder(path)
    for turn in turns:
        start = turn.times.get("started", turn.times.get("first_audio", 0.0))
        end = turn.times["paused"] if turn.party is C else turn.times["finished"]
        if turn.sensitive:
            continue
        pcm = voice(end - start, 118 if turn.party is C else 205, turn.number).tobytes()
        (recorder.caller if turn.party is C else recorder.bot)(pcm, start)
    recorder.close()


async def seed(store: CallStore, data_dir: Path, now: datetime) -> str:
    """Twenty-five calls; answers with the id of the richest one."""
    rng = random.Random(7)  # noqa: S311
    ends = [
        (Outcome.CONTAINED, "the dialogue ended"),
        (Outcome.EXPERT, "Jonas Lindqvist took the call"),
        (Outcome.CONTAINED, "the dialogue ended"),
        (Outcome.CALLBACK, "all_busy"),
        (Outcome.CONTAINED, "the dialogue ended"),
        (Outcome.ABANDONED, "the caller hung up"),
    ]
    best = ""
    for index in range(25):
        at = now - timedelta(minutes=34 * index + rng.randint(4, 25))
        call_id = f"01JD{rng.getrandbits(64):016X}"
        outcome, why = (
            ends[index % len(ends)]
            if index != 13
            else (Outcome.FAILED, "the dialogue did not answer")
        )
        story = {Outcome.EXPERT: "card", Outcome.CALLBACK: "card"}.get(
            outcome, ("balance", "transfer")[index % 2]
        )
        caller = CALLERS[0 if outcome is Outcome.EXPERT else rng.randrange(1, len(CALLERS))]
        if index == 8 or index % 4 == 3:  # withheld, or from the web phone, which has none
            caller = ""
        best = (
            await _seed_call(store, data_dir, call_id, caller, at, outcome, why, story, index)
            or best
        )
    return best


async def _seed_call(
    store: CallStore,
    data_dir: Path,
    call_id: str,
    caller: str,
    at: datetime,
    outcome: Outcome,
    why: str,
    story: str,
    index: int,
) -> str:
    await store.open_call(call_id, ("twilio", "browser")[index % 4 == 3], caller, "+15550199", at)
    turns = turns_of(STORIES[story])
    last = turns[-1].times.get("finished", turns[-1].times.get("first_audio", 5.0))
    if outcome is Outcome.EXPERT:
        turns += expert_turns(len(turns), last + 9.0)
        last = turns[-1].times["finished"]
    for turn in turns:
        await store.save_turn(call_id, turn)
    if outcome is not Outcome.ABANDONED:
        path = call_folder(data_dir, call_id, at) / RECORDING
        record(path, turns)
        await store.set_recording(call_id, RecordingState.COMPLETE, str(path.relative_to(data_dir)))
    if outcome is Outcome.EXPERT:
        await store.update_slots(
            call_id,
            {"customer": CUSTOMER, "identity_method": "pin", "card_kind": "debit"},
        )
        await store.start_transfer(
            f"t{call_id}",
            call_id,
            at + timedelta(seconds=last - 40),
            "asked",
            "card",
            "cards",
        )
        await store.answer_transfer(
            f"t{call_id}", at + timedelta(seconds=last - 33), "seat-1", "Jonas Lindqvist"
        )
        await store.finish_transfer(
            f"t{call_id}", at + timedelta(seconds=last), TransferResult.ANSWERED
        )
        await store.add_note(
            f"n{call_id}",
            call_id,
            "seat-1",
            at + timedelta(seconds=last + 40),
            "$84.90 at a gas station in Reno is disputed. The card is blocked, a new one comes.",
        )
        await store.note_incident(
            call_id, at + timedelta(seconds=31), "recognition gave no answer in time"
        )
    if outcome is Outcome.CALLBACK:
        await store.add_callback(
            f"c{call_id}",
            call_id,
            caller or CALLERS[2],  # known from the customer's record
            "all_busy",
            "card",
            at + timedelta(seconds=last),
        )
    await store.close_call(call_id, at + timedelta(seconds=last + 2), outcome, why)
    return call_id if outcome is Outcome.EXPERT and index < 3 else ""


def expert_turns(count: int, at: float) -> list[RecordTurn]:
    """What the expert and the caller say to each other."""
    lines = [
        (X, "Good morning, this is Jonas. I have just blocked your card. Which payment was it?"),
        (C, "Eighty-four ninety at a gas station in Reno. I've never been there."),
        (X, "I'll dispute that for you. The money is back within ten days."),
        (C, "Wonderful, thank you so much."),
    ]
    turns = []
    for number, (party, text) in enumerate(lines, start=count + 1):
        end = at + 0.5 + 0.06 * len(text)
        times = {"started": at, "paused": end, "finished": end}
        turns.append(RecordTurn(number, party, text, confidence=0.91, times=times))
        at = end + 0.4
    return turns

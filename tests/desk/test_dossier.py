"""The dossier follows a call's commands."""

import json
from datetime import UTC, datetime

from voicebot.conversation.commands import HangUp, RecordTurn, RingSeat, UpdateDossier
from voicebot.conversation.events import Party
from voicebot.desk.dossier import MOST_LINES, Dossier, DossierBuilder

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def builder() -> DossierBuilder:
    return DossierBuilder("c", "+12025550100", "+12025550199", START)


def test_the_whole_story() -> None:
    made = builder()
    made.apply(RecordTurn(1, Party.BOT, "Hello. How can I help?", heard="Hello."))
    made.apply(
        RecordTurn(
            2,
            Party.CALLER,
            "send money",
            confidence=0.9,
            intent="transfer_money",
            times={"started": 3.5, "paused": 4.5},
        )
    )
    made.apply(RecordTurn(3, Party.CALLER, "••••", kind="keys", sensitive=True))
    made.apply(
        UpdateDossier(
            {
                "customer": {"name": "Ada", "cards": ({"last4": "1234"},)},
                "task": "transfer",
                "proposal": "Send 20 dollars to Zoë",
                "skill": "payments",
                "amount": float("nan"),
                "who": "Zoë",
            },
            requested_slot="confirm",
        )
    )
    made.apply(RingSeat("asked", "transfer", "payments"))
    made.apply(HangUp("does not matter here"))
    made.apply(RecordTurn(1, Party.BOT, "Hello. How can I help?"))  # heard to the end after all
    shown = made.build().as_json()
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    lines = shown.pop("lines")
    assert shown == {
        "call_id": "c",
        "caller": "+12025550100",
        "callee": "+12025550199",
        "started_at": "2026-03-04T05:06:07+00:00",
        "reason": "asked",
        "topic": "transfer",
        "skill": "payments",
        "task": "transfer",
        "proposed": "Send 20 dollars to Zoë",
        "intent": "transfer_money",
        "requested_slot": "confirm",
        "customer": {"name": "Ada", "cards": [{"last4": "1234"}]},
        "slots": {"amount": None, "who": "Zoë"},
    }
    assert [(line["number"], line["text"], line["heard"], line["at"]) for line in lines] == [
        (1, "Hello. How can I help?", None, None),
        (2, "send money", None, 3.5),
        (3, "••••", None, None),
    ]
    assert lines[2]["sensitive"]
    assert made.build().as_json(lines=False)["lines"] == []


def test_a_customer_that_is_not_known() -> None:
    made = builder()
    made.apply(UpdateDossier({"customer": None, "task": None}))
    shown = made.build().as_json()
    assert shown["customer"] == {}
    assert shown["task"] == ""


def test_a_dossier_does_not_change_afterwards() -> None:
    made = builder()
    before = made.build()
    made.apply(RecordTurn(1, Party.BOT, "Hello"))
    assert before.lines == {}


def test_a_long_call_keeps_the_latest_lines() -> None:
    dossier = Dossier("c", "", "", START)
    for number in range(MOST_LINES + 5):
        dossier = dossier.with_line(RecordTurn(number, Party.CALLER, "x"))
    assert sorted(dossier.lines) == list(range(5, MOST_LINES + 5))

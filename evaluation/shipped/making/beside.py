"""Cases beside the tasks: silence, questions of all kinds, wishes for a person, two tasks at once.

Their first tag is not a task but what they are about.
"""

from __future__ import annotations

from typing import Final

from evaluation.sets.model import Case, Keys, Line, Say, Silence
from evaluation.shipped.making.script import (
    BABBLE20,
    BYE,
    CUSTOMERS,
    PINK20,
    YES,
    did,
    expect,
    keyed_pin,
    say,
    scripted,
)

C = CUSTOMERS

CASES: Final[tuple[Case, ...]] = (
    scripted(
        "talk-weather",
        "out-of-scope keys",
        (
            say("What's the weather like tomorrow?", "out_of_scope"),
            say("Then tell me my balance.", "check_balance"),
            keyed_pin(C["sofia"]),
            BYE,
        ),
        expect(says=("can't help with that", "$1,800"), actions=[did("balance")]),
        C["sofia"],
    ),
    scripted(
        "talk-pizza",
        "out-of-scope",
        (
            say("I'd like a pizza with mushrooms.", "out_of_scope"),
            say("When is the [airport](branch=Airport) branch open?", "branch_hours"),
            BYE,
        ),
        expect(says=("can't help with that", "Airport is open")),
        line=BABBLE20,
    ),
    scripted(
        "talk-zero",
        "person keys",
        (say("Hello.", "greet"), Keys("0")),
        expect("callback", says=("colleague",), actions=[did("handoff", reason="asked")]),
    ),
    scripted(
        "talk-person",
        "gate person",
        (say("I want to talk to a person.", "talk_to_person"),),
        expect(
            "callback",
            says=("colleague", "called back"),
            actions=[did("handoff", reason="asked"), did("callback")],
        ),
    ),
    scripted(
        "talk-complaint",
        "person",
        (say("I want to make a complaint about your service.", "complaint"),),
        expect("callback", says=("colleague",), actions=[did("handoff", reason="topic")]),
        line=PINK20,
        voice="hibari~0.88",
    ),
    scripted(
        "talk-nobody-there",
        "silence",
        (Silence(45.0),),
        expect(says=("still there", "hang up"), never=("handoff",)),
    ),
    scripted(
        "talk-only-noise",
        "silence",
        (Silence(12.0), BYE),
        expect(says=("still there",), never=("handoff",)),
        line=Line(snr=15.0, noise="babble"),
    ),
    scripted(
        "talk-slower",
        "repeat",
        (
            say("What can you do for me?", "help"),
            say("Slower, please.", "slower"),
            say("Can you repeat that?", "repeat"),
            BYE,
        ),
        expect(says=("book an appointment",)),
    ),
    scripted(
        "talk-computer",
        "",
        (
            say("Am I talking to a machine?", "bot_challenge"),
            say("What's my balance?", "check_balance"),
            keyed_pin(C["grace"]),
            BYE,
        ),
        expect(says=("voice assistant", "$760.10")),
        C["grace"],
    ),
    scripted(
        "talk-a-moment",
        "hold keys",
        (
            say("I need a new password.", "reset_password"),
            say("Just a second, please.", "hold_on"),
            keyed_pin(C["maria"]),
            say("Email.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("take your time",),
            password_resets={"customer": "204815", "sent_by": "email"},
        ),
        C["maria"],
    ),
    scripted(
        "talk-wrong-call",
        "",
        (say("Oh, nothing. Goodbye.", "goodbye"),),
        expect(says=("goodbye",), never=("handoff",)),
    ),
    scripted(
        "talk-two-tasks",
        "keys",
        (
            say("What's my balance?", "check_balance"),
            keyed_pin(C["james"]),
            say(
                "Then move [twenty dollars](amount=20) from [savings](account) "
                "to [checking](account).",
                "transfer_money",
            ),
            YES,
            BYE,
        ),
        expect(
            says=("$482.19", "$1,200", "$20"),
            transfers={"customer": "317026", "source": "savings", "amount_cents": 2000},
        ),
        C["james"],
    ),
    scripted(
        "talk-not-understood",
        "person",
        (
            Say("Flibbertigibbet wobble.", intent="out_of_scope"),
            Say("Zanzibar marmalade.", intent="out_of_scope"),
            Say("Hocus pocus abracadabra.", intent="out_of_scope"),
        ),
        expect("callback", actions=[did("handoff", reason="not_understood")]),
    ),
)

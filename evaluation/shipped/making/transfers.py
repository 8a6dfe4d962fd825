"""Cases about moving money between accounts."""

from __future__ import annotations

from typing import Final

from evaluation.sets.model import Case
from evaluation.shipped.making.script import (
    BABBLE20,
    BYE,
    CUSTOMERS,
    ECHO,
    HUM20,
    LOSS2,
    MOBILE,
    PINK10,
    WHITE10,
    YES,
    also,
    did,
    expect,
    keyed_pin,
    said_pin,
    say,
    scripted,
)

C = CUSTOMERS

_MOVE = "I'd like to move [one hundred dollars](amount=100) from [savings](account) to "
TRANSFER: Final = scripted(
    "transfer-at-once",
    "gate keys",
    (say(f"{_MOVE}[checking](account).", "transfer_money"), keyed_pin(C["emily"]), YES, BYE),
    expect(
        says=("$100", "checking"),
        transfers={
            "customer": "718245",
            "source": "savings",
            "target": "checking",
            "amount_cents": 10000,
        },
    ),
    C["emily"],
)
_MADE = {"source": "checking", "target": "savings"}
CHANGED: Final = scripted(
    "transfer-changed",
    "correction change-of-mind",
    (
        say(
            "I'd like to move [two hundred dollars](amount=200) from [checking](account) "
            "to [savings](account).",
            "transfer_money",
        ),
        said_pin(C["aisha"]),
        say("[Actually](correction=change), no, make it [fifty dollars](amount=50).", "inform"),
        YES,
        BYE,
    ),
    expect(
        says=("$200", "$50"),
        transfers={"customer": "480193", "amount_cents": 5000, **_MADE},
    ),
    C["aisha"],
)
STEPS: Final = scripted(
    "transfer-by-steps",
    "",
    (
        say("I want to make a transfer.", "transfer_money"),
        said_pin(C["daniel"]),
        say("From [checking](account).", "inform"),
        say("To [money market](account).", "inform"),
        say("[Seventy five dollars](amount=75).", "inform"),
        YES,
        BYE,
    ),
    expect(
        says=("$75", "money market"),
        transfers={
            "customer": "735201",
            "source": "checking",
            "target": "money market",
            "amount_cents": 7500,
        },
    ),
    C["daniel"],
)
CASES: Final[tuple[Case, ...]] = (
    TRANSFER,
    CHANGED,
    STEPS,
    also(CHANGED, "transfer-changed-babble", BABBLE20, "hibari~0.92", "correction"),
    also(STEPS, "transfer-by-steps-white", WHITE10, "hibari"),
    also(STEPS, "transfer-by-steps-mobile", MOBILE, "hibari~1.08"),
    scripted(
        "transfer-dropped",
        "change-of-mind keys",
        (
            say(
                "Please transfer [one hundred dollars](amount=100) from [savings](account) "
                "to [checking](account).",
                "transfer_money",
            ),
            keyed_pin(C["omar"]),
            say("[Forget](correction=cancel) that. What's my balance?", "check_balance"),
            BYE,
        ),
        expect(says=("$2,718.30",), actions=[did("balance", customer="604173")], transfers=None),
        C["omar"],
    ),
    scripted(
        "transfer-refused-by-caller",
        "change-of-mind keys",
        (
            say("Move [forty dollars](amount=40) to [savings](account), please.", "transfer_money"),
            keyed_pin(C["grace"]),
            say("No.", "deny"),
            BYE,
        ),
        expect(says=("$40", "changed nothing"), transfers=None),
        C["grace"],
    ),
    scripted(
        "transfer-not-enough",
        "refused keys",
        (
            say(
                "Move [one hundred dollars](amount=100) from [savings](account) "
                "to [checking](account).",
                "transfer_money",
            ),
            keyed_pin(C["victor"]),
            say("[Ten dollars](amount=10), please.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("isn't enough", "$10"),
            transfers={
                "customer": "482690",
                "source": "savings",
                "target": "checking",
                "amount_cents": 1000,
            },
        ),
        C["victor"],
    ),
    scripted(
        "transfer-to-somebody-else",
        "refused",
        (
            say("I want to send [fifty dollars](amount=50) to my daughter.", "transfer_money"),
            BYE,
        ),
        expect(says=("your own accounts",), transfers=None),
        C["maria"],
    ),
    scripted(
        "transfer-misspoken",
        "misspeaking keys",
        (
            say(
                "Please move two hundred, no, sorry, [one hundred dollars](amount=100) "
                "from [checking](account) to [savings](account).",
                "transfer_money",
            ),
            keyed_pin(C["linda"]),
            YES,
            BYE,
        ),
        expect(
            never_says=("$200",),
            transfers={"customer": "148859", "amount_cents": 10000, **_MADE},
        ),
        C["linda"],
        HUM20,
    ),
    scripted(
        "transfer-interrupted",
        "barge-in",
        (
            say("I need to move some money.", "transfer_money", barge_in=1.5),
            keyed_pin(C["sofia"]),
            say("From [checking](account) to [savings](account).", "inform"),
            say("[Twenty dollars](amount=20).", "inform", barge_in=0.8),
            say("Yes.", "affirm", barge_in=2.2),
            BYE,
        ),
        expect(transfers={"customer": "273916", "amount_cents": 2000, **_MADE}),
        C["sofia"],
    ),
    scripted(
        "transfer-question-between",
        "change-of-mind keys",
        (
            say("I'd like to transfer money to [savings](account).", "transfer_money"),
            keyed_pin(C["thomas"]),
            say("From [checking](account).", "inform"),
            say("How much do I have in [checking](account)?", "check_balance"),
            say("[Sixty dollars](amount=60), please.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("$642.75", "$60"),
            transfers={"customer": "851067", "amount_cents": 6000, **_MADE},
            actions=[did("balance", customer="851067"), did("transfer", customer="851067")],
        ),
        C["thomas"],
    ),
    scripted(
        "transfer-echo",
        "keys",
        (
            say("Move [thirty dollars](amount=30) to [savings](account).", "transfer_money"),
            keyed_pin(C["hannah"]),
            YES,
            BYE,
        ),
        expect(transfers={"customer": "390528", "amount_cents": 3000, **_MADE}),
        C["hannah"],
        ECHO,
    ),
    scripted(
        "transfer-loss",
        "keys",
        (
            say(
                "Please transfer [one hundred and twenty dollars](amount=120) "
                "to [checking](account).",
                "transfer_money",
            ),
            keyed_pin(C["maria"]),
            YES,
            BYE,
        ),
        expect(
            transfers={
                "customer": "204815",
                "source": "savings",
                "target": "checking",
                "amount_cents": 12000,
            }
        ),
        C["maria"],
        LOSS2,
        "hibari@1.1",
    ),
    scripted(
        "transfer-espeak",
        "keys",
        (
            say(
                "I want to move [eighty dollars](amount=80) from [checking](account) "
                "to [savings](account).",
                "transfer_money",
            ),
            keyed_pin(C["james"]),
            YES,
            BYE,
        ),
        expect(transfers={"customer": "317026", "amount_cents": 8000, **_MADE}),
        C["james"],
        PINK10,
        "espeak:en-gb+f3",
    ),
)

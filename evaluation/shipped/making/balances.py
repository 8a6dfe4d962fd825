"""Cases about balances, and about who is calling."""

from __future__ import annotations

from typing import Final

from evaluation.sets.model import Case, Keys, Say
from evaluation.shipped.making.script import (
    ALAW,
    BYE,
    CUSTOMERS,
    PINK20,
    also,
    did,
    expect,
    keyed_pin,
    said_number,
    said_pin,
    say,
    scripted,
    wrong_pin,
)

C = CUSTOMERS

BALANCE: Final = scripted(
    "balance-known",
    "gate keys",
    (say("What's my balance?", "check_balance"), keyed_pin(C["daniel"]), BYE),
    expect(
        says=("$5,120", "$42,000", "$9,000"),
        actions=[did("balance", customer="735201")],
        transfers=None,
    ),
    C["daniel"],
)
STRANGER: Final = scripted(
    "balance-stranger",
    "",
    (
        say("How much is in my [savings](account) account?", "check_balance"),
        said_number(C["sofia"]),
        said_pin(C["sofia"]),
        BYE,
    ),
    expect(
        says=("$999.99", "savings"),
        never_says=("$1,800",),
        actions=[did("balance", customer="273916")],
    ),
)
CASES: Final[tuple[Case, ...]] = (
    BALANCE,
    STRANGER,
    also(STRANGER, "balance-stranger-noise", PINK20, "hibari~0.88"),
    scripted(
        "balance-espeak",
        "keys",
        (say("What is my balance?", "check_balance"), keyed_pin(C["maria"]), BYE),
        expect(says=("$1,234.50", "$8,450"), actions=[did("balance", customer="204815")]),
        C["maria"],
        voice="espeak:en-us",
    ),
    scripted(
        "balance-a-law",
        "",
        (
            say("Could you tell me how much I have in [checking](account)?", "check_balance"),
            said_pin(C["grace"]),
            BYE,
        ),
        expect(says=("$760.10",), actions=[did("balance", customer="619382")]),
        C["grace"],
        ALAW,
        "hibari~1.12",
    ),
    scripted(
        "balance-wrong-pin",
        "wrong-pin keys",
        (
            say("I'd like to know my balance.", "check_balance"),
            wrong_pin("4905"),
            keyed_pin(C["omar"]),
            BYE,
        ),
        expect(says=("isn't right", "$2,718.30"), actions=[did("balance", customer="604173")]),
        C["omar"],
    ),
    scripted(
        "balance-never-right",
        "wrong-pin keys person",
        (
            say("What's my balance?", "check_balance"),
            wrong_pin("1111"),
            wrong_pin("2222"),
            wrong_pin("3333"),
        ),
        expect(
            "callback",
            says=("colleague",),
            never_says=("$333",),
            actions=[did("handoff", reason="identity")],
            never=("balance",),
        ),
        C["robert"],
    ),
    scripted(
        "balance-no-pin",
        "keys",
        (
            say("What's the balance of my accounts?", "check_balance"),
            say("I don't know my PIN.", "dont_know"),
            Keys(C["linda"].debit, secret=True),
            BYE,
        ),
        expect(says=("last four digits", "$2,155.90"), actions=[did("balance", customer="148859")]),
        C["linda"],
    ),
    scripted(
        "balance-talked-over",
        "barge-in",
        (
            say("What's my balance?", "check_balance", barge_in=1.2),
            Keys(C["thomas"].pin, secret=True),
            say("Thank you. Goodbye.", "goodbye", barge_in=2.5),
        ),
        expect(actions=[did("balance", customer="851067")]),
        C["thomas"],
    ),
    scripted(
        "balance-listening",
        "backchannel keys",
        (
            say("What's my balance?", "check_balance"),
            keyed_pin(C["hannah"]),
            Say("Mm-hmm.", backchannel=True),
            BYE,
        ),
        expect(says=("$1,450.05", "$3,000"), actions=[did("balance", customer="390528")]),
        C["hannah"],
    ),
)

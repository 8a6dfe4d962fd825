"""Cases about bills."""

from __future__ import annotations

from typing import Final

from evaluation.sets.model import Case, Keys, Silence
from evaluation.shipped.making.script import (
    BABBLE10,
    BYE,
    CUSTOMERS,
    JITTER,
    LOSS2,
    PINK10,
    YES,
    also,
    expect,
    keyed_pin,
    said_pin,
    say,
    scripted,
)

C = CUSTOMERS

BILL: Final = scripted(
    "bill-by-steps",
    "gate keys",
    (
        say("I want to pay my [electric](payee) bill.", "pay_bill"),
        keyed_pin(C["linda"]),
        say("[Eighty five dollars](amount=85).", "inform"),
        say("[Tomorrow](date=2026-11-25).", "inform"),
        YES,
        BYE,
    ),
    expect(
        says=("$85", "Coastline Electric"),
        bill_payments={
            "customer": "148859",
            "payee": "electric",
            "amount_cents": 8500,
            "pay_on": "2026-11-25",
            "status": "scheduled",
        },
    ),
    C["linda"],
)
CASES: Final[tuple[Case, ...]] = (
    BILL,
    also(BILL, "bill-by-steps-jitter", JITTER, "hibari", "keys"),
    also(BILL, "bill-by-steps-pink", PINK10, "hibari~1.1", "keys"),
    scripted(
        "bill-at-once",
        "",
        (
            say(
                "Please pay [forty two dollars and fifty cents](amount=42.5) on my "
                "[water](payee) bill on [December third](date=2026-12-03).",
                "pay_bill",
            ),
            said_pin(C["daniel"]),
            YES,
            BYE,
        ),
        expect(
            says=("$42.50",),
            bill_payments={
                "customer": "735201",
                "payee": "water",
                "amount_cents": 4250,
                "pay_on": "2026-12-03",
            },
        ),
        C["daniel"],
    ),
    scripted(
        "bill-today",
        "keys",
        (
            say("Can you pay my [phone](payee) bill?", "pay_bill"),
            keyed_pin(C["omar"]),
            Keys("60"),
            say("[Today](date=2026-11-24).", "inform"),
            Keys("1"),
            BYE,
        ),
        expect(
            says=("paid", "$60"),
            bill_payments={
                "customer": "604173",
                "payee": "phone",
                "amount_cents": 6000,
                "status": "paid",
            },
        ),
        C["omar"],
    ),
    scripted(
        "bill-no-such-company",
        "refused keys",
        (
            say("I'd like to pay my [rent](payee).", "pay_bill"),
            keyed_pin(C["james"]),
            say("Then the [gas](payee) bill, please.", "inform"),
            say("[Thirty dollars](amount=30).", "inform"),
            say("[Today](date=2026-11-24).", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("don't have a rent company",),
            bill_payments={"customer": "317026", "payee": "gas", "amount_cents": 3000},
        ),
        C["james"],
    ),
    scripted(
        "bill-another-day",
        "correction change-of-mind keys",
        (
            say(
                "I want to pay [ninety dollars](amount=90) to the [internet](payee) company.",
                "pay_bill",
            ),
            keyed_pin(C["emily"]),
            say("On [December tenth](date=2026-12-10).", "inform"),
            say("[No](correction=change), [December fifteenth](date=2026-12-15).", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("December 15",),
            bill_payments={
                "customer": "718245",
                "payee": "internet",
                "amount_cents": 9000,
                "pay_on": "2026-12-15",
            },
        ),
        C["emily"],
        LOSS2,
    ),
    scripted(
        "bill-thinking",
        "silence keys",
        (
            say("I have to pay the [gas](payee) bill.", "pay_bill"),
            keyed_pin(C["peter"]),
            Silence(10.0),
            say("[Twenty five dollars](amount=25).", "inform"),
            say("[Tomorrow](date=2026-11-25).", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("still there",),
            bill_payments={"customer": "562740", "payee": "gas", "amount_cents": 2500},
        ),
        C["peter"],
    ),
    scripted(
        "bill-left-for-a-person",
        "person keys",
        (
            say("I want to pay a bill.", "pay_bill"),
            keyed_pin(C["robert"]),
            say("Let me talk to a person, please.", "talk_to_person"),
        ),
        expect("callback", says=("colleague",), bill_payments=None),
        C["robert"],
        BABBLE10,
    ),
)

"""Cases about things that the bank sends: new cards, checks, links for a new password."""

from __future__ import annotations

from typing import Final

from evaluation.sets.model import Case, Keys
from evaluation.shipped.making.script import (
    BABBLE20,
    BYE,
    CUSTOMERS,
    ECHO,
    HUM10,
    LOSS5,
    PINK20,
    WHITE20,
    WIDE,
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

STOLEN: Final = scripted(
    "card-stolen",
    "gate keys",
    (
        say("My [credit](card) card was stolen.", "replace_card"),
        keyed_pin(C["aisha"]),
        YES,
        BYE,
    ),
    expect(
        says=("is blocked", "8841"),
        card_orders={
            "customer": "480193",
            "kind": "credit",
            "old_last4": "8841",
            "reason": "stolen",
        },
    ),
    C["aisha"],
)
BY_STEPS: Final = scripted(
    "card-by-steps",
    "",
    (
        say("I need a new card, please.", "replace_card"),
        said_pin(C["peter"]),
        say("My [debit](card) card.", "inform"),
        say("It's damaged.", "inform"),
        YES,
        BYE,
    ),
    expect(card_orders={"customer": "562740", "kind": "debit", "reason": "damaged"}),
    C["peter"],
)
CARDS: Final = (
    STOLEN,
    BY_STEPS,
    also(BY_STEPS, "card-by-steps-echo", ECHO, "hibari~0.85"),
    also(STOLEN, "card-stolen-babble", BABBLE20, "hibari~1.15", "keys"),
    scripted(
        "card-only-one",
        "keys",
        (
            say("I lost my bank card.", "replace_card"),
            keyed_pin(C["james"]),
            YES,
            BYE,
        ),
        expect(
            says=("1248",),
            card_orders={"customer": "317026", "kind": "debit", "reason": "lost"},
        ),
        C["james"],
    ),
    scripted(
        "card-both",
        "refused keys",
        (
            say("I lost both of my cards.", "replace_card"),
            keyed_pin(C["emily"]),
            say("The [credit](card) card.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("one card at a time",),
            card_orders={"customer": "718245", "kind": "credit", "reason": "lost"},
        ),
        C["emily"],
    ),
    scripted(
        "card-kept",
        "change-of-mind keys",
        (
            say("I lost my [debit](card) card.", "replace_card"),
            keyed_pin(C["thomas"]),
            say("No, wait. I have just found it.", "deny"),
            BYE,
        ),
        expect(says=("changed nothing",), never_says=("is blocked",), card_orders=None),
        C["thomas"],
    ),
    scripted(
        "card-fraud",
        "person",
        (say("Somebody is using my card without my permission.", "report_fraud"),),
        expect(
            "callback",
            says=("fraud team",),
            actions=[did("handoff", reason="topic")],
            card_orders=None,
        ),
        C["robert"],
    ),
)

CHEQUE: Final = scripted(
    "cheques-at-once",
    "gate keys",
    (
        say("I'd like to order checks for my [checking](account) account.", "order_cheques"),
        keyed_pin(C["grace"]),
        say("One hundred.", "inform"),
        YES,
        BYE,
    ),
    expect(
        says=("100 checks",),
        cheque_orders={"customer": "619382", "account": "checking", "quantity": 100},
    ),
    C["grace"],
)
CHEQUES: Final = (
    CHEQUE,
    also(CHEQUE, "cheques-hum", HUM10, "hibari", "keys"),
    scripted(
        "cheques-by-steps",
        "",
        (
            say("I need more checks.", "order_cheques"),
            said_pin(C["linda"]),
            say("For [savings](account), please.", "inform"),
            say("Twenty five.", "inform"),
            YES,
            BYE,
        ),
        expect(cheque_orders={"customer": "148859", "account": "savings", "quantity": 25}),
        C["linda"],
        WIDE,
        "hibari@0.92",
    ),
    scripted(
        "cheques-impossible-number",
        "misspeaking keys",
        (
            say("Can I get checks for my [checking](account) account?", "order_cheques"),
            keyed_pin(C["robert"]),
            say("Thirty.", "inform"),
            Keys("50"),
            Keys("1"),
            BYE,
        ),
        expect(cheque_orders={"customer": "926404", "account": "checking", "quantity": 50}),
        C["robert"],
    ),
    scripted(
        "cheques-espeak",
        "keys",
        (
            say("I want to order some checks.", "order_cheques"),
            keyed_pin(C["hannah"]),
            say("The [checking](account) account.", "inform"),
            say("Fifty.", "inform"),
            YES,
            BYE,
        ),
        expect(cheque_orders={"customer": "390528", "account": "checking", "quantity": 50}),
        C["hannah"],
        PINK20,
        "espeak:en-us+m3",
    ),
)

PASSWORD: Final = scripted(
    "password-text",
    "gate keys",
    (
        say("I forgot my online password.", "reset_password"),
        keyed_pin(C["hannah"]),
        say("By text message, please.", "inform"),
        YES,
        BYE,
    ),
    expect(
        says=("link", "text message"),
        password_resets={"customer": "390528", "sent_by": "text message"},
    ),
    C["hannah"],
)
PASSWORDS: Final = (
    PASSWORD,
    also(PASSWORD, "password-text-loss", LOSS5, "hibari~0.95", "keys"),
    scripted(
        "password-email",
        "",
        (
            say("I can't log in to online banking.", "reset_password"),
            said_pin(C["victor"]),
            say("Email is fine.", "inform"),
            YES,
            BYE,
        ),
        expect(password_resets={"customer": "482690", "sent_by": "email"}),
        C["victor"],
        WHITE20,
    ),
    scripted(
        "password-not-now",
        "change-of-mind keys",
        (
            say("I need a new password for online banking.", "reset_password"),
            keyed_pin(C["sofia"]),
            say("To my email.", "inform"),
            say("[No](correction=change), don't do it.", "deny"),
            BYE,
        ),
        expect(says=("changed nothing",), password_resets=None),
        C["sofia"],
    ),
)

CASES: Final[tuple[Case, ...]] = (*CARDS, *CHEQUES, *PASSWORDS)

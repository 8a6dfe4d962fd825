"""Cases about branches: their hours, and appointments in them."""

from __future__ import annotations

from typing import Final

from evaluation.sets.model import Case, Say
from evaluation.shipped.making.script import (
    BABBLE10,
    BYE,
    CLEAN,
    MOBILE,
    PINK20,
    WHITE20,
    YES,
    also,
    did,
    expect,
    say,
    scripted,
)

APPOINTMENT: Final = scripted(
    "appointment-airport",
    "gate",
    (
        say(
            "I'd like to book an appointment at the [airport](branch=Airport).", "make_appointment"
        ),
        say("[December third](date=2026-12-03).", "inform"),
        say("[Ten thirty](time=10:30) in the morning.", "inform"),
        say("A mortgage.", "inform"),
        say("Daniel Weiss.", "inform"),
        YES,
        BYE,
    ),
    expect(
        says=("December 3", "10:30 AM", "booked"),
        appointments={"branch": "Airport", "day": "2026-12-03", "at": "10:30"},
    ),
)
APPOINTMENTS: Final = (
    APPOINTMENT,
    also(APPOINTMENT, "appointment-airport-mobile", MOBILE, "hibari~0.9"),
    also(APPOINTMENT, "appointment-airport-espeak", CLEAN, "espeak:en-us"),
    scripted(
        "appointment-too-late",
        "refused",
        (
            say("Can I make an appointment?", "make_appointment"),
            say("At [Riverside](branch).", "inform"),
            say("[December ninth](date=2026-12-09).", "inform"),
            say("[Seven](time=19:00) in the evening.", "inform"),
            say("[Two](time=14:00) in the afternoon.", "inform"),
            say("About a new account.", "inform"),
            say("My name is Laura Bennett.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("open from", "2 PM"),
            appointments={"branch": "Riverside", "day": "2026-12-09", "at": "14:00"},
        ),
        line=PINK20,
    ),
    scripted(
        "appointment-closed-day",
        "refused",
        (
            say("I need an appointment in [Old Town](branch).", "make_appointment"),
            say("[December sixth](date=2026-12-06).", "inform"),
            say("[December seventh](date=2026-12-07).", "inform"),
            say("[Eleven](time=11:00) in the morning.", "inform"),
            say("A loan for my house.", "inform"),
            say("Martin Schaefer.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("closed",),
            appointments={"branch": "Old Town", "day": "2026-12-07", "at": "11:00"},
        ),
        voice="hibari~1.12",
    ),
    scripted(
        "appointment-another-time",
        "correction change-of-mind",
        (
            say(
                "I'd like to see somebody at [Market Street](branch) on "
                "[December eighth](date=2026-12-08).",
                "make_appointment",
            ),
            say("[Nine thirty](time=09:30) in the morning.", "inform"),
            say("Savings.", "inform"),
            say("Helen Porter.", "inform"),
            say("[Actually](correction=change), make it [eleven](time=11:00) o'clock.", "inform"),
            YES,
            BYE,
        ),
        expect(
            says=("9:30", "11"),
            appointments={"branch": "Market Street", "day": "2026-12-08", "at": "11:00"},
        ),
    ),
)

HOURS: Final = (
    scripted(
        "hours-old-town",
        "gate",
        (
            say(
                "Is the [old town](branch=Old Town) branch open on [Friday](date=2026-11-27)?",
                "branch_hours",
            ),
            BYE,
        ),
        expect(says=("Old Town is open", "9:30 AM", "4:30 PM"), actions=[did("hours")]),
    ),
    scripted(
        "hours-closed",
        "",
        (
            say(
                "Are you open at [Market Street](branch) on [Sunday](date=2026-11-29)?",
                "branch_hours",
            ),
            BYE,
        ),
        expect(says=("Market Street is closed",)),
        line=WHITE20,
        voice="hibari~0.9",
    ),
    scripted(
        "hours-babble",
        "",
        (
            say("When does the [airport](branch=Airport) branch open?", "branch_hours"),
            BYE,
        ),
        expect(says=("Airport is open", "7 AM", "8 PM")),
        line=BABBLE10,
    ),
    scripted(
        "hours-listening",
        "backchannel",
        (
            say("What are your opening hours?", "branch_hours"),
            Say("Uh-huh.", backchannel=True),
            say("[Riverside](branch), please.", "inform"),
            BYE,
        ),
        expect(says=("Riverside is open",)),
    ),
    scripted(
        "hours-interrupted",
        "barge-in",
        (
            say("When are you open?", "branch_hours", barge_in=1.6),
            say("[Airport](branch).", "inform", barge_in=1.5),
            BYE,
        ),
        expect(says=("Airport is open",)),
    ),
    scripted(
        "hours-espeak",
        "",
        (
            say("What time does the [airport](branch=Airport) branch close?", "branch_hours"),
            BYE,
        ),
        expect(says=("Airport is open",)),
        line=PINK20,
        voice="espeak:en-gb-scotland+f2",
    ),
)

CASES: Final[tuple[Case, ...]] = (*APPOINTMENTS, *HOURS)

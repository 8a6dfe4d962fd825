"""What counts as broken: every promise has an input that breaks it here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.hostile.circumstances import Caps
from evaluation.hostile.inputs import Door, Due, Input, fixed
from evaluation.hostile.report import Answer, Outcome, Report
from evaluation.hostile.verdict import breaches

CAPS = Caps()
FILE = Input("a file", "test", fixed(b"x"), due=Due.EITHER)
MAIL = Input("a mail", "test", fixed(b"x"), Door.MAIL)
TALK = Input("a talk", "test", fixed(b"x"), Door.TALK, mails=1)
MADE = Outcome("fax", "made")
REFUSED = Outcome("fax", "refused", "RefusedError", "the PDF is damaged, or none")
GOOD = Report((MADE,), cpu=1.0, clock=1.0, own=1 << 20, program=1 << 20)
HELLO = ("220 gw.example", "250 2.6.0 accepted")
ACCEPTED = Answer(HELLO, "250 2.6.0 accepted", accepted=1)


def broken(one: Input, report: Report | None = None, answer: Answer | None = None) -> str:
    return " | ".join(breaches(one, report, answer, CAPS))


def refused(message: str, **more: object) -> Report:
    return replace(GOOD, outcomes=(replace(REFUSED, message=message, **more),))


def test_a_result_or_a_clear_error_breaks_nothing():
    assert broken(FILE, GOOD) == ""
    assert broken(FILE, replace(GOOD, outcomes=(REFUSED,))) == ""
    assert broken(MAIL, GOOD, ACCEPTED) == ""
    assert broken(TALK, None, ACCEPTED) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"late": True, "clock": 301.0}, "hangs: killed after 301 s"),
        ({"status": -11}, "crashed: exit status -11"),
        ({"outcomes": ()}, "crashed: it told nothing"),
        ({"outcomes": (Outcome("fax", "crashed", "KeyError: 'x'"),)}, "fax: KeyError: 'x'"),
        ({"cpu": 121.0}, "121 s of CPU time, 120 are allowed"),
        ({"own": 800 << 20}, "800 MB memory of its own"),
        ({"program": 1100 << 20}, "1100 MB memory of a program"),
        ({"disk": 300 << 20}, "300 MB disk"),
        ({"left": ("ffmpeg",)}, "processes that live on: ffmpeg"),
        ({"baited": 1}, "fetch something"),
        (
            {"outcomes": (replace(MADE, faults=("the secret is in the result",)),)},
            "fax: the secret",
        ),
    ],
)
def test_what_it_costs_and_does_is_judged(change, told):
    assert told in broken(FILE, replace(GOOD, **change))


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("", "an error of 0 characters"),
        ("x" * 401, "an error of 401 characters"),
        ("two\nlines", "line ends"),
        ("no such file: /tmp/voicebot-x/source", "an error that tells '/tmp/'"),
        ("<class 'KeyError'>", "an error that tells '<class'"),
    ],
)
def test_an_error_must_be_clear(message, told):
    assert told in broken(FILE, refused(message))


def test_an_error_must_not_be_tried_again_or_ask_for_what_no_one_can_install():
    assert "again for hours" in broken(FILE, refused("later", retry=True))
    assert "to be installed" in broken(FILE, refused("get it", error="MissingPartError"))


def test_what_is_due_must_come():
    assert "should have been converted" in broken(replace(FILE, due=Due.MADE), refused("no"))
    assert "but became fax" in broken(replace(FILE, due=Due.REFUSED), GOOD)
    strict = replace(FILE, says="password")
    assert broken(strict, refused("the PDF has a password")) == ""
    assert "the reason is not told" in broken(strict, refused("no"))


@pytest.mark.parametrize(
    ("one", "change", "told"),
    [
        (MAIL, {"reply": "451 4.3.0 not possible", "accepted": 0}, "the door answers '451"),
        (MAIL, {"accepted": 2}, "2 jobs after"),
        (MAIL, {"accepted": 0}, "0 jobs after"),
        (TALK, {"accepted": 2}, "2 mails accepted, 1 were sent"),
        (TALK, {"lines": ("220 x", "451 4.3.0 that did not work")}, "the door was surprised"),
        (TALK, {"lines": ("220 \x07",)}, "no SMTP"),
        (TALK, {"late": True}, "stood still"),
        (TALK, {"alive": False}, "dead"),
        (TALK, {"cpu": 11.0}, "11.0 s of CPU time"),
        (TALK, {"memory": 800 << 20}, "800 MB memory of the door"),
    ],
)
def test_what_the_door_does_is_judged(one, change, told):
    assert told in broken(one, GOOD if one is MAIL else None, replace(ACCEPTED, **change))


def test_too_many_connections_or_no_tls_is_no_surprise():
    for line in ("421 4.3.2 too many connections", "452 4.5.3 too many", "454 TLS not available"):
        assert broken(TALK, None, replace(ACCEPTED, lines=(line,))) == ""

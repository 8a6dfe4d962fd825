"""Has an input broken anything? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from evaluation.hostile.circumstances import MEGABYTE, Caps
from evaluation.hostile.inputs import Door, Due, Input
from evaluation.hostile.report import Answer, Outcome, Report

_LONGEST: Final = 400  # characters of a message that a person reads
_OURS: Final = re.compile(
    r"Traceback|/(?:tmp|work|home|usr|root|var)/|site-packages|\.py\b|\bobject at 0x|<class"
)
"""What is nobody's business, or nobody's language."""
_LINE: Final = re.compile(r"\d{3}[ -][\x20-\x7e]{0,1000}")
_SURPRISED: Final = re.compile(r"4(?!21|52|54)\d\d ")
"""Later, please, but not for too many connections or recipients, or because there is no TLS."""


def breaches(one: Input, report: Report | None, answer: Answer | None, caps: Caps) -> list[str]:
    """What of the promises an input broke; nothing, if all is well."""
    found: list[str] = []
    if report is not None:
        found += _measured(report, caps)
        found += _judged(one, report.outcomes)
    if answer is not None:
        found += _answered(one, answer, caps)
    return [*found, *_reasons(one, report, answer)]


def _measured(report: Report, caps: Caps) -> Iterator[str]:
    if report.late:
        yield f"hangs: killed after {report.clock:.0f} s"
    elif report.status:
        yield f"crashed: exit status {report.status}"
    elif not report.outcomes:
        yield "crashed: it told nothing"
    if report.cpu > caps.cpu:
        yield f"{report.cpu:.0f} s of CPU time, {caps.cpu:g} are allowed"
    for what, used, cap in (
        ("memory of its own", report.own, caps.own),
        ("memory of a program", report.program, caps.program),
        ("disk", report.disk, caps.disk),
    ):
        if used > cap:
            yield f"{used / MEGABYTE:.0f} MB {what}, {cap / MEGABYTE:.0f} are allowed"
    if report.left:
        yield f"processes that live on: {', '.join(report.left)}"
    if report.baited:
        yield "it made the gateway fetch something"


def _judged(one: Input, outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.state == "crashed":
            yield f"{outcome.goal}: {outcome.error or outcome.message.strip()[-200:]}"
        yield from (f"{outcome.goal}: {fault}" for fault in outcome.faults)
        if outcome.state == "refused":
            yield from (f"{outcome.goal}: {fault}" for fault in _unclear(outcome))
    states = [outcome.state for outcome in outcomes]
    if one.due is Due.MADE and states[:1] != ["made"]:
        yield f"it should have been converted: {outcomes[0].message if outcomes else 'nothing'}"
    if one.due is Due.REFUSED and "made" in states:
        made = ", ".join(outcome.goal for outcome in outcomes if outcome.state == "made")
        yield f"it should have been refused, but became {made}"


def _unclear(outcome: Outcome) -> Iterator[str]:
    """What is wrong with an error that a person is to read."""
    message = outcome.message
    if outcome.retry:
        yield f"would be tried again for hours: {message[:200]}"
    if outcome.error == "MissingPartError":
        yield f"asks for something to be installed: {message[:200]}"
    if not message.strip() or len(message) > _LONGEST:
        yield f"an error of {len(message)} characters"
    if not message.isprintable():
        yield f"an error with controls or line ends in it: {message[:120]!r}"
    if ours := _OURS.search(message):
        yield f"an error that tells {ours[0]!r}: {message[:300]}"


def _answered(one: Input, answer: Answer, caps: Caps) -> Iterator[str]:
    yield from _behaved(answer, caps)
    if one.door is Door.MAIL:
        if not re.match(one.reply, answer.reply):
            yield f"the door answers {answer.reply[:200]!r}"
        if answer.accepted != answer.reply.startswith("250"):
            yield f"{answer.accepted} jobs after {answer.reply[:60]!r}"
        return
    if answer.accepted > one.mails:
        yield f"{answer.accepted} mails accepted, {one.mails} were sent"
    surprised = [line for line in answer.lines if _SURPRISED.match(line)]
    if surprised:
        yield f"the door was surprised: {surprised[0][:200]!r}"


def _behaved(answer: Answer, caps: Caps) -> Iterator[str]:
    if answer.late:
        yield "the door stood still"
    if not answer.alive:
        yield "the door is dead"
    if answer.cpu > caps.door_cpu:
        yield f"the door took {answer.cpu:.1f} s of CPU time, {caps.door_cpu:g} are allowed"
    if answer.memory > caps.own:
        used, cap = answer.memory / MEGABYTE, caps.own / MEGABYTE
        yield f"{used:.0f} MB memory of the door, {cap:.0f} are allowed"
    strange = [line for line in answer.lines if not _LINE.fullmatch(line)]
    if strange:
        yield f"the door says what is no SMTP: {strange[0][:80]!r}"


def _reasons(one: Input, report: Report | None, answer: Answer | None) -> Iterator[str]:
    """Where it is refused, and a reason is due: is it told?"""
    if not one.says:
        return
    told = [outcome.message for outcome in (report.outcomes if report else ())
            if outcome.state == "refused"]  # fmt: skip
    if answer is not None and not answer.reply.startswith("250"):
        told.append(answer.reply)
    if told and not any(re.search(one.says, message) for message in told):
        yield f"the reason is not told: {told[0][:200]!r}"

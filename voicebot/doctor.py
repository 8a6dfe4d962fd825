"""The command `voicebot doctor`: looks at every part and says how to mend what is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from voicebot.checks import data, living, machine
from voicebot.checks.finding import Check, Finding, Level, fail
from voicebot.config import Settings
from voicebot.configuration import SettingsError, load_settings
from voicebot.server.logs import configure_quiet

QUICK: tuple[Check, ...] = (
    machine.settings_read,
    machine.python,
    machine.environments,
    machine.programs,
    machine.room,
    data.secrets,
    data.database,
    data.models_present,
    data.dialogue_model,
    machine.doors,
    living.dialogue_running,
)
FULL: tuple[Check, ...] = (
    *(check for check in QUICK if check not in (data.models_present, living.dialogue_running)),
    data.models_right,
    living.speech,
    living.dialogue_working,
)
MEND_FIRST = "if the message doesn't help: mend what else was found, and run this again"


def run(
    echo: Callable[[str], None],
    *,
    quick: bool = False,
    as_json: bool = False,
    checks: Sequence[Check] | None = None,
) -> int:
    """Examine and print; the exit status: 1 when something is broken."""
    chosen = checks if checks is not None else (QUICK if quick else FULL)
    findings: list[Finding] = []
    for finding in _all(chosen):
        findings.append(finding)
        if not as_json:
            for line in shown(finding):
                echo(line)
    broken = sum(finding.level is Level.FAIL for finding in findings)
    doubtful = sum(finding.level is Level.WARN for finding in findings)
    if as_json:
        echo(json.dumps({"ok": not broken, "findings": [asdict(f) for f in findings]}, indent=2))
    elif broken or doubtful:
        echo(f"\n{broken} broken, {doubtful} to look at")
    else:
        echo("\nall is well")
    return 1 if broken else 0


def _all(checks: Sequence[Check]) -> Iterator[Finding]:
    try:
        configure_quiet()
        settings = load_settings()
    except SettingsError as error:
        yield fail("settings", str(error), "correct them; nothing else can be looked at before")
        return
    for check in checks:
        yield from examine(check, settings)


def examine(check: Check, settings: Settings) -> Iterator[Finding]:
    """Run one check; that it broke off is a finding, and no reason to leave out the others."""
    try:
        yield from check(settings)
    except Exception as error:  # noqa: BLE001 - a part may be broken in any way; it is reported
        part = check.__name__.replace("_", " ")
        yield fail(part, f"{type(error).__name__}: {error}", MEND_FIRST)


def shown(finding: Finding) -> list[str]:
    """A finding in lines: `ok    python             3.11.2, ...`."""
    what = finding.what.replace("\n", "\n" + " " * 26)
    lines = [f"{finding.level.value:5} {finding.part:19} {what}"]
    if finding.mend:
        lines.append(f"{'':25} → {finding.mend}")
    return lines

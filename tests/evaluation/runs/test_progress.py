from __future__ import annotations

from io import StringIO

from rich.console import Console

from evaluation.runs.progress import RunProgress


def plain() -> tuple[RunProgress, StringIO, list[float]]:
    shown, now = StringIO(), [0.0]
    return RunProgress(Console(file=shown, width=80), lambda: now[0]), shown, now


def test_elsewhere_than_on_a_terminal_lines_come_now_and_then() -> None:
    progress, shown, now = plain()
    with progress:
        progress.stage("calls", 40, 10)
        for done in range(11, 41):
            now[0] += 4.0
            progress.step(done, f"{done - 1} passed")
    lines = shown.getvalue().splitlines()
    assert lines[0] == "calls: 10 of 40 ..."
    assert lines[1] == "calls: 14 of 40, 13 passed, about 1 min left"
    assert lines[-1] == "calls: 40 of 40, 39 passed"
    assert len(lines) == 9


def test_what_is_said_stands_as_it_was_written() -> None:
    progress, shown, _ = plain()
    long = "[red]" + "x" * 200
    progress.say(long)
    assert shown.getvalue() == long + "\n"


def test_on_a_terminal_there_is_a_bar() -> None:
    shown = StringIO()
    console = Console(file=shown, width=100, force_terminal=True, legacy_windows=False)
    with RunProgress(console) as progress:
        progress.stage("calls", 3)
        progress.step(1, "1 passed")
        progress.say("something odd")
        progress.step(2, "2 passed")
    assert "something odd" in shown.getvalue()
    assert "2/3" in shown.getvalue()
    assert "2 passed" in shown.getvalue()

"""`voicebot convert`: one file into another, on the spot."""

from __future__ import annotations

import signal
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, TextIO

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.kinds import Form, asked_for, recognised
from gateway.planner import NAMES, Goal, Plan, find, foresee, goals, table
from gateway.runner import Progress, carry_out, publish
from gateway.transform import Transform, Wishes

STANDARD: Final = "-"
"""Names standard input or output."""

NOWHERE: Final = ""
"""Names no target: only `to` says what is wanted, and nothing is made."""

_MOST_INPUT: Final = 64 << 20  # bytes that are taken from standard input
_LEGIBLE: Final = (Kind.TEXT, Kind.SMS, Kind.EMAIL)
_MANY_FORMS: Final = (Kind.TEXT, Kind.VOICE, Kind.FAX)
_UTF_8: Final = "utf-8"
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_PLAIN: Final = ("text/plain", "text/markdown")
_USAGE: Final = 2  # exit status
_CUT_OFF: Final = 128  # added to the number of a signal: the exit status of a shell


class UsageError(RefusedError):
    """What was typed can't be meant."""

    exit_status = _USAGE


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed; `to` wins over what the name of `target` says."""

    source: str
    target: str
    wishes: Wishes
    to: Kind | None = None


def convert(
    request: Request, transforms: Sequence[Transform], progress: Progress, out: TextIO = sys.stdout
) -> str:
    """Do it; what was made, in one line ('' if it went to standard output).

    Nothing of it is left behind if it fails or is cut off.

    Raises:
        GatewayError: it did not succeed; the message names the fix.
    """
    goal, wishes = _wanted(request)
    with _ended_like_ctrl_c(), tempfile.TemporaryDirectory(prefix="voicebot-") as name:
        folder = Path(name)
        source = _source(request.source, folder)
        _check_target(request)
        plan = find(transforms, source.kind, goal)
        result = carry_out(plan, source, wishes, folder, key=uuid.uuid4().hex, progress=progress)
        if request.target == STANDARD:
            out.write(result.path.read_text(encoding=_UTF_8))
            out.flush()
            return ""
        publish(result.path, Path(request.target))
    return f"{request.target}: {NAMES[result.kind]}, {result.media_type}{_told(result)}"


def explain(request: Request, transforms: Sequence[Transform]) -> str:
    """The path that `convert` would take; nothing is carried out.

    Raises:
        GatewayError: the source is nothing that can be converted, or nothing leads there.
    """
    goal, _ = _wanted(request)
    with tempfile.TemporaryDirectory(prefix="voicebot-") as name:
        source = _source(request.source, Path(name))
    return foresee(transforms, source.kind, goal).explain()


def listing(transforms: Sequence[Transform]) -> tuple[list[str], list[list[str]]]:
    """The table of all pairs: the titles of its columns, and its rows."""
    columns = goals(transforms)
    routes = {(route.start, route.goal): route.plan for route in table(transforms)}
    rows = [[NAMES[start], *(_cell(routes[start, goal]) for goal in columns)] for start in Kind]
    return ["from", *map(str, columns)], rows


def _cell(plan: Plan | None) -> str:
    if plan is None:
        return "–"
    return " → ".join(step.name for step in plan) + ("*" if plan.missing() else "")


def needed(transforms: Sequence[Transform]) -> list[str]:
    """What has to be installed or set before all of the table can be used."""
    return sorted({f"{step.name}: {what}" for step in transforms if (what := step.missing())})


def _wanted(request: Request) -> tuple[Goal, Wishes]:
    wishes = request.wishes
    if request.target == STANDARD:
        kind = request.to or Kind.TEXT
        if kind not in _LEGIBLE:
            raise RefusedError(f"{NAMES[kind]} can't be written to a terminal: name a file")
        return Goal(kind), wishes
    kind = request.to or asked_for(request.target).kind
    form = _form_of(request.target)
    if form and form.kind is kind and kind in _MANY_FORMS and wishes.media_type is None:
        wishes = wishes.model_copy(update={"media_type": form.media_type})
    return Goal(kind), wishes


def _form_of(target: str) -> Form | None:
    """What the name says; with `--to` it need not say anything."""
    try:
        return asked_for(target)
    except RefusedError:
        return None


def _source(name: str, folder: Path) -> Content:
    """The source as content; texts become UTF-8."""
    if name == STANDARD:
        path = folder / "standard-input"
        data = sys.stdin.buffer.read(_MOST_INPUT + 1)
        if len(data) > _MOST_INPUT:
            raise RefusedError(f"standard input is longer than {_MOST_INPUT >> 20} MB")
        path.write_bytes(data)
    else:
        path = Path(name).absolute()
        if path.is_dir():
            raise RefusedError(f"{name} is a folder")
    content = recognised(path, "" if name == STANDARD else path.name)
    if content.media_type not in _PLAIN:
        return content
    return _as_utf_8(content, folder)


def _as_utf_8(content: Content, folder: Path) -> Content:
    with content.path.open("rb") as file:
        data = file.read(_MOST_INPUT + 1)
    if len(data) > _MOST_INPUT:
        raise RefusedError(f"the text is longer than {_MOST_INPUT >> 20} MB")
    charset = next((charset for mark, charset in _MARKS if data.startswith(mark)), _UTF_8)
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        raise RefusedError(
            f"the text is not UTF-8 (byte {error.start}); convert it first: "
            "iconv -f windows-1252 -t utf-8"
        ) from error
    if charset == _UTF_8:
        return content
    path = folder / "text"
    path.write_text(text, encoding=_UTF_8)
    return Content(content.kind, path, content.media_type)


def _check_target(request: Request) -> None:
    """Better before an hour of work than after it."""
    if request.target == STANDARD:
        return
    target = Path(request.target)
    if not target.parent.is_dir():
        raise RefusedError(f"there is no folder {target.parent}")
    if target.is_dir():
        raise RefusedError(f"{target} is a folder")
    if request.source != STANDARD and target.exists() and target.samefile(request.source):
        raise RefusedError("source and target are the same file")


def _told(result: Content) -> str:
    parts = []
    seconds, pages = result.details.get("seconds"), result.details.get("pages")
    if result.kind is Kind.VOICE and isinstance(seconds, int | float):
        parts.append(f"{seconds:.1f} s")
    if result.kind is Kind.FAX and isinstance(pages, int):
        parts.append("1 page" if pages == 1 else f"{pages} pages")
    return "".join(f", {part}" for part in parts)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM and SIGHUP end the work as Ctrl-C does, so that nothing is left behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(_CUT_OFF + number)

    kept = [(number, signal.signal(number, end)) for number in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in kept:
            signal.signal(number, handler)

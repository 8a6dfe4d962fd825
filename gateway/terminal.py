"""The terminal's side of `voicebot convert`: what was typed, a progress bar, what is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from gateway import command
from gateway.config import GatewaySettings
from gateway.content import Kind
from gateway.runner import Progress
from gateway.transform import Transform, Wishes
from gateway.transforms import assemble

_TYPED: Final = {"e-mail": Kind.EMAIL, "mail": Kind.EMAIL, "pages": Kind.FAX, "audio": Kind.VOICE}


@dataclass(frozen=True, slots=True)
class Typed:
    """The arguments and options as they were given; `wishes` as in `Wishes`."""

    source: str
    target: str
    to: str | None
    explain: bool
    table: bool
    wishes: Mapping[str, Any]


def run(typed: Typed, settings: GatewaySettings, echo: Callable[[str], None]) -> None:
    """Do what was typed.

    Raises:
        GatewayError: it did not succeed; the message names the fix.
    """
    if typed.table:
        show_table(assemble(settings))
        return
    if not typed.source:
        raise command.UsageError("name a file and what it is to become: voicebot convert IN OUT")
    request = _request(typed)
    if typed.explain:
        echo(command.explain(request, assemble(settings)))
        return
    with progress_bar() as progress:
        line = command.convert(request, assemble(settings), progress)
    if line:
        echo(line)


def _request(typed: Typed) -> command.Request:
    to = kind_of(typed.to) if typed.to else None
    if not typed.target and not (typed.explain and to):
        raise command.UsageError("name the file that is to be made, or - for standard output")
    try:
        wishes = Wishes(**typed.wishes)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise command.UsageError(f"--{wrong['loc'][0]}: {wrong['msg']}") from None
    return command.Request(typed.source, typed.target or command.NOWHERE, wishes, to)


def kind_of(word: str) -> Kind:
    """The kind that somebody means.

    Raises:
        UsageError: it is none.
    """
    word = word.lower()
    try:
        return _TYPED.get(word) or Kind(word)
    except ValueError:
        raise command.UsageError(f"--to {word}: it can be {', '.join(Kind)}") from None


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error while something is done, if a person looks at it."""
    if not sys.stderr.isatty():
        yield lambda _name, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<12}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def progress(name: str, done: float) -> None:
            bar.update(task, description=name, completed=done)

        yield progress


def show_table(transforms: Sequence[Transform]) -> None:
    """What can become what, by which steps, on standard output."""
    from rich.console import Console
    from rich.table import Table

    titles, rows = command.listing(transforms)
    grid = Table(*titles)
    for row in rows:
        grid.add_row(*row)
    console = Console()
    console.print(grid)
    needed = command.needed(transforms)
    if needed:
        console.print("* needs something first:")
        for line in needed:
            console.print(f"  {line}", highlight=False)

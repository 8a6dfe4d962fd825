"""What `voicebot evaluate` does with sets alone: check, hash, import, export.

Heavy modules are imported inside the commands that need them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evaluation.sets.model import EvaluationSet, Split

Set = Annotated[Path, typer.Argument(metavar="SET", help="A set's folder, or `bank`.")]


def check(
    cases: Set,
    intents: Annotated[
        bool, typer.Option(help="Let its intents have to be those of the dialogue.")
    ] = True,
) -> None:
    """Check a set: every case, every recording, every intent."""
    known = read_quietly(cases, known_intents=intents)
    spoken = sum(case.goal is None for case in known.cases)
    typer.echo(
        f"{known.name} {known.version}: {len(known.cases)} cases, {spoken} by script and "
        f"{len(known.cases) - spoken} with a goal; {known.licence}"
    )


def seal(folder: Annotated[Path, typer.Argument(help="A set's folder.")]) -> None:
    """Write the hashes of a set's files into its set.yaml: its content is as it was meant."""
    from evaluation.sets.writing import seal as sealed

    typer.echo(f"{len(sealed(folder))} files")


def import_set(
    name: Annotated[str, typer.Argument(help="The importer; `list` shows them.")],
    source: Annotated[
        Path | None, typer.Argument(help="The data set as it is distributed.")
    ] = None,
    target: Annotated[Path | None, typer.Argument(help="The new set's folder.")] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    most: Annotated[int | None, typer.Option(min=1, help="At most so many cases.")] = None,
    seed: Annotated[int, typer.Option(help="Of the choice.")] = 1,
    voice: Annotated[str, typer.Option(help="Speaks what has no recording.")] = "hibari",
    only: Annotated[
        list[str] | None, typer.Option(help="Only this intent (or task); may be repeated.")
    ] = None,
    intent: Annotated[
        list[str] | None, typer.Option(help="ORIGINAL=OURS: its name here; may be repeated.")
    ] = None,
    action: Annotated[
        list[str] | None, typer.Option(help="The same for what a story does; may be repeated.")
    ] = None,
    licence: Annotated[str, typer.Option(help="Of a Rasa project, which does not say.")] = "",
) -> None:
    """Make a set of a well-known data set, or of Rasa's training data."""
    from evaluation.sets.importers.options import Options, renamed
    from evaluation.sets.importers.registry import IMPORTERS

    if source is None or target is None:
        for each in IMPORTERS.values():
            typer.echo(f"{each.name:14} {each.title} ({each.licence})")
        raise typer.Exit(0 if name == "list" else 2)
    if name not in IMPORTERS:
        raise typer.BadParameter(f"no importer {name!r}; there are {', '.join(IMPORTERS)}")
    try:
        intents, actions = renamed(intent or ()), renamed(action or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    chosen = Options(
        split=_split(split),
        most=most,
        seed=seed,
        voice=voice,
        only=frozenset(only or ()),
        intents=intents,
        actions=actions,
        licence=licence,
    )
    made = IMPORTERS[name].run(source, target, chosen)
    typer.echo(f"{len(made.cases)} cases in {target}")


def export(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="`list` shows them.")],
    source: Annotated[Path | None, typer.Argument(help="A set, or a run for sclite.")] = None,
    target: Annotated[Path | None, typer.Argument(help="A folder for the files.")] = None,
) -> None:
    """Write a set for Rasa, or what was said and heard in a run for NIST's sclite."""
    from evaluation.runs.store import RunFolder
    from evaluation.sets.exporters.registry import RUN_EXPORTERS, SET_EXPORTERS, write_exported

    known = [*SET_EXPORTERS, *RUN_EXPORTERS]
    if source is None or target is None:
        typer.echo("\n".join(known))
        raise typer.Exit(0 if form == "list" else 2)
    if form not in known:
        raise typer.BadParameter(f"no format {form!r}; there are {', '.join(known)}")
    if form in SET_EXPORTERS:
        files = SET_EXPORTERS[form](read_quietly(source))
    else:
        files = RUN_EXPORTERS[form](RunFolder(source).read())
    for path in write_exported(files, target):
        typer.echo(str(path))


def read_quietly(named: Path, *, known_intents: bool = False) -> EvaluationSet:
    """The set of that folder or name; only warnings are logged from now on."""
    from evaluation.steps import read_named
    from voicebot.server.logs import configure_quiet

    configure_quiet()
    return read_named(named, known_intents=known_intents)


def _split(name: str) -> Split:
    match name:
        case "train" | "validation" | "test":
            return name
    raise typer.BadParameter(f"no split {name!r}: it is train, validation or test")

"""`voicebot evaluate what-if`: what other settings would have done to recorded calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def what_if(
    folder: Annotated[
        Path, typer.Argument(help="A run, or any folder with calls that an agent kept.")
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="turns.patience=1.2, turns.adaptive=false; may be repeated."),
    ] = None,
    recognizer: Annotated[
        str, typer.Option(help="Recognize the recordings again: tiny.en or base.")
    ] = "",
    dialogue: Annotated[
        str, typer.Option(help="Let the Rasa server at this address understand the words again.")
    ] = "",
    cases: Annotated[
        Path | None, typer.Option(help="The run's set: tells what was meant (--dialogue).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep the answer here, not in the run's folder.")
    ] = None,
    most: Annotated[int, typer.Option(min=0, help="Turns shown.")] = 20,
) -> None:
    """What would have been with other settings, without calling anybody."""
    from evaluation.sets.reading import read_set
    from evaluation.whatif.answers import table
    from evaluation.whatif.asking import Question, asked_and_kept
    from evaluation.whatif.changes import parsed
    from voicebot.configuration import load_settings
    from voicebot.server.logs import configure_quiet

    configure_quiet()
    question = Question(tuple(parsed(text) for text in changes or ()), recognizer, dialogue)
    known = {case.id: case for case in read_set(cases).cases} if cases is not None else None
    answer, path = asked_and_kept(folder, question, load_settings(), known, out)
    typer.echo(table(answer, most))
    typer.echo(f"\n{path}")

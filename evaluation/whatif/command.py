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
        typer.Option("--with", help="turns.patience=1.2, turns.adaptive=false; may be repeated."),
    ] = None,
    recognizer: Annotated[
        str, typer.Option(help="Recognize the recordings again: tiny.en or base.")
    ] = "",
    dialogue: Annotated[
        str, typer.Option(help="Let the Rasa server at this address understand the words again.")
    ] = "",
    cases: Annotated[
        Path | None,
        typer.Option("--set", help="The run's set, if it was moved (for --dialogue)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep the answer here, not in the run's folder.")
    ] = None,
    most: Annotated[int, typer.Option(min=0, help="Turns shown.")] = 20,
) -> None:
    """What would have been with other settings, without calling anybody."""
    from evaluation.whatif.answers import table
    from evaluation.whatif.asking import Question, asked_and_kept, cases_of
    from evaluation.whatif.changes import parsed
    from voicebot.configuration import load_settings
    from voicebot.server.logs import configure_quiet

    configure_quiet()
    question = Question(tuple(parsed(text) for text in changes or ()), recognizer, dialogue)
    known = cases_of(folder, cases) if dialogue else {}
    answer, path = asked_and_kept(folder, question, load_settings(), known, out)
    typer.echo(table(answer, most))
    typer.echo(f"\n{path}")

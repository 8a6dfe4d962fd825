"""The command line: `voicebot serve`, `call`, `talk`, `convert`, `train`, `models`, `doctor`, ...

Heavy modules are imported inside the commands that need them, so that `--help` is there at once.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from evaluation.command import evaluate_app

if TYPE_CHECKING:
    from voicebot.config import Settings

OWN_PACKAGES = ("voicebot.", "gateway.", "evaluation.")


class _Commands(TyperGroup):
    """Turns errors into one clear line; our own error classes carry the fix in their message."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:  # typer ends quietly when the reader of the output is gone
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(_explanation(error), err=True)
            raise typer.Exit(getattr(error, "exit_status", 1)) from error


def _explanation(error: Exception) -> str:
    own = type(error).__module__.startswith(OWN_PACKAGES) and str(error)
    if own or isinstance(error, OSError):
        return f"error: {error}"
    return (
        f"error: unexpected {type(error).__name__}: {error}\n"
        "run it again as `voicebot --debug ...` to see where"
    )


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="A voice agent: callers simply talk, a human expert is behind it.",
    epilog="Settings: voicebot.toml and VOICEBOT_* variables. Start with `voicebot doctor`.",
)
models_app = typer.Typer(no_args_is_help=True, help="Model files: list, fetch, verify.")
calls_app = typer.Typer(no_args_is_help=True, help="The record of calls.")
jobs_app = typer.Typer(no_args_is_help=True, help="Conversions that the gateway has accepted.")
app.add_typer(models_app, name="models")
app.add_typer(calls_app, name="calls")
app.add_typer(jobs_app, name="jobs")
app.add_typer(calls_app, name="record", hidden=True)
app.add_typer(evaluate_app, name="evaluate")


@app.callback()
def _before(
    config: Annotated[
        Path | None, typer.Option(help="Settings file instead of voicebot.toml.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,  # noqa: ARG001 - _Commands
) -> None:
    if config is not None:
        os.environ["VOICEBOT_CONFIG"] = str(config.absolute())


def _settings(**given: Any) -> Settings:
    """The settings in force, and logs that don't get in the way of what a command prints."""
    from voicebot.configuration import load_settings
    from voicebot.server.logs import configure_quiet

    configure_quiet()
    return load_settings(**given)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages and REST.")] = None,
    edge_port: Annotated[int | None, typer.Option(help="Port of the media edge.")] = None,
    rasa_port: Annotated[int | None, typer.Option(help="Port of our Rasa (0: any).")] = None,
    actions_port: Annotated[int | None, typer.Option(help="Port of its actions (0: any).")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Database, recordings, logs.")] = None,
) -> None:
    """Answer calls: start everything, print the addresses, run until Ctrl-C."""
    settings = _settings(
        host=host,
        control_port=port,
        edge_port=edge_port,
        rasa_port=rasa_port,
        actions_port=actions_port,
        data_dir=data_dir,
    )
    from voicebot.server import agent

    raise typer.Exit(asyncio.run(agent.serve(settings)))


@app.command()
def call(
    items: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="What to say, in order: audio files, say:TEXT, keys:4821, "
            "silence:3, wait:2, barge:FILE@1.5",
        ),
    ],
    url: Annotated[str | None, typer.Option(help="Where the agent's edge is.")] = None,
    out: Annotated[Path | None, typer.Option(help="Record both sides into this WAV.")] = None,
    caller: Annotated[str, typer.Option(help="The number that calls.")] = "+15550100",
    callee: Annotated[str, typer.Option(help="The number that is called.")] = "+15550199",
    transcribe: Annotated[bool, typer.Option(help="Write down what the bot says.")] = True,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what happens.")] = False,
) -> None:
    """Call the agent as a telephone network would, with recordings for a voice."""
    from voicebot.phone import Wish, phone

    wish = Wish(tuple(items), url, out, caller, callee, transcribe, verbose)
    raise typer.Exit(asyncio.run(phone(_settings(), wish, typer.echo)))


@app.command()
def talk(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show intents and what is expected.")
    ] = False,
) -> None:
    """Talk to the dialogue by typing: no telephone, no speech."""
    from voicebot.talk import talk as hold_conversation

    raise typer.Exit(hold_conversation(_settings(), typer.echo, verbose=verbose))


@app.command()
def train(
    force: Annotated[bool, typer.Option("--force", help="Even if nothing has changed.")] = False,
) -> None:
    """Train the dialogue if nlu-data/ has changed."""
    from voicebot import training

    settings = _settings()
    shown = sys.stderr.isatty()
    told = 0.0

    def progress(seconds: float) -> None:
        nonlocal told
        if shown:
            typer.echo(f"\rtraining the dialogue… {seconds:.0f} s ", err=True, nl=False)
        elif seconds - told >= 15:
            told = seconds
            typer.echo(f"training the dialogue… {seconds:.0f} s", err=True)

    def note(line: str) -> None:
        typer.echo(line, err=True)

    try:
        model = training.train(settings, force=force, progress=progress, note=note)
    finally:
        if shown:
            typer.echo("\r\033[K", err=True, nl=False)
    typer.echo(f"the dialogue is trained: {model}")


@app.command()
def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what loads models.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check every part and say how to mend it; exit status 1 when something is broken."""
    from voicebot import doctor as practice

    raise typer.Exit(practice.run(typer.echo, quick=quick, as_json=as_json))


@app.command()
def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A file, or - (text).")] = "",
    target: Annotated[str, typer.Argument(metavar="OUT", help="A file, or - (text).")] = "",
    to: Annotated[
        str | None, typer.Option(help="text, voice, email, fax or sms, if OUT doesn't say it.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the path only.")] = False,
    table: Annotated[bool, typer.Option("--list", help="Show what can become what.")] = False,
    voice: Annotated[str | None, typer.Option(help="The voice that reads out.")] = None,
    rate: Annotated[float, typer.Option(min=0.5, max=2, help="Its rate; 1 is normal.")] = 1.0,
    language: Annotated[str | None, typer.Option(help="Of the text or voice: en, de ...")] = None,
    subject: Annotated[str | None, typer.Option(help="Of a mail or a cover page.")] = None,
    sender: Annotated[str | None, typer.Option(help="Who sends it.")] = None,
    recipient: Annotated[str | None, typer.Option(help="Who receives it.")] = None,
    cover: Annotated[bool, typer.Option(help="A cover page before a fax to somebody.")] = True,
    attachments: Annotated[bool, typer.Option(help="Read attachments of a mail, too.")] = False,
) -> None:
    """Convert a file: text, voice, e-mail, fax pages and SMS into one another."""
    from gateway import terminal

    typed = terminal.Typed(
        source=source,
        target=target,
        to=to,
        explain=explain,
        table=table,
        wishes={
            "voice": voice,
            "rate": rate,
            "language": language,
            "subject": subject,
            "sender": sender,
            "recipient": recipient,
            "cover": cover,
            "attachments": attachments,
        },
    )
    settings = _settings()
    terminal.run(typed, settings.gateway.at(settings.models_dir, settings.data_dir), typer.echo)


@app.command()
def voices(
    language: Annotated[str, typer.Argument(help="Only those that read it, such as de.")] = "",
) -> None:
    """List the voices that read texts out: their languages, licences, and what they need."""
    from gateway.speech.listing import table
    from gateway.speech.speak import voices_of

    settings = _settings()
    speech = settings.gateway.at(settings.models_dir, settings.data_dir).speech
    for line in table(voices_of(speech).all(), language):
        typer.echo(line)


@models_app.command("list")
def list_models() -> None:
    """All models of the manifest, and which are here."""
    _models("--list")


@models_app.command("fetch")
def fetch_models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="What the settings need if none.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All of the manifest.")] = False,
) -> None:
    """Fetch models; what is here and right is left alone."""
    _models("--fetch", *(["--all"] if every else []), *(names or []))


@models_app.command("verify")
def verify_models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="All that are here if none.")
    ] = None,
) -> None:
    """Read model files and check their hashes."""
    _models("--verify", *(names or []))


def _models(*arguments: str) -> None:
    from voicebot import models

    _settings()  # a clear line if they are wrong
    raise typer.Exit(models.main(arguments))


@calls_app.command("prune")
def prune_calls(
    days: Annotated[
        int | None,
        typer.Option(min=1, help="Keep so many days, instead of the setting retention_days."),
    ] = None,
) -> None:
    """Remove calls, recordings and journals that are older than the retention time."""
    from voicebot.housekeeping import prune_record

    typer.echo(asyncio.run(prune_record(_settings(), days)))


@jobs_app.command("list")
def list_jobs(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
) -> None:
    """The youngest conversions, youngest first."""
    from gateway.jobs import command

    typer.echo(command.list_jobs(_settings(), most))


@jobs_app.command("show")
def show_job(job: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """All that happened to a conversion."""
    from gateway.jobs import command

    typer.echo(command.show_job(_settings(), job))


@jobs_app.command("cancel")
def cancel_job(job: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Call a conversion off."""
    from gateway.jobs import command

    typer.echo(command.cancel_job(_settings(), job))


@jobs_app.command("clean")
def clean_jobs(
    days: Annotated[
        float | None,
        typer.Option(min=0, help="Keep so many days, instead of the setting keep_days."),
    ] = None,
) -> None:
    """Remove conversions that ended long ago, and end those that broke down."""
    from gateway.jobs import command

    typer.echo(command.clean_jobs(_settings(), days))


def main() -> None:
    """The program `voicebot`. Status: 0 well, 1 an error, 2 wrong usage or settings, 130 Ctrl-C."""
    app(prog_name="voicebot")


if __name__ == "__main__":
    main()

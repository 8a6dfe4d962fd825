"""The two processes of the dialogue, as children: Rasa and the server of its custom actions.

Both listen on 127.0.0.1 only and ask for the secret. Rasa's old pins have known holes, so nothing
but the agent should ever reach them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psutil

from voicebot.config import Settings
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.rasa import RasaDialogue
from voicebot.rasa_project import RasaProject, base_environment
from voicebot.server.children import Child, Unhealthy
from voicebot.server.ports import free_port
from voicebot.server.secrets import Secrets
from voicebot.training import current_model

LOCAL = "127.0.0.1"
CHECK_SECONDS = 4.0
RASA_READY = 240.0
"""Seconds that Rasa may take to load: 15 on a free machine, much longer on a busy one."""
ACTIONS_READY = 60.0


def with_ports(settings: Settings) -> Settings:
    """The settings with a free port in place of each port that is 0 and that others must know."""
    chosen = {
        name: free_port(LOCAL)
        for name in ("rasa_port", "actions_port", "edge_port")
        if getattr(settings, name) == 0
    }
    return settings.model_copy(update=chosen)


def rasa_url(settings: Settings) -> str:
    """Where the dialogue answers: the external server if there is one, else ours."""
    return settings.rasa_url or f"http://{LOCAL}:{settings.rasa_port}"


def rasa_children(
    settings: Settings, secrets: Secrets, project: RasaProject | None = None
) -> list[Child]:
    """The processes to supervise; none where the settings name an external Rasa.

    Ports that are 0 must have been chosen by `with_ports`.

    Raises:
        ModelNotTrained: nlu-data/ has no model yet.
        EnvironmentMissing: Rasa or the action server isn't installed.
    """
    if settings.rasa_url:
        return []
    project = project or RasaProject()
    secret = secrets.rasa_secret.get_secret_value()
    environment = base_environment(settings) | {
        "VOICEBOT_RASA_SECRET": secret,
        "VOICEBOT_ACTIONS_URL": f"http://{LOCAL}:{settings.actions_port}/webhook",
        "SANIC_HOST": LOCAL,
        # Dozens of lines from old libraries at every start; training shows them all.
        "PYTHONWARNINGS": "ignore",
    }
    if today := os.environ.get("VOICEBOT_TODAY"):  # a fixed day, for tests and demonstrations
        environment["VOICEBOT_TODAY"] = today
    return [
        _actions(settings, project, environment),
        _rasa(settings, project, environment, secret),
    ]


def _actions(settings: Settings, project: RasaProject, environment: dict[str, str]) -> Child:
    script = str(project.sources / "serve_actions.py")
    where = ["--host", LOCAL, "--port", str(settings.actions_port)]
    return Child(
        name="actions",
        argv=(str(project.python("actions")), script, *where),
        env=environment,
        cwd=project.sources,
        log_path=settings.data_dir / "logs" / "actions.log",
        health=actions_health(f"http://{LOCAL}:{settings.actions_port}"),
        ready_timeout=ACTIONS_READY,
        port=settings.actions_port,
        port_setting="VOICEBOT_ACTIONS_PORT",
    )


def _rasa(
    settings: Settings, project: RasaProject, environment: dict[str, str], secret: str
) -> Child:
    model = str(serving(settings, current_model(settings, project)))
    script = str(project.sources / "serve_rasa.py")
    where = ["--interface", LOCAL, "--port", str(settings.rasa_port)]
    files = ["--credentials", "credentials.yml", "--endpoints", "endpoints.yml"]
    return Child(
        name="rasa",
        argv=(str(project.python("rasa")), script, "run", "--model", model, *where, *files),
        env=environment,
        cwd=project.sources,
        log_path=settings.data_dir / "logs" / "rasa.log",
        health=rasa_health(rasa_url(settings), secret),
        ready_timeout=RASA_READY,
        port=settings.rasa_port,
        port_setting="VOICEBOT_RASA_PORT",
    )


def serving(settings: Settings, model: Path) -> Path:
    """A link to `model` of this process's own, which no later training prunes.

    Rasa reads the file again whenever it is started again, which may be weeks later. Links of
    processes that are gone are removed.
    """
    folder = (settings.data_dir / "serving").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for link in folder.iterdir():
        owner = link.name.partition("-")[0]
        if not (owner.isdecimal() and psutil.pid_exists(int(owner))):
            link.unlink(missing_ok=True)
    kept = folder / f"{os.getpid()}-{model.name}"
    if not kept.exists():
        try:
            os.link(model, kept)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(model, kept)
    return kept


def rasa_health(url: str, secret: str) -> Callable[[], Awaitable[None]]:
    """A check that Rasa at `url` has a model and accepts our secret."""

    async def check() -> None:
        async with RasaDialogue(url, secret, CHECK_SECONDS) as dialogue:
            try:
                await dialogue.health()
            except DialogueError as error:
                raise Unhealthy(str(error)) from error

    return check


def actions_health(url: str) -> Callable[[], Awaitable[None]]:
    """A check that the action server at `url` answers."""

    async def check() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501 - http
            try:
                answer = await client.get(f"{url}/health", timeout=CHECK_SECONDS)
            except httpx.HTTPError as error:
                raise Unhealthy(f"no answer from {url}: {error!r}") from error
        if answer.status_code != httpx.codes.OK:
            raise Unhealthy(f"{url}/health answered {answer.status_code}")

    return check

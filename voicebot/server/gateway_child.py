"""The gateway's worker as a child of the agent, and its door in the control plane."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.routing import Route

from gateway.board import lost, posted
from gateway.jobs.intake import Intake
from gateway.jobs.settings import database_address
from gateway.jobs.worker import at_work
from gateway.lines.offered import LinesElsewhere
from gateway.sms.gate import SmsGate
from gateway.sms.room import MessageRoom
from gateway.sms.settings import SmsSettings
from gateway.transform import Transform
from gateway.transforms import assemble
from voicebot.config import ROOT, Settings
from voicebot.server.children import Child, Unhealthy
from voicebot.server.control.context import GatewayDoor, PartStatus
from voicebot.server.lifecycle import State

READY = 60.0
"""Seconds that the worker may take to start."""

_OWN = "VOICEBOT_GATEWAY__"


def gateway_child(settings: Settings, lines: Mapping[str, str] | None = None) -> Child:
    """The process that converts; see `gateway.jobs.process`.

    `lines` is the environment by which it finds the telephone (`LineDoor.environment`).
    """
    environment = {name: value for name, value in os.environ.items() if name.startswith(_OWN)}
    if config := os.environ.get("VOICEBOT_CONFIG"):
        environment["VOICEBOT_CONFIG"] = config
    environment |= {
        "VOICEBOT_DATA_DIR": str(settings.data_dir.absolute()),
        "VOICEBOT_MODELS_DIR": str(settings.models_dir.absolute()),
        "VOICEBOT_DATABASE_URL": settings.database_url,
        **(lines or {}),
    }
    return Child(
        name="gateway",
        argv=(sys.executable, "-m", "gateway.jobs.process"),
        env=environment,
        cwd=ROOT,
        log_path=settings.data_dir / "logs" / "gateway.log",
        health=worker_health(settings.data_dir / "gateway", settings.gateway.jobs.worker_name),
        ready_timeout=READY,
    )


def worker_health(root: Path, name: str) -> Callable[[], Awaitable[None]]:
    """A check that the worker is there and takes jobs."""

    async def check() -> None:
        if not at_work(root, name):
            raise Unhealthy("the gateway's worker is not up")

    return check


def gateway_door(settings: Settings) -> GatewayDoor:
    """What the control plane needs; close its `intake` in the end. Blocks for a moment.

    Raises:
        MissingPartError: short messages are to be passed on by mail, but no mail can be sent.
        SQLAlchemyError: the database can't be used.
    """
    gateway = settings.gateway.at(settings.models_dir, settings.data_dir)
    address = database_address(settings.database_url, settings.data_dir)
    intake = Intake(settings.data_dir / "gateway", address, gateway.jobs)
    try:
        transforms = assemble(gateway, lines=LinesElsewhere())
        callbacks = _callbacks(gateway.sms, intake, transforms)
    except BaseException:
        intake.close()
        raise
    host = urlsplit(gateway.sms.provider.public_url).hostname
    hosts = [host] if callbacks and host else []
    return GatewayDoor(intake, transforms, gateway.rest, callbacks, hosts)


def _callbacks(
    settings: SmsSettings, intake: Intake, transforms: Iterable[Transform]
) -> list[Route]:
    """The doors for a provider's short messages; the worker has the line to a message centre."""
    if settings.carrier != "rest":
        return []
    room = MessageRoom(intake, settings.inbound, transforms)
    return SmsGate(settings, room.take).routes()


def door_states(settings: Settings) -> list[PartStatus]:
    """What the worker's own doors (mail, mailbox, sms) are doing.

    One that waits for another system is lost, but not down: a lost mailbox is no reason to take no
    calls.
    """
    worker = (settings.data_dir / "gateway", settings.gateway.jobs.worker_name)
    away = lost(*worker)
    return [
        PartStatus(f"gateway {door}", State.LOST if door in away else State.READY, line)
        for door, line in posted(*worker).items()
    ]

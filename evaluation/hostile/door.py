"""The gateway's SMTP door as a process of its own, with its real mail room.

    python -m evaluation.hostile.door FOLDER

It opens two ports and prints them: one trusts this machine, the other trusts nobody (and the DNS
that it asks knows no keys). It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import structlog

from evaluation.hostile.circumstances import settings
from gateway.jobs.intake import Intake
from gateway.jobs.settings import database_address
from gateway.mail.envelope import Envelope
from gateway.mail.room import MailRoom
from gateway.mail.settings import MailSettings
from gateway.mail.smtpd import MailServer
from gateway.transforms import assemble


async def serve(folder: Path) -> None:
    """Until standard input ends."""
    given = settings(folder)
    transforms = assemble(given)
    with closing(Intake(folder / "gateway", database_address("", folder), given.jobs)) as intake:
        servers = {}
        for name, door in {"trusting": {"trusted_peers": ("127.0.0.0/8",)}, "strict": {}}.items():
            mail = _with_door(given.mail, door)
            room = MailRoom(
                intake, mail, transforms, lookup=lambda *_, **__: None, resolve=lambda *_: ()
            )
            servers[name] = _server(mail, room)
            await servers[name].start()
        print(json.dumps({name: server.port for name, server in servers.items()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for server in servers.values():
            await server.stop()


def _with_door(mail: MailSettings, changes: Mapping[str, Any]) -> MailSettings:
    return mail.model_copy(update={"door": mail.door.model_copy(update=dict(changes))})


def _server(mail: MailSettings, room: MailRoom) -> MailServer:
    async def accept(envelope: Envelope) -> None:
        await asyncio.to_thread(room.take, envelope)

    return MailServer(mail, accept)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stderr))
    asyncio.run(serve(Path(sys.argv[1])))

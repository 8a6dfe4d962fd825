"""The gateway's worker as a process of its own, with a real mailbox and a real message centre."""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from gateway.board import posted
from gateway.mail.message import Message
from gateway.mail.parse import parse
from tests.gateway.mail.conftest import PASSWORD, Dovecot

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "gw.example"
GATEWAY = f"gateway@{DOMAIN}"


def wait_for(what: Callable[[], Any], seconds: float = 30.0) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)
    return found


def mail_settings(dovecot: Dovecot, **more: Any) -> dict[str, Any]:
    """Everybody at example.org may write; answers go to dovecot."""
    here = {"host": "127.0.0.1", "tls": "none"}
    return {
        "address": GATEWAY,
        "server": {"enabled": True},
        "door": {"senders": ["@example.org"], "recipients": [f"@{DOMAIN}"], "dkim": False},
        "submission": here | {"port": dovecot.lmtp, "lmtp": True},
        "mailbox": here | {"port": dovecot.imap, "username": GATEWAY, "password": PASSWORD},
    } | more


def letter(sender: str, recipient: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, "The train"
    mail["Message-ID"] = f"<{uuid.uuid4().hex}@example.org>"
    mail.set_content(text)
    return mail


@dataclass
class Site:
    """A worker process with its folder."""

    process: subprocess.Popen[bytes]
    folder: Path
    dovecot: Dovecot

    def doors(self) -> dict[str, str]:
        return dict(posted(self.folder / "gateway", "local"))

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def port(self) -> int:
        return int(self.doors()["mail"].rpartition(":")[2])

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            client.send_message(mail)

    def answer(self, user: str) -> tuple[bytes, Message]:
        """The one mail that `user` gets."""
        (got,) = wait_for(lambda: self.dovecot.mails(user))
        return got, parse(got)


@contextmanager
def started(folder: Path, dovecot: Dovecot, **parts: dict[str, Any]) -> Iterator[Site]:
    """A worker with these settings of its parts; it may be starting still."""
    quick = {"poll_seconds": 0.05, "reserve_bytes": 0, "nice": 0}
    file = folder / "voicebot.toml"
    file.write_text(_toml({"jobs": quick} | parts, "gateway"))
    others = {k: v for k, v in os.environ.items() if not k.startswith("VOICEBOT_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.jobs.process"],
            cwd=ROOT,
            env=others | {"VOICEBOT_CONFIG": str(file), "VOICEBOT_DATA_DIR": str(folder)},
            stderr=log,
        )
    try:
        yield Site(process, folder, dovecot)
    finally:
        process.kill()
        process.wait()


def _toml(settings: dict[str, Any], name: str) -> str:
    plain = [f"{k} = {json.dumps(v)}" for k, v in settings.items() if not isinstance(v, dict)]
    tables = [_toml(v, f"{name}.{k}") for k, v in settings.items() if isinstance(v, dict)]
    return "\n".join([f"[{name}]", *plain, *tables])

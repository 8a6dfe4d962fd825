"""The worker as a process of its own, beside the agent: `python -m gateway.jobs.process`.

Conversions take seconds to minutes of computing; in a process of their own they never hold up a
call, and can be killed without harm. It ends at SIGTERM or SIGINT, as soon as its doors are closed:
what was at work is taken up again by the next one.

Mail and short messages come in here, too: by the mail server, the mailbox and the line to the
message centre, as far as they are set up.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NoReturn

import structlog

from gateway.board import Board
from gateway.errors import GatewayError
from gateway.jobs.intake import Intake
from gateway.jobs.settings import database_address
from gateway.jobs.worker import Worker
from gateway.lines.client import LineClient
from gateway.mail.deleting import Deleting
from gateway.mail.office import open_office
from gateway.mail.reporter import NAME as MAIL
from gateway.mail.reporter import MailReporter
from gateway.mail.room import MailRoom
from gateway.sms.gate import SmsGate
from gateway.sms.messages import conversions
from gateway.sms.room import MessageRoom
from gateway.transforms import assemble
from voicebot.config import Settings
from voicebot.configuration import SettingsError, load_settings
from voicebot.server.logs import mask_private


@contextmanager
def working(settings: Settings) -> Iterator[Worker]:
    """The worker that the settings describe, with the doors that mail and messages come in by.

    Raises:
        GatewayError: something is missing or taken; the message names the setting.
    """
    gateway = settings.gateway.at(settings.models_dir, settings.data_dir)
    root = settings.data_dir / "gateway"
    address = database_address(settings.database_url, settings.data_dir)
    with closing(Intake(root, address, gateway.jobs)) as intake:
        board = Board(root, gateway.jobs.worker_name)
        others = assemble(gateway, lines=LineClient.from_environment(), texts=())
        messages = MessageRoom(intake, gateway.sms.inbound, (*others, *conversions(gateway.sms)))
        gate = SmsGate(
            gateway.sms, messages.take, tell=lambda line, lost: board.post("sms", line, lost=lost)
        )
        transforms = (*others, *gate.transforms())
        mails = MailRoom(intake, gateway.mail, transforms)

        @contextmanager
        def doors() -> Iterator[None]:
            board.wipe()
            with open_office(gateway.mail, mails.take, board.post), closing(gate):
                gate.start()
                yield

        reporters = {MAIL: MailReporter(gateway.mail, Deleting(gateway.mail.mailbox))}
        with Worker(root, address, gateway.jobs, transforms, reporters, doors) as worker:
            yield worker


def log_to_stderr() -> None:
    """JSON lines, which the agent keeps in a file; what people wrote is not in them."""
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            mask_private,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def main() -> int:
    """Work until a signal; exit status 2 when the settings are wrong, 1 when it can't start."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    os.umask(0o077)  # what is kept of callers is for the agent's own user only
    try:
        settings = load_settings()
        log_to_stderr()
        with working(settings) as worker:
            stopping.wait()
            worker.close_doors()
            leave(0)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the log of the process
        return 2
    except GatewayError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
    return 1


def leave(status: int) -> NoReturn:
    """End the process now: a step at work would keep it alive, for nothing."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main())

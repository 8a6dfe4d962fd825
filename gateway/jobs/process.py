"""The worker as a process of its own, beside the agent: `python -m gateway.jobs.process`.

Conversions take seconds to minutes of computing; in a process of their own they never hold up a
call, and can be killed without harm. It ends at SIGTERM or SIGINT, at once: what was at work is
taken up again by the next one.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

import structlog

from gateway.errors import GatewayError
from gateway.jobs.settings import database_address
from gateway.jobs.worker import Worker
from gateway.lines.client import LineClient
from gateway.transforms import assemble
from voicebot.config import Settings
from voicebot.configuration import SettingsError, load_settings
from voicebot.server.logs import mask_private


def make_worker(settings: Settings) -> Worker:
    """The worker that the settings describe."""
    gateway = settings.gateway.at(settings.models_dir, settings.data_dir)
    address = database_address(settings.database_url, settings.data_dir)
    transforms = assemble(gateway, lines=LineClient.from_environment())
    return Worker(settings.data_dir / "gateway", address, gateway.jobs, transforms)


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
        with make_worker(settings):
            stopping.wait()
            sys.stdout.flush()
            os._exit(0)  # a step at work would keep the process alive, for nothing
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the log of the process
        return 2
    except GatewayError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())

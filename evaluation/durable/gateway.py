"""A gateway to be killed: REST and worker in one process, with cheap real transforms.

python -m evaluation.durable.gateway FOLDER DATABASE PORT RECEIVER_PORT
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import structlog
import uvicorn
from starlette.applications import Starlette

from gateway.content import Content, Kind
from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.jobs.job import Job, Order
from gateway.jobs.settings import JobSettings
from gateway.jobs.worker import Worker
from gateway.mail.settings import MailSettings
from gateway.mail.transforms import transforms as mail_transforms
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import transforms as page_transforms
from gateway.rest.server import ConversionApi
from gateway.rest.settings import RestSettings
from gateway.sms.messages import conversions as sms_transforms
from gateway.sms.settings import SmsSettings
from gateway.transform import Transform, Wishes, Work

SETTINGS = JobSettings(
    poll_seconds=0.03, reserve_bytes=0, retry_seconds=0.5, longest_retry_seconds=2.0, crashes=20
)


def steps(receiver: int) -> list[Transform]:
    """Text to SMS, to pages, to mail; and the delivery of a mail to the receiver."""

    def post(source: Content, _wishes: Wishes, work: Work) -> Content:
        try:
            line = socket.create_connection(("127.0.0.1", receiver), timeout=10)
        except OSError as error:
            raise UnavailableError("the receiver does not answer") from error
        with closing(line):
            try:
                subject = source.details.get("subject") or ""
                line.sendall(f"{work.key.partition('-')[0]} {subject}\n".encode())
                answer = line.recv(16)
            except OSError as error:
                raise UncertainError("the line to the receiver broke") from error
        if answer != b"ok\n":
            raise UncertainError("the receiver did not say that it has it")
        return source

    return [
        *sms_transforms(SmsSettings()),
        *page_transforms(PageSettings()),
        *[each for each in mail_transforms(MailSettings()) if not each.delivers],
        Transform("post", Kind.EMAIL, Kind.EMAIL, 0.01, 0.0, post, delivers=True),
    ]


def main(folder: Path, database: str, port: int, receiver: int) -> None:
    """Serve until killed."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    transforms = steps(receiver)
    reports = os.open(folder / "reports", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def report(order: Order, job: Job, _key: str) -> None:
        os.write(reports, (json.dumps([order.id, job.state]) + "\n").encode())

    with Worker(folder / "gateway", database, SETTINGS, transforms, {"file": report}) as worker:
        if worker.intake is None:
            raise RuntimeError("the worker has no intake")
        api = ConversionApi(
            worker.intake,
            transforms,
            _no_files,
            RestSettings(),
            lambda _: True,
            reporter="file",
        )
        uvicorn.run(Starlette(routes=api.routes()), host="127.0.0.1", port=port, log_config=None)


def _no_files(path: Path, name: str, media_type: str) -> NoReturn:
    del path, name, media_type
    raise RefusedError("only texts here")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

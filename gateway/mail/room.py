"""The mail room: a mail that has come becomes a job for each of its recipients.

For the mail server and the mailbox. Blocking; accepted means: written down durably, once, however
often the mail is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.content import Content, Kind
from gateway.jobs.intake import Intake, Request
from gateway.mail import resolving
from gateway.mail.addressing import Service, Wanted, wanted
from gateway.mail.dkim_check import Lookup, ask_dns
from gateway.mail.envelope import Envelope
from gateway.mail.imap import is_key
from gateway.mail.intake import Arrived, judge
from gateway.mail.reporter import NAME
from gateway.mail.settings import MailSettings
from gateway.mail.spf import Resolve
from gateway.mail.transforms import details_of
from gateway.planner import Goal, Plan, find
from gateway.transform import Transform, Wishes

_BACK: Final = {Service.VOICE: Kind.VOICE, Service.TEXT: Kind.TEXT}
"""What comes back by mail."""

_AWAY: Final = {
    Service.FAX: Goal(Kind.FAX, delivered=True),
    Service.SMS: Goal(Kind.SMS, delivered=True),
    Service.CALL: Goal(Kind.TEXT, delivered=True),
}
"""What is sent to somebody else."""


class MailRoom:
    """Takes mails in."""

    def __init__(
        self,
        intake: Intake,
        settings: MailSettings,
        transforms: Iterable[Transform],
        *,
        lookup: Lookup = ask_dns,
        resolve: Resolve = resolving.ask_dns,
    ) -> None:
        self._intake = intake
        self._settings = settings
        self._transforms = tuple(transforms)
        self._lookup = lookup
        self._resolve = resolve

    def take(self, envelope: Envelope) -> tuple[str, ...]:
        """Make jobs of a mail; their ids, in the order of its recipients.

        Raises:
            RefusedError, MissingPartError: the mail, its sender or a recipient is not accepted.
            UnavailableError: not now; the disk is full, or a signature can't be checked.
        """
        arrived = judge(envelope, self._settings, lookup=self._lookup, resolve=self._resolve)
        asked = dict.fromkeys(map(wanted, envelope.recipients))
        plans = [(one, self._plan(one)) for one in asked]  # all are possible, or none is accepted
        return tuple(self._accept(arrived, one, plan) for one, plan in plans)

    def _plan(self, asked: Wanted) -> Plan:
        if asked.service in _AWAY:
            return find(self._transforms, Kind.EMAIL, _AWAY[asked.service])
        between = _BACK[asked.service]
        home = Goal(Kind.EMAIL, delivered=True)
        there = find(self._transforms, Kind.EMAIL, Goal(between))
        back = find(self._transforms, between, home)
        return Plan(Kind.EMAIL, home, (*there, *back))

    def _accept(self, arrived: Arrived, asked: Wanted, plan: Plan) -> str:
        message = arrived.message
        mailbox = arrived.envelope.key if is_key(arrived.envelope.key) else ""
        answer_to = (message.reply_to or (arrived.sender,))[0].address
        request = Request(
            plan=plan,
            wishes=Wishes(
                recipient=asked.number or answer_to,
                sender=arrived.sender.address if asked.number else None,
                language=asked.language,
                attachments=asked.attachments,
            ),
            name="mail.eml",
            key=f"{arrived.envelope.key}/{asked.service}/{asked.number}/{asked.language or ''}",
            owner=f"mail:{arrived.sender.address}",
            reporter=NAME,
            sender={
                "address": answer_to,
                "subject": message.subject,
                "message_id": message.message_id,
                "mailbox": mailbox,
            },
        )
        data = arrived.envelope.data
        with self._intake.stage(len(data)) as folder:
            path = folder / "source" / "mail.eml"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            details = details_of(message) | ({"mailbox": True} if mailbox else {})
            content = Content(Kind.EMAIL, path, "message/rfc822", details)
            return self._intake.accept(folder, content, request)

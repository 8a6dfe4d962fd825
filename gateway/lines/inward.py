"""What comes in by telephone becomes mail: spoken answers and received faxes, each once."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import Final

import structlog

from gateway.content import Content, Kind
from gateway.errors import MissingPartError
from gateway.jobs.intake import ConflictError, Intake, Request
from gateway.planner import Goal, Plan, find
from gateway.transform import Transform, Wishes

log = structlog.get_logger(__name__)

OWNER: Final = "telephone"


class Inward:
    """Hands in jobs. Blocking; when a method returns, what it was given is safe."""

    def __init__(
        self, intake: Intake, transforms: Iterable[Transform], *, answers_to: str, faxes_to: str
    ) -> None:
        """Mail addresses: `faxes_to` for faxes, `answers_to` for answers to what came from nobody
        that has an address; '' leaves them where they are.

        Raises:
            MissingPartError: an address is set, but no mail can be sent.
        """
        self._intake = intake
        self._transforms = tuple(transforms)
        self._answers_to = answers_to
        self._faxes_to = faxes_to
        if faxes_to:
            self._plan(Kind.FAX)
        if answers_to:
            self._plan(Kind.VOICE)

    def answered(self, voice: Content) -> None:
        """Mail a spoken answer to whoever wrote what was read out; see `Answered`.

        Raises:
            UnavailableError: not now; the disk is full, or too much is waiting.
        """
        named = str(voice.details.get("to") or "")
        to, key = named if "@" in named else self._answers_to, str(voice.details["key"])
        if not to:
            log.warning("an answer goes to nobody: set outcall.answers_to", answer=key)
            return
        try:
            self._mail(voice, to, key, "answer.wav")
        except MissingPartError as error:  # the call was made all the same; the answer is kept
            log.error("an answer can't be mailed", answer=key, reason=str(error))

    def fax_came(self, fax: Content) -> None:
        """Mail a fax that has come in; see `AcceptFax`.

        Raises:
            UnavailableError: not now; the disk is full, or too much is waiting.
        """
        key = str(fax.details["fax"])
        if not self._faxes_to:
            log.info("a fax lies in the inbox: fax.to names nobody", fax=key)
            return
        self._mail(fax, self._faxes_to, key, "fax.tiff")

    def _plan(self, kind: Kind) -> Plan:
        return find(self._transforms, kind, Goal(Kind.EMAIL, delivered=True))

    def _mail(self, content: Content, to: str, key: str, name: str) -> None:
        request = Request(
            self._plan(content.kind), Wishes(recipient=to), name=name, key=key, owner=OWNER
        )
        with self._intake.stage(content.path.stat().st_size) as folder:
            path = folder / "source" / name
            path.parent.mkdir(exist_ok=True)
            shutil.copyfile(content.path, path)
            source = Content(content.kind, path, content.media_type, content.details)
            try:
                job = self._intake.accept(folder, source, request)
            except ConflictError:  # it was taken before, when mail was set up in another way
                return
        log.info("what came by telephone is mailed", job=job)

"""Sending short messages, each part once.

Before a part is handed to the network, "being submitted" is written down; afterwards, the id that
the network gave it. A second attempt goes on behind the parts that have an id. A part that was
being submitted when the process died may or may not be on its way: then it is not sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gateway.content import Content, Json, Kind
from gateway.errors import GatewayError, MissingPartError, RefusedError, UncertainError
from gateway.numbers import allowed
from gateway.sms.alphabet import encode
from gateway.sms.messages import ShortMessage, as_content, read_message
from gateway.sms.receipts import Fate, Receipt, Receipts
from gateway.sms.segments import Segment
from gateway.sms.settings import SmsSettings
from gateway.transform import Transform, Wishes, Work
from gateway.wholefiles import write_whole

_SUBMITTING: Final = "?"
"""Stands for the id of a part that was handed over and not yet confirmed."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed to the network at once: a segment, or all of the text."""

    sender: str
    to: str
    text: str
    segment: Segment | None = None


class Carrier(Protocol):
    """A way to the mobile network. Blocking, for several threads."""

    whole: bool
    """Does it cut texts into segments itself?"""

    def submit(self, parcel: Parcel) -> str:
        """Hand over `parcel`; the id under which receipts will name it.

        Raises:
            UnavailableError: it was not taken, and may be later.
            RefusedError: it was not taken, and will not be.
            UncertainError: nobody can know whether it was taken.
        """

    def missing(self) -> str:
        """What has to be set up before it can be used, '' when nothing."""


class Journal:
    """What was handed over, by part; on disk before it counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}

    def id_of(self, part: int) -> str:
        """The id of a part that was taken; '' when it was not handed over.

        Raises:
            UncertainError: it was handed over, and nobody knows more.
        """
        found = self._ids.get(str(part), "")
        if found == _SUBMITTING:
            raise UncertainError(
                f"part {part + 1} of the short message was being submitted when the gateway broke "
                "off: ask the recipient before sending it again"
            )
        return found

    def begin(self, part: int) -> None:
        """It is going to be handed over."""
        self._set(part, _SUBMITTING)

    def taken(self, part: int, identity: str) -> None:
        """The network has it."""
        self._set(part, identity)

    def not_taken(self, part: int) -> None:
        """The network does not have it, for sure."""
        self._set(part, "")

    def _set(self, part: int, identity: str) -> None:
        self._ids[str(part)] = identity
        write_whole(self._path, json.dumps(self._ids).encode())


def parcels(message: ShortMessage, *, whole: bool) -> list[Parcel]:
    """What is handed over one after another. Raises RefusedError."""
    parts = message.parts()
    if whole:
        return [Parcel(message.sender, message.to, message.text)]
    for part in parts:
        encode(part.text, part.alphabet)
    return [Parcel(message.sender, message.to, part.text, part) for part in parts]


def send(message: ShortMessage, carrier: Carrier, journal: Journal) -> list[str]:
    """Hand all of `message` over, except what was handed over before; the ids of the parts.

    Raises:
        GatewayError: as `Carrier.submit`; parts that were taken stay taken.
    """
    found = parcels(message, whole=carrier.whole)
    ids: list[str] = []
    for part, parcel in enumerate(found):
        identity = journal.id_of(part)
        if not identity:
            journal.begin(part)
            try:
                identity = carrier.submit(parcel)
            except UncertainError:
                raise
            except GatewayError as error:
                journal.not_taken(part)
                if ids and isinstance(error, RefusedError):
                    raise RefusedError(
                        f"only {len(ids)} of {len(found)} parts were sent: {error}"
                    ) from error
                raise
            journal.taken(part, identity)
        ids.append(identity)
    return ids


class Texting:
    """Sends SMS contents by a carrier, and waits for their receipts where that is wished."""

    def __init__(self, settings: SmsSettings, carrier: Carrier | None, receipts: Receipts) -> None:
        self._settings = settings
        self._carrier = carrier
        self._receipts = receipts

    def run(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """Send; what was sent, with `ids` and the `state` in its details."""
        if self._carrier is None:
            raise MissingPartError(self.missing())
        message = self._addressed(read_message(content), wishes)
        work.progress(0.0)  # the last moment to call it off: half a message helps nobody
        ids = send(message, self._carrier, Journal(work.folder / "sent.json"))
        receipts = self._receipts.wait(ids, self._settings.receipt_seconds, lambda: None)
        state = _state(ids, receipts)
        return as_content(message, work.folder, ids=list[Json](ids), state=state)

    def missing(self) -> str:
        """What has to be set up before anything can be sent."""
        if self._carrier is None:
            return "no way to send SMS is set up: choose carrier smpp or rest"
        return self._carrier.missing()

    def _addressed(self, message: ShortMessage, wishes: Wishes) -> ShortMessage:
        to = allowed(message.to or wishes.recipient or "", self._settings.allowed_prefixes)
        # Nobody may write in another's name: the sender is the one that is set, where one is.
        sender = self._settings.sender or message.sender
        if not sender:
            raise RefusedError("a short message needs a sender: set one, or wish for one")
        return message.model_copy(update={"to": to, "sender": sender})

    def transform(self) -> Transform:
        """The delivering transform `text`."""
        return Transform(
            "text",
            Kind.SMS,
            Kind.SMS,
            cost=0.05,
            loss=0.0,
            run=self.run,
            delivers=True,
            missing=self.missing,
        )


def _state(ids: list[str], receipts: dict[str, Receipt]) -> str:
    failed = [receipt for receipt in receipts.values() if receipt.fate is Fate.FAILED]
    if failed:
        error = f", error {failed[0].error}" if failed[0].error else ""
        raise RefusedError(
            f"the network could not deliver the short message: {failed[0].status}{error}"
        )
    delivered = [r for r in receipts.values() if r.fate is Fate.DELIVERED]
    return str(Fate.DELIVERED) if len(delivered) == len(set(ids)) else "sent"


Inbound = Callable[[ShortMessage, str], None]
"""Takes a message that came in, and its key: the same key is the same message. It is kept when this
returns; what it raises makes the network try again."""

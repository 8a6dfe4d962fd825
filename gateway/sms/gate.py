"""The gateway's short messages, put together: carrier, receipts, inbox, doors and transforms."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from gateway.sms.inbox import Inbox
from gateway.sms.messages import conversions
from gateway.sms.receipts import Receipt, Receipts, Shelf
from gateway.sms.rest import RestCarrier, routes
from gateway.sms.sending import Carrier, Inbound, Texting
from gateway.sms.settings import SmsSettings
from gateway.sms.smpp import SmppCarrier
from gateway.transform import Transform


class SmsGate:
    """All there is to SMS in one process. `close` it in the end."""

    def __init__(
        self,
        settings: SmsSettings,
        on_message: Inbound | None = None,
        on_receipt: Callable[[Receipt], None] = lambda _: None,
        tell: Callable[[str, bool], None] = lambda _, __: None,
    ) -> None:
        """`on_message` takes what phones send us, `on_receipt` what became of what we sent; `tell`
        is told how the line to the message centre is (where there is one), and whether it is lost.
        """
        self._tell = tell
        self._settings = settings
        self._on_message = on_message
        shelf = None
        if settings.carrier == "rest" and settings.folder is not None:
            shelf = Shelf(settings.folder / "receipts")  # another process has the doors
        self._receipts = Receipts(on_receipt, shelf)
        self._carrier = self._make_carrier()

    def _make_carrier(self) -> Carrier | None:
        settings = self._settings
        match settings.carrier:
            case "rest":
                return RestCarrier(settings.provider)
            case "smpp":
                inbox = None
                if settings.folder is not None and self._on_message is not None:
                    inbox = Inbox(settings.folder, settings.parts_seconds, self._on_message)
                return SmppCarrier(settings.smpp, self._receipts, inbox, self._tell)
        return None

    def transforms(self) -> list[Transform]:
        """`segment`, `join`, and `text`, which sends."""
        texting = Texting(self._settings, self._carrier, self._receipts)
        return [*conversions(self._settings), texting.transform()]

    def start(self) -> None:
        """Begin to receive: by SMPP a line has to be open for that."""
        if isinstance(self._carrier, SmppCarrier) and not self._carrier.missing():
            self._carrier.start()

    def routes(self) -> list[Route]:
        """The doors for a provider's callbacks; none where messages go another way."""
        if self._settings.carrier != "rest":
            return []
        return routes(self._settings.provider, self._on_message or _nobody, self._receipts.add)

    def close(self) -> None:
        """Hang up."""
        if isinstance(self._carrier, SmppCarrier):
            self._carrier.close()


def transforms(settings: SmsSettings) -> list[Transform]:
    """The transforms of short messages where nobody waits for incoming ones."""
    return SmsGate(settings).transforms()


def _nobody(_message: object, _key: str) -> None:
    raise LookupError("nobody takes short messages here")

"""Short messages by a provider's REST interface in Twilio's shape, and its callbacks.

Source: https://www.twilio.com/docs/messaging/api/message-resource,
https://www.twilio.com/docs/messaging/guides/webhook-request (what comes in)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import RefusedError
from gateway.provider import Provider, ProviderSettings, is_signed
from gateway.sms.alphabet import composed
from gateway.sms.messages import ShortMessage, short_message
from gateway.sms.receipts import Receipt
from gateway.sms.sending import Inbound, Parcel

log = structlog.get_logger(__name__)

STATUS_PATH: Final = "/sms/status"
INBOUND_PATH: Final = "/sms/inbound"
MOST_CHARACTERS: Final = 1600
"""Of one message: the interface's own limit."""
MOST_FORM: Final = 64 * 1024
MOST_FIELDS: Final = 200
_EMPTY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SIGNATURE: Final = "X-Twilio-Signature"


class RestCarrier:
    """A `Carrier` that posts whole texts; the provider cuts them."""

    whole = True

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._provider = Provider(settings)

    def missing(self) -> str:
        """What has to be set."""
        return self._settings.missing

    def submit(self, parcel: Parcel) -> str:
        """Hand over a text; the provider's SID. See `Carrier.submit`."""
        if len(parcel.text) > MOST_CHARACTERS:
            raise RefusedError(
                f"the provider takes {MOST_CHARACTERS} characters: set most_segments to less"
            )
        form = {"To": parcel.to, "From": parcel.sender, "Body": parcel.text}
        if self._settings.public_url:
            form["StatusCallback"] = self._settings.public_url + STATUS_PATH
        return str(self._provider.create("Messages", form)["sid"])


def routes(
    settings: ProviderSettings, on_message: Inbound, on_receipt: Callable[[Receipt], None]
) -> list[Route]:
    """The doors for the provider: messages that came in, and what became of those sent.

    Both callables block and run in worker threads. What is not signed gets 403; what is too large
    413; what makes no sense 400. Where `on_message` raises, 503 makes the provider try again.
    """

    async def inbound(request: Request) -> Response:
        form = await _form(request, settings)
        message, key = received(form)
        try:
            await run_in_threadpool(on_message, message, key)
        except Exception as error:  # the door's boundary: it is not kept, so it must come again
            log.exception("a short message could not be kept", id=key)
            raise HTTPException(503, "Not kept; try again.") from error
        return Response(_EMPTY, media_type="text/xml")

    async def status(request: Request) -> Response:
        form = await _form(request, settings)
        receipt = receipt_of(form)
        await run_in_threadpool(on_receipt, receipt)
        return Response(status_code=204)

    return [
        Route(INBOUND_PATH, inbound, methods=["POST"]),
        Route(STATUS_PATH, status, methods=["POST"]),
    ]


def received(form: Mapping[str, str]) -> tuple[ShortMessage, str]:
    """The message in an inbound form, and its key. Raises HTTPException."""
    sid, sender = _field(form, "MessageSid", 64), _field(form, "From", 40)
    text = composed(form.get("Body", ""))
    if len(text) > 4 * MOST_CHARACTERS:
        raise HTTPException(413, "Body is too long.")
    media = form.get("NumMedia", "0")
    if not text and media not in ("", "0"):
        text = "[pictures or other media without a text]"
    return short_message(text, sid, to=form.get("To", "")[:40], sender=sender), f"sms-{sid}"


def receipt_of(form: Mapping[str, str]) -> Receipt:
    """The receipt in a status form. Raises HTTPException."""
    status = _field(form, "MessageStatus", 16)
    return Receipt(_field(form, "MessageSid", 64), status, form.get("ErrorCode", "")[:8])


def _field(form: Mapping[str, str], name: str, most: int) -> str:
    value = form.get(name, "")
    if not value or len(value) > most or not value.isprintable():
        raise HTTPException(400, f"{name} is missing or bad.")
    return value


async def _form(request: Request, settings: ProviderSettings) -> dict[str, str]:
    """The signed form of a request, read no further than it may be long. Raises HTTPException."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM:
            raise HTTPException(413, "The form is too large.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400, "That is no form.") from error
    form = dict(pairs)
    raw = request.scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0]
    query = request.url.query
    target = raw + (f"?{query}" if query else "")
    if not is_signed(settings, target, form, request.headers.get(SIGNATURE, "")):
        raise HTTPException(403, "The signature does not fit: check auth_token and public_url.")
    return form

"""What SMPP's messages say, in our words. Pure: no line, no clock.

Source: SMPP 3.4, 4.4 (submit_sm), 4.6 (deliver_sm), 5.2 (fields).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.sms.alphabet import Alphabet, decode
from gateway.sms.receipts import Receipt, read_receipt
from gateway.sms.segments import BadHeader, Place, read_header
from gateway.sms.sending import Parcel

OK: Final = 0x00
TEMPORARY: Final = 0x64
"""ESME_RX_T_APPN: send it again later."""
PERMANENT: Final = 0x65
"""ESME_RX_P_APPN: don't send it again."""
_INTERNATIONAL, _ALPHANUMERIC, _UNKNOWN = 1, 5, 0  # types of number
_E164: Final = 1  # numbering plan
_CODINGS: Final[Mapping[int, Alphabet]] = {0x00: Alphabet.GSM7, 0x08: Alphabet.UCS2}
_CONTROLS: Final = frozenset(range(0x20)) - frozenset(b"\t\n\f\r")
_UDHI: Final = 0x40  # esm_class: a user data header is there
_TYPE, _RECEIPT = 0x3C, 0x04  # esm_class: message type, and the one of receipts
_LATER: Final = frozenset({0x08, 0x14, 0x58, 0x64})
"""ESME_RSYSERR, RMSGQFUL, RTHROTTLED, RX_T_APPN."""
THROTTLED: Final = 0x58
NOT_LET_IN: Final = frozenset({0x0D, 0x0E, 0x0F})
"""ESME_RBINDFAIL, RINVPASWD, RINVSYSID."""
_NAMES: Final[Mapping[int, str]] = {
    0x08: "its system has an error",
    0x0A: "it does not like the sender",
    0x0B: "it does not like the recipient",
    0x0D: "binding failed",
    0x0E: "the password is wrong",
    0x0F: "the system_id is wrong",
    0x14: "its queue is full",
    0x45: "submitting failed",
    0x58: "too many messages a second",
    0x64: "later",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A part of a message, or all of it, from a phone."""

    sender: str
    recipient: str
    text: str
    place: Place | None


class Unreadable(ValueError):
    """A message that came is none that could be read."""


def submission(parcel: Parcel) -> dict[str, Any]:
    """The fields of the submit_sm for a segment; a receipt is asked for, whatever comes of it."""
    if parcel.segment is None:
        raise RefusedError("SMPP carries segments, not whole texts")
    segment = parcel.segment
    sender_type, sender = _address(parcel.sender)
    recipient_type, recipient = _address(parcel.to)
    return {
        "source_addr_ton": sender_type,
        "source_addr_npi": _E164 if sender_type == _INTERNATIONAL else 0,
        "source_addr": sender,
        "dest_addr_ton": recipient_type,
        "dest_addr_npi": _E164 if recipient_type == _INTERNATIONAL else 0,
        "destination_addr": recipient,
        "esm_class": _UDHI if segment.total > 1 else 0,
        "data_coding": 0x08 if segment.alphabet is Alphabet.UCS2 else 0x00,
        "registered_delivery": 1,
        "short_message": segment.data,
    }


def refusal(status: int) -> GatewayError:
    """Why a message centre did not take a message."""
    what = _NAMES.get(status, "no reason that is known")
    if status in _LATER:
        return UnavailableError(f"the message centre says later (0x{status:02x}: {what})")
    return RefusedError(f"the message centre refused (0x{status:02x}: {what})")


def delivery(pdu: Any) -> Receipt | Arrived:
    """What a deliver_sm brings.

    Raises:
        Unreadable: binary data, or a header that breaks the rules.
    """
    data = bytes(pdu.short_message or getattr(pdu, "message_payload", None) or b"")
    esm_class = int(pdu.esm_class or 0)
    if esm_class & _TYPE == _RECEIPT:
        known = _text(getattr(pdu, "receipted_message_id", None)).rstrip("\0")
        receipt = read_receipt(data.decode("ascii", "replace"), known)
        if receipt is None:
            raise Unreadable("a receipt that names no message")
        return receipt
    place = None
    if esm_class & _UDHI:
        try:
            place, data = read_header(data)
        except BadHeader as error:
            raise Unreadable(str(error)) from error
    return Arrived(
        _number(pdu.source_addr, pdu.source_addr_ton),
        _number(pdu.destination_addr, pdu.dest_addr_ton),
        _decoded(data, int(pdu.data_coding or 0)),
        place,
    )


def _decoded(data: bytes, coding: int) -> str:
    if coding in _CODINGS:
        return decode(data, _CODINGS[coding])
    if coding == 0x01 and _CONTROLS & set(data):
        # IA5 by name, but some centres mean the GSM alphabet, where these are characters.
        return decode(data, Alphabet.GSM7)
    if coding in (0x01, 0x03):  # IA5, Latin 1
        return data.decode("latin-1")
    raise Unreadable(f"data coding 0x{coding:02x} is no text")


def _address(number: str) -> tuple[int, str]:
    if number.startswith("+"):
        return _INTERNATIONAL, number[1:]
    return (_UNKNOWN if number.isdigit() else _ALPHANUMERIC), number


def _number(address: object, kind: object) -> str:
    number = _text(address)[:20]
    return f"+{number}" if kind == _INTERNATIONAL and number.isdigit() else number


def _text(field: object) -> str:
    return field.decode("latin-1") if isinstance(field, bytes) else str(field or "")

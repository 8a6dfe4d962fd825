"""Hostile conversations: with the SMTP door as a client, and with the SMPP line as the centre."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from smpplib import smpp

from evaluation.hostile.inputs import Door, Input, chance, fixed

_HELLO: Final = b"EHLO evil.example\r\n"
_PATH: Final = b"MAIL FROM:<mallory@example.org>\r\nRCPT TO:<text@gw.example>\r\n"
_MAIL: Final = b"From: mallory@example.org\r\nSubject: hello\r\n\r\nhello\r\n"
_SMUGGLED: Final = (
    b"MAIL FROM:<chief@example.com>\r\nRCPT TO:<text@gw.example>\r\nDATA\r\n"
    b"From: chief@example.com\r\n\r\nsmuggled\r\n.\r\n"
)


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _smtp()
    yield from _smpp()


def _smtp() -> Iterator[Input]:
    talks: Mapping[str, tuple[bytes, int, bool]] = {
        "an honest one": (_HELLO + _PATH + b"DATA\r\n" + _MAIL + b".\r\n", 1, True),
        "a line of a megabyte": (_HELLO + b"A" * 1_000_000 + b"\r\n", 0, True),
        "zeros": (bytes(100_000), 0, False),
        "noise": (chance("noise").randbytes(100_000), 0, True),
        "lines without end": (b"\r\n" * 5000, 0, False),
        "5,000 commands": (_HELLO + b"NOOP\r\n" * 5000, 0, False),
        "unknown commands": (_HELLO + b"XYZZY\r\n" * 500, 0, False),
        "a web browser": (
            b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + _PATH + b"DATA\r\n" + _MAIL + b".\r\n",
            0,
            True,
        ),
        "a TLS greeting": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(508), 0, False),
        "DATA before anything": (b"DATA\r\n" + _MAIL + b".\r\n", 0, False),
        "DATA without recipients": (
            _HELLO + b"MAIL FROM:<a@example.org>\r\nDATA\r\n" + _MAIL + b".\r\n",
            0,
            False,
        ),
        "a mail that breaks off": (_HELLO + _PATH + b"DATA\r\n" + _MAIL, 0, True),
        "1,000 recipients": (_HELLO + _PATH + b"RCPT TO:<voice@gw.example>\r\n" * 1000, 0, False),
        "a recipient of a kilometre": (
            _HELLO + b"MAIL FROM:<>\r\nRCPT TO:<" + b"a" * 900 + b"@gw.example>\r\n",
            0,
            False,
        ),
        "a path through us": (
            _HELLO
            + b"MAIL FROM:<a@example.org>\r\nRCPT TO:<@gw.example:b@example.com>\r\n"
            + b"RCPT TO:<b%example.com@gw.example>\r\nRCPT TO:<example.com!b@gw.example>\r\n",
            0,
            True,
        ),
        "a recipient of two lines": (
            _HELLO
            + b"MAIL FROM:<a@example.org>\r\nRCPT TO:<text@gw.example\n>\r\n"
            + b"RCPT TO:<text@gw.example>\x00\r\n",
            0,
            False,
        ),
        "options nobody knows": (
            _HELLO
            + b"MAIL FROM:<a@example.org> SIZE=99999999999999 BODY=X AUTH=<> FOO="
            + b"x" * 300
            + b"\r\n",
            0,
            False,
        ),
        "a size of minus one": (_HELLO + b"MAIL FROM:<a@example.org> SIZE=-1\r\n", 0, False),
        "passwords": (_HELLO + b"AUTH PLAIN AHgAeA==\r\nAUTH LOGIN\r\neA==\r\neA==\r\n", 0, False),
        "STARTTLS with more behind it": (
            _HELLO + b"STARTTLS\r\n" + _PATH + b"DATA\r\n" + _MAIL + b".\r\n",
            1,
            False,
        ),
        "BDAT": (_HELLO + _PATH + b"BDAT 5 LAST\r\nhello", 0, False),
        "VRFY, EXPN and HELP": (
            _HELLO + b"VRFY root\r\nEXPN all\r\nHELP\r\nTURN\r\nETRN x\r\n",
            0,
            False,
        ),
        "RSET again and again": (
            _HELLO + (b"MAIL FROM:<a@example.org>\r\nRSET\r\n") * 150,
            0,
            False,
        ),
        "a line of dots": (_HELLO + _PATH + b"DATA\r\n" + b"." * 900 + b"\r\n.\r\n", 0, False),
        "25 mails at once": (_HELLO + (_PATH + b"DATA\r\n" + _MAIL + b".\r\n") * 25, 20, False),
        "bytes beyond ASCII in commands": (
            _HELLO
            + b"MAIL FROM:<\xff\xfe@example.org>\r\nRCPT TO:<\xc3\xa4@gw.example> SMTPUTF8\r\n",
            0,
            False,
        ),
    }
    for name, (data, mails, quick) in talks.items():
        yield _talk(name, data, mails, quick=quick)
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r.\r\n", b"\r\n\0.\r\n"):
        name = repr(end)[2:-1]
        data = _HELLO + _PATH + b"DATA\r\n" + _MAIL.rstrip() + end + _SMUGGLED
        yield _talk(f"a mail smuggled behind {name}", data, 1, quick=name == "\\n.\\n")


def _talk(name: str, data: bytes, mails: int, *, quick: bool = False) -> Input:
    return Input(name, "SMTP", fixed(data), Door.TALK, mails=mails, quick=quick)


# ── SMPP ──────────────────────────────────────────────────────────────────────────────────────


def deliver(**fields: Any) -> bytes:
    """A deliver_sm with these fields, as smpplib codes it."""
    given: dict[str, Any] = {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": "15550123",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": "15550199",
        "short_message": b"hello",
    }
    made = smpp.make_pdu("deliver_sm", client=_Numbers(), **(given | fields))
    return bytes(made.generate())


class _Numbers:
    """What smpplib asks for a number."""

    sequence = 7

    def next_sequence(self) -> int:
        return self.sequence


def pdu(command: int, body: bytes = b"", *, says: int | None = None, status: int = 0) -> bytes:
    """A PDU by hand; `says` overrules its length."""
    size = 16 + len(body) if says is None else says
    return struct.pack(">IIII", size, command, status, 9) + body


def _smpp() -> Iterator[Input]:
    header = b"\x05\x00\x03"  # six bytes of a part: its reference, how many there are, which it is
    sent: Mapping[str, bytes] = {
        "an honest message": deliver(),
        "every character of GSM": deliver(short_message=bytes(range(128))),
        "every byte": deliver(short_message=bytes(range(254))),
        "UCS-2 of halves": deliver(short_message=b"\xd8\x00\xd8\x00\x00", data_coding=8),
        "a coding nobody knows": deliver(data_coding=0xF5),
        "a header of 255 bytes": deliver(short_message=b"\xff" + bytes(50), esm_class=0x40),
        "part 9 of 2": deliver(short_message=header + b"\1\2\x09hello", esm_class=0x40),
        "part 0 of 0": deliver(short_message=header + b"\1\0\0hello", esm_class=0x40),
        "part 1 of 255": deliver(short_message=header + b"\1\xff\1hello", esm_class=0x40),
        "the same part twice": deliver(short_message=header + b"\2\2\1a", esm_class=0x40) * 2,
        "a header and nothing else": deliver(short_message=b"\0", esm_class=0x40),
        "a receipt that is none": deliver(short_message=b"id:\xff\0 sub:x dlvrd:", esm_class=4),
        "a receipt for everybody": deliver(short_message=b"id:* stat:DELIVRD", esm_class=4),
        "a sender of letters": deliver(source_addr_ton=5, source_addr="<script>../x\r\nBcc:"[:20]),
        "no sender": deliver(source_addr=""),
        "nothing in it": deliver(short_message=b""),
        "a PDU of 4 GB": pdu(5, says=0xFFFFFFFF),
        "a PDU of 3 bytes": pdu(5, says=3),
        "a PDU of 16 bytes": pdu(5),
        "a command nobody knows": pdu(0x00FF00FF),
        "an answer nobody asked for": pdu(0x80000004, b"id\0"),
        "a nack of nothing": pdu(0x80000000, status=3),
        "fields that don't end": pdu(5, b"a" * 500),
        "an optional field of 64 kB": pdu(5, deliver()[16:] + b"\x04\x24\xff\xff" + bytes(20)),
        "optional fields nobody knows": pdu(5, deliver()[16:] + b"\xff\xff\0\1x" * 500),
        "an unbind": pdu(6),
        "noise": chance("smpp").randbytes(5000),
        "a web server": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    }
    for name, data in sent.items():
        quick = name in ("every byte", "a PDU of 4 GB", "noise")
        yield Input(name, "SMPP", fixed(data), Door.LINE, quick=quick)
    for number in range(8):
        random = chance(f"smpp {number}")
        changed = bytearray(deliver(short_message=header + b"\1\1\1hello", esm_class=0x40))
        for _ in range(random.randint(1, 6)):
            changed[random.randrange(16, len(changed))] = random.randrange(256)
        yield Input(
            f"a deliver_sm with wrong bytes, {number}", "SMPP", fixed(bytes(changed)), Door.LINE
        )

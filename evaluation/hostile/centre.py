"""A hostile message centre: binds the gateway's line, and sends what no centre should."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from evaluation.hostile.report import Outcome
from evaluation.hostile.talks import deliver, pdu
from gateway.sms.inbox import Inbox
from gateway.sms.messages import ShortMessage
from gateway.sms.receipts import Receipts
from gateway.sms.settings import SmppSettings
from gateway.sms.smpp import SmppCarrier

_PATIENCE: Final = 5.0  # seconds
_BIND, _DELIVER, _ENQUIRE = 0x09, 0x05, 0x15
_ANSWER: Final = 0x80000000
_HONEST: Final = "are you there"


def try_line(data: bytes) -> tuple[Outcome, ...]:
    """Send `data` on a bound line, and see whether an honest message still comes through after it,
    on this line or the next."""
    arrived = threading.Event()
    texts: list[str] = []

    def take(message: ShortMessage, _: str) -> None:
        texts.append(message.text)
        if message.text == _HONEST:
            arrived.set()

    try:
        with tempfile.TemporaryDirectory(prefix="line-") as folder, _listening() as (server, port):
            settings = SmppSettings(
                host="127.0.0.1", port=port, answer_seconds=1.0, reconnect_first=0.01
            )
            inbox = Inbox(Path(folder), 60.0, take)
            with closing(SmppCarrier(settings, Receipts(), inbox)) as carrier:
                carrier.start()
                _converse(server, data)
                _converse(server, deliver(short_message=_HONEST.encode()))
                came = arrived.wait(_PATIENCE)
    except Exception:  # noqa: BLE001 - a mistake of the gateway is what is looked for
        return (Outcome("line", "crashed", "", traceback.format_exc()[-3000:]),)
    wrong = tuple(f"control characters in {text!r}" for text in texts if _has_controls(text))
    lost = () if came else ("an honest message did not come through afterwards",)
    return (Outcome("line", "made", faults=(*wrong, *lost)),)


def _has_controls(text: str) -> bool:
    return any(ord(letter) < 32 and letter not in "\n" for letter in text)


@contextmanager
def _listening() -> Iterator[tuple[socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(_PATIENCE)
        yield server, int(server.getsockname()[1])


def _converse(server: socket.socket, data: bytes) -> None:
    """Bind one line and send `data`, until the line is answered or gone."""
    line, _ = server.accept()
    with line:
        line.settimeout(_PATIENCE)
        size, _, _, sequence = struct.unpack(">IIII", _read(line, 16))
        _read(line, size - 16)
        line.sendall(struct.pack(">IIII", 17, _ANSWER | _BIND, 0, sequence) + b"\0")
        line.sendall(data + pdu(_ENQUIRE))
        try:
            while True:
                size, command, _, _ = struct.unpack(">IIII", _read(line, 16))
                _read(line, size - 16)
                if command == _ANSWER | _ENQUIRE:
                    return
        except (ConnectionError, TimeoutError):
            return  # it has hung up on us, and is right


def _read(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (more := line.recv(size - len(data))):
            raise ConnectionResetError("the line is closed")
        data += more
    return data

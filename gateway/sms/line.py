"""One connection to a message centre: PDUs as smpplib codes them, on a bounded socket."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
from typing import Any, Final

from smpplib import consts, exceptions, smpp
from smpplib.client import Client

from gateway.sms.pdus import NOT_LET_IN
from gateway.sms.settings import SmppSettings

MOST_PDU: Final = 70_000
"""Bytes: a message_payload of 64 KiB and its fields."""
_INTERFACE: Final = 0x34  # SMPP 3.4


class LineLost(ConnectionError):
    """The connection is gone, or the centre breaks the protocol."""


class NotLetIn(Exception):
    """The centre does not accept who we are."""


class Line:
    """A bound connection. Not for several threads, but for `wake`."""

    def __init__(self, settings: SmppSettings) -> None:
        """Connect and bind as a transceiver.

        Raises:
            LineLost: nobody there, or the centre does not bind us now.
            NotLetIn: wrong system_id or password.
        """
        self._awake, self._waker = socket.socketpair()
        self._awake.setblocking(False)
        self._waker.setblocking(False)
        self._client = _BoundedClient(settings)
        try:
            self._client.attach(_connected(settings))
            self._bind(settings)
        except BaseException:
            self.close()
            raise

    def _bind(self, settings: SmppSettings) -> None:
        try:
            self._client.bind_transceiver(
                system_id=settings.system_id,
                password=settings.password.get_secret_value(),
                system_type=settings.system_type,
                interface_version=_INTERFACE,
            )
        except exceptions.PDUError as error:
            status = int(error.args[1]) if len(error.args) > 1 else 0
            if status in NOT_LET_IN:
                raise NotLetIn(f"status 0x{status:02x}") from error
            raise LineLost(f"the centre does not bind (status 0x{status:02x})") from error
        except (exceptions.ConnectionError, exceptions.UnknownCommandError) as error:
            raise LineLost("the centre closed the connection while binding") from error

    def wake(self) -> None:
        """Let `wait` return. From any thread; harmless when closed."""
        with contextlib.suppress(OSError):  # full: it is going to wake up; closed: nobody sleeps
            self._waker.send(b"!")

    def wait(self, seconds: float) -> bool:
        """Sleep until something can be read (True), somebody calls `wake`, or the time is up."""
        connection = self._client.connection
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        ready, _, _ = select.select([connection, self._awake], [], [], max(seconds, 0.0))
        if self._awake in ready:
            with contextlib.suppress(BlockingIOError):
                self._awake.recv(4096)
        return connection in ready

    def read(self) -> Any:
        """The next PDU. Raises LineLost."""
        try:
            return self._client.read_pdu()
        except (exceptions.ConnectionError, TimeoutError) as error:
            raise LineLost("the centre closed the connection") from error
        except Exception as error:  # the codec raises anything on garbage; we can't read on
            raise LineLost(f"the centre sent garbage ({type(error).__name__})") from error

    def request(self, command: str, **fields: Any) -> int:
        """Send a request; its sequence number. Raises LineLost."""
        pdu = smpp.make_pdu(command, client=self._client, **fields)
        self._send(pdu)
        return int(pdu.sequence)

    def respond(self, command: str, sequence: int, status: int = 0) -> None:
        """Answer a request. Raises LineLost."""
        pdu = smpp.make_pdu(command, client=self._client, status=status)
        pdu.sequence = sequence
        self._send(pdu)

    def _send(self, pdu: Any) -> None:
        try:
            self._client.send_pdu(pdu)
        except (exceptions.ConnectionError, exceptions.PDUError, OSError) as error:
            raise LineLost("the connection broke while sending") from error

    def close(self) -> None:
        """Hang up, telling the centre where that is possible."""
        if self._client.state not in (
            consts.SMPP_CLIENT_STATE_CLOSED,
            consts.SMPP_CLIENT_STATE_OPEN,
        ):
            with contextlib.suppress(LineLost):
                self.request("unbind")
        self._client.drop()
        self._awake.close()
        self._waker.close()


def _connected(settings: SmppSettings) -> socket.socket:
    try:
        plain = socket.create_connection(
            (settings.host, settings.port), timeout=settings.answer_seconds
        )
    except OSError as error:
        raise LineLost(f"no connection: {error.strerror or type(error).__name__}") from error
    if not settings.tls:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=settings.host)
    except OSError as error:
        plain.close()
        raise LineLost(f"no TLS: {error}") from error


class _BoundedClient(Client):  # type: ignore[misc]  # published without types
    """smpplib's codec on a socket of ours: any address family, TLS by name, PDUs of bounded size.

    It logs the bytes of messages where debugging is on; that is never wanted here.
    """

    _socket: socket.socket | None

    def __init__(self, settings: SmppSettings) -> None:
        logger = "gateway.sms.smpplib"
        logging.getLogger(logger).setLevel(logging.CRITICAL)
        super().__init__(
            settings.host,
            settings.port,
            timeout=settings.answer_seconds,
            logger_name=logger,
            allow_unknown_opt_params=True,
        )

    @property
    def connection(self) -> socket.socket:
        """The socket."""
        if self._socket is None:
            raise LineLost("closed")
        return self._socket

    def attach(self, connection: socket.socket) -> None:
        """Use an open connection."""
        self._socket = connection
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def drop(self) -> None:
        """Close it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.state = consts.SMPP_CLIENT_STATE_CLOSED

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= MOST_PDU:
            raise exceptions.ConnectionError
        received: bytes = super()._recv_exact(exact_size)
        return received

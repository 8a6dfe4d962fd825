"""Hands a mail to a mail server by SMTP submission or LMTP, for one recipient.

Blocking. The moment that matters is the end of the data: as long as the final dot has not been
sent, a broken connection means "not sent"; from there until the answer, nobody knows.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from typing import Final

from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.mail.charsets import one_line
from gateway.mail.settings import SubmissionSettings

_TOLD: Final = 200  # characters of a server's answer that are passed on
_PIECE: Final = 65_536  # bytes that are sent at once


def send(
    data: bytes,
    sender: str,
    recipient: str,
    settings: SubmissionSettings,
    *,
    hostname: str = "localhost",
    context: ssl.SSLContext | None = None,
) -> str:
    """Send a mail in its wire form to one recipient; the server's last word is returned.

    `sender` is the return path, '' for reports; `hostname` is how we introduce ourselves; `context`
    takes the place of the usual TLS settings.

    Raises:
        RefusedError: the server has refused it for good, or its certificate is not valid.
        UnavailableError: the server can't be reached, or wants it later.
        UncertainError: the connection broke when all was sent and not yet answered.
    """
    if not settings.host:
        raise RefusedError("no mail server is set that mail can be sent by (submission.host)")
    if settings.username and settings.tls == "none" and not _is_local(settings.host):
        raise RefusedError("a password is only sent over TLS (submission.tls)")
    try:
        with _connected(settings, hostname, context or ssl.create_default_context()) as server:
            _introduce(server, sender, recipient, len(data))
            return _deliver(server, data)
    except ssl.SSLCertVerificationError as error:
        raise RefusedError(f"the certificate of {settings.host} is not valid: {error}") from error
    except smtplib.SMTPResponseException as error:
        raise _judged(error.smtp_code, error.smtp_error, settings.host) from error
    except smtplib.SMTPNotSupportedError as error:
        raise RefusedError(f"{settings.host} can't do what is needed: {error}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise UnavailableError(f"{settings.host} can't be reached: {error}") from error


class _Connection:
    """A connection that is closed at the end, whatever has happened."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def __enter__(self) -> smtplib.SMTP:
        return self._server

    def __exit__(self, *_: object) -> None:
        # No QUIT: what counts has been said, and its answer could only spoil the result.
        self._server.close()


def _connected(settings: SubmissionSettings, hostname: str, context: ssl.SSLContext) -> _Connection:
    address = (settings.host, settings.port)
    server: smtplib.SMTP
    if settings.lmtp:
        server = smtplib.LMTP(*address, local_hostname=hostname, timeout=settings.seconds)
    elif settings.tls == "tls":
        server = smtplib.SMTP_SSL(
            *address, local_hostname=hostname, timeout=settings.seconds, context=context
        )
    else:
        server = smtplib.SMTP(*address, local_hostname=hostname, timeout=settings.seconds)
    try:
        if settings.tls == "starttls":
            server.starttls(context=context)
        if settings.username:
            server.login(settings.username, settings.password.get_secret_value())
        else:
            server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return _Connection(server)


def _introduce(server: smtplib.SMTP, sender: str, recipient: str, size: int) -> None:
    options = [f"SIZE={size}"] if server.has_extn("size") else []
    if not (sender + recipient).isascii():
        if not server.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("addresses beyond ASCII (SMTPUTF8)")
        options.append("SMTPUTF8")
        server.command_encoding = "utf-8"
    _expect(server.mail(sender, options), 250)
    _expect(server.rcpt(recipient), 250, 251)


def _deliver(server: smtplib.SMTP, data: bytes) -> str:
    _expect(server.docmd("DATA"), 354)
    content = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    content = re.sub(rb"(?m)^\.", b"..", content)
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    for at in range(0, len(content), _PIECE):
        server.send(content[at : at + _PIECE])
    try:
        server.send(b".\r\n")
        code, answer = server.getreply()
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise UncertainError(
            "the connection broke while the mail server was taking the mail over;"
            " it may or may not have it"
        ) from error
    _expect((code, answer), 250)
    return one_line(answer.decode("utf-8", "replace"), _TOLD)


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    if answer[0] not in codes:
        raise smtplib.SMTPResponseException(answer[0], answer[1])


def _judged(code: int, answer: bytes | str, host: str) -> RefusedError | UnavailableError:
    told = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    message = f"{host} answered {code} {one_line(told, _TOLD)}"
    return RefusedError(message) if 500 <= code < 600 else UnavailableError(message)


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Which domains have signed a mail (DKIM, RFC 6376), checked by dkimpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dkim

from gateway.errors import UnavailableError

MINIMAL_BITS: Final = 1024
"""RSA keys that are shorter prove nothing (RFC 8301)."""

Lookup = Callable[..., bytes | None]
"""`lookup(name, timeout)`: the TXT record of a DNS name (bytes, with a dot at the end) or None."""

ask_dns: Final[Lookup] = dkim.get_txt
"""The lookup that asks the DNS."""


def signers(
    data: bytes, *, lookup: Lookup = ask_dns, seconds: float = 5.0, most: int = 4
) -> tuple[str, ...]:
    """The domains (lower case) with a valid signature of the whole mail and its From field.

    `most` signatures are looked at, `seconds` are given to each DNS question. A signature of a part
    of the text only (`l=`) does not count: anything could have been added.

    Raises:
        UnavailableError: none is valid, and a key could not be looked up.
    """
    data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    asking = _Asking(lookup)
    found: list[str] = []
    try:
        checked = dkim.DKIM(data, minkey=MINIMAL_BITS, timeout=seconds)
    except dkim.DKIMException:  # the header can't be read
        return ()
    count = sum(1 for name, _ in checked.headers if name.lower() == b"dkim-signature")
    for number in range(min(count, most)):
        domain = _signer(checked, number, asking)
        if domain and domain not in found:
            found.append(domain)
    if asking.failed and not found:
        raise UnavailableError(
            "the key of the mail's signature can't be looked up (DNS); try later"
        )
    return tuple(found)


class _Asking:
    """Looks names up, and remembers whether that has failed."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.failed = False

    def __call__(self, name: bytes, timeout: float = 5.0) -> bytes | None:
        try:
            return self._lookup(name, timeout)
        except (dkim.DnsTimeoutError, OSError):
            self.failed = True
            raise


def _signer(checked: dkim.DKIM, number: int, lookup: Lookup) -> str:
    try:
        valid = checked.verify(number, dnsfunc=lookup)
    except Exception:  # noqa: BLE001  # records and keys of strangers: whatever it is, not valid
        return ""
    fields = checked.signature_fields
    signed = {name.strip().lower() for name in fields.get(b"h", b"").split(b":")}
    if not valid or b"l" in fields or b"from" not in signed:
        return ""
    return str(checked.domain.decode("ascii", "replace").strip().lower())

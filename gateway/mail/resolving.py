"""Questions to the DNS, asked by dnspython with a limit on time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import dns.exception
import dns.resolver

_SECONDS: Final = 5.0


def ask_dns(name: str, kind: str, seconds: float = _SECONDS) -> Sequence[str]:
    """The records of `name` of a kind: texts of TXT, addresses of A and AAAA, host names of MX.

    Empty where there are none. Blocking, at most `seconds`.

    Raises:
        OSError: it can't be found out now.
    """
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=seconds)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException as error:  # no answer in time, broken servers, bad names
        raise TimeoutError(f"the DNS does not answer: {type(error).__name__}") from error
    if kind == "TXT":
        return [b"".join(one.strings).decode("ascii", "replace") for one in answer]
    if kind == "MX":
        return [one.exchange.to_text() for one in answer]
    return [one.to_text() for one in answer]

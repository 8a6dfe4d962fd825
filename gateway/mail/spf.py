"""Does a domain let a system send mail in its name (SPF, RFC 7208)? Without I/O: asks a resolver.

Only a pass is of use here, so everything that is uncertain is none. Two things are left out: `ptr`,
which nobody should use (5.5), never matches, and no record passes in which it would forbid; and a
macro with a slash in it is an error.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote

Resolve = Callable[[str, str], Sequence[str]]
"""`resolve(name, kind)`: the records of kind TXT, A, AAAA or MX (names of hosts), none if there are
none. Raises OSError: it can't be found out now."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MOST_LOOKUPS: Final = 10  # terms that ask (4.6.4)
_MOST_VOID: Final = 2  # answers without a record
_MOST_HOSTS: Final = 10  # of one `mx`
_LONGEST_NAME: Final = 253
_VERSION: Final = "v=spf1"
_TERM: Final = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<domain>[^/\s]+))?(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?",
    re.IGNORECASE,
)
_NETWORK: Final = re.compile(r"(?P<sign>[+?~-]?)(?P<name>ip4|ip6):(?P<network>\S+)", re.IGNORECASE)
_MODIFIER: Final = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.IGNORECASE)
_MACRO: Final = re.compile(
    r"%(?:\{(?P<letter>[slodiphv])(?P<digits>\d*)(?P<reverse>r?)(?P<delimiters>[.\-+,/_=]*)\}|(?P<mark>[%_-]))",
    re.IGNORECASE,
)
_MARKS: Final = {"%": "%", "_": " ", "-": "%20"}


class Result(StrEnum):
    """What the domain says (2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - the word of the RFC
    FAIL = "fail"
    SOFTFAIL = "softfail"
    PERMERROR = "permerror"


_SIGNS: Final = {
    "": Result.PASS,
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}


class _Wrong(ValueError):
    """A record that breaks the rules, or wants too much: PERMERROR."""


@dataclass(slots=True)
class _Check:
    """One check_host() with all that it asks for on its way."""

    peer: Address
    sender: str
    resolve: Resolve
    lookups: int = 0
    void: int = 0
    _asked: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    def host(self, domain: str) -> Result:
        """check_host() of section 4."""
        record = self._record(domain)
        if record is None:
            return Result.NONE
        terms = record.split()[1:]
        redirect = _redirect(terms)
        for sign, name, term in _mechanisms(terms):
            if self._matches(sign, name, term, domain):
                return _SIGNS[sign]
        if not redirect:
            return Result.NEUTRAL
        self._count()
        found = self.host(self._expanded(redirect, domain))
        if found is Result.NONE:
            raise _Wrong("a redirect to no record")
        return found

    def _record(self, domain: str) -> str | None:
        found = [
            text
            for text in self._ask(domain, "TXT", counts=False)
            if text.lower() == _VERSION or text.lower().startswith(f"{_VERSION} ")
        ]
        if len(found) > 1:
            raise _Wrong("two records")
        return found[0] if found else None

    def _matches(self, sign: str, name: str, term: re.Match[str], domain: str) -> bool:
        match name:
            case "all":
                return True
            case "ip4" | "ip6":
                return self.peer in _network(name, term["network"])
            case "ptr":
                self._count()
                if sign not in ("", "+"):
                    raise _Wrong("a ptr that forbids")
                return False
        self._count()
        target = self._expanded(term["domain"] or domain, domain)
        if name == "include":
            found = self.host(target)
            if found is Result.NONE:
                raise _Wrong("an include of no record")
            return found is Result.PASS
        if name == "exists":
            return bool(self._ask(target, "A"))
        return self._is_among(name, target, term)

    def _is_among(self, name: str, target: str, term: re.Match[str]) -> bool:
        """Is the peer in the networks of the addresses of `a` or `mx`?"""
        hosts: Sequence[str] = (target,)
        if name == "mx":
            hosts = self._ask(target, "MX")
            if len(hosts) > _MOST_HOSTS:
                raise _Wrong("too many mail servers")
        kind, width = ("A", term["four"]) if self.peer.version == 4 else ("AAAA", term["six"])
        bits = int(width) if width else self.peer.max_prefixlen
        for host in hosts:
            for address in self._ask(host, kind):
                if self.peer in ipaddress.ip_network(f"{address}/{bits}", strict=False):
                    return True
        return False

    def _ask(self, name: str, kind: str, *, counts: bool = True) -> Sequence[str]:
        name = name.rstrip(".").lower()
        labels = name.split(".")
        if len(name) > _LONGEST_NAME or not all(0 < len(label) < 64 for label in labels):
            return ()
        if (name, kind) not in self._asked:
            self._asked[name, kind] = found = self.resolve(name, kind)
            self.void += counts and not found
            if self.void > _MOST_VOID:
                raise _Wrong("too many questions without an answer")
        return self._asked[name, kind]

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > _MOST_LOOKUPS:
            raise _Wrong("too many questions")

    def _expanded(self, spec: str, domain: str) -> str:
        """A domain with its macros filled in (7)."""
        if "%" in _MACRO.sub("", spec):
            raise _Wrong("a macro that is none")
        local, _, sender_domain = self.sender.rpartition("@")
        values = {
            "s": self.sender,
            "l": local,
            "o": sender_domain,
            "d": domain,
            "h": sender_domain,  # what the system called itself is not known here
            "i": _dotted(self.peer),
            "p": "unknown",
            "v": "in-addr" if self.peer.version == 4 else "ip6",
        }

        def fill(found: re.Match[str]) -> str:
            if found["mark"]:
                return _MARKS[found["mark"]]
            parts = re.split(
                f"[{re.escape(found['delimiters'] or '.')}]", values[found["letter"].lower()]
            )
            if found["reverse"]:
                parts.reverse()
            if found["digits"]:
                parts = parts[-max(1, int(found["digits"])) :]
            joined = ".".join(parts)
            return quote(joined, safe="") if found["letter"].isupper() else joined

        filled = _MACRO.sub(fill, spec)
        while len(filled) > _LONGEST_NAME and "." in filled:  # 7.3: cut off on the left
            filled = filled.partition(".")[2]
        return filled


def check(peer: str, sender: str, resolve: Resolve) -> Result:
    """Does the domain of `sender` (a return path) let the system `peer` (IP) send for it?

    Raises:
        OSError: it can't be found out now.
    """
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return Result.NONE
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    local, _, domain = sender.rpartition("@")
    if not domain:
        return Result.NONE
    try:
        return _Check(address, f"{local or 'postmaster'}@{domain}", resolve).host(domain)
    except (_Wrong, RecursionError):
        return Result.PERMERROR


def _mechanisms(terms: Sequence[str]) -> list[tuple[str, str, re.Match[str]]]:
    """Sign, name and match of each mechanism; the whole record is checked before any is tried."""
    found = []
    for term in terms:
        matched = _NETWORK.fullmatch(term) or _TERM.fullmatch(term)
        if matched is None:
            if not _MODIFIER.fullmatch(term):
                raise _Wrong("a term that is none")
            continue
        name = matched["name"].lower()
        _check_arguments(name, matched)
        found.append((matched["sign"], name, matched))
    return found


def _check_arguments(name: str, term: re.Match[str]) -> None:
    if name in ("ip4", "ip6"):
        if "network" not in term.re.groupindex:
            raise _Wrong("no network")
        _network(name, term["network"])
        return
    has_width = term["four"] is not None or term["six"] is not None
    if (name == "all" and term["domain"]) or (has_width and name not in ("a", "mx")):
        raise _Wrong("an argument too many")
    if name in ("include", "exists") and not term["domain"]:
        raise _Wrong("no domain")
    if int(term["four"] or 0) > 32 or int(term["six"] or 0) > 128:
        raise _Wrong("a network that is none")


def _network(name: str, text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        if name == "ip4":
            return ipaddress.IPv4Network(text, strict=False)
        return ipaddress.IPv6Network(text, strict=False)
    except ValueError as error:
        raise _Wrong("a network that is none") from error


def _redirect(terms: Sequence[str]) -> str:
    found = [term.partition("=")[2] for term in terms if term.lower().startswith("redirect=")]
    if len(found) > 1 or "" in found:
        raise _Wrong("redirects to nowhere, or more than one")
    return found[0] if found else ""


def _dotted(peer: Address) -> str:
    """An address as macros want it: of IPv6 every digit is a label."""
    if isinstance(peer, ipaddress.IPv4Address):
        return str(peer)
    return ".".join(peer.exploded.replace(":", ""))

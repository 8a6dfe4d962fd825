"""Web addresses in a text: short ones stay, without what tracks people; long ones are named."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_LONGEST: Final = 60  # characters of an address that somebody may want to hear or type
_URL: Final = re.compile(r"https?://[^\s<>\"'\])}]{1,4000}", re.IGNORECASE)
_ANGLED: Final = re.compile(r"(?<=\S)[ \t]?<(?:https?://|mailto:)[^<>\s]{1,4000}>", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"\[(?:cid:|https?://|image:)[^\[\]\s]{0,4000}\]", re.IGNORECASE)
_TRACKING: Final = re.compile(
    r"(?i)^(?:utm_\w+|mc_[ce]id|_hs\w+|fbclid|gclid|dclid|msclkid|yclid|mkt_tok|vero_id|oly_\w+_id|"
    r"trk|trkemail|spm|s_cid|elq\w*|sc_\w+|ck_subscriber_id)$"
)


def plain(text: str) -> str:
    """The text with its links made bearable.

    The target after a link's text goes (`our page <https://...>`), tracking parameters go, and an
    address that is still long becomes "(link to its.host)".
    """
    text = _BRACKETED.sub("", text)
    text = _ANGLED.sub("", text)
    return _URL.sub(lambda found: _shown(found[0]), text)


def _shown(url: str) -> str:
    core = url.rstrip(".,;:!?")
    tail = url[len(core) :]
    try:
        parts = urlsplit(core)
        host = parts.hostname or ""
    except ValueError:  # brackets that hold no address
        return "(link)" + tail
    query = [pair for pair in parse_qsl(parts.query, True) if not _TRACKING.match(pair[0])]
    if len(query) != len(parse_qsl(parts.query, True)):
        core = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))
    if len(core) <= _LONGEST:
        return core + tail
    return f"(link to {host.removeprefix('www.')[:80]}){tail}" if host else f"(link){tail}"

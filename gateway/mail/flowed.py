"""format=flowed (RFC 3676): paragraphs that were wrapped only for transport become one line."""

from __future__ import annotations

import re
from typing import Final

_QUOTE: Final = re.compile(r"(>*) ?")
_SIGNATURE: Final = "-- "


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """The text with each flowed paragraph on one line; `delete_space` is DelSp=yes."""
    paragraphs: list[list[str]] = []
    joining, depth = False, 0
    for line in text.split("\n"):
        match = _QUOTE.match(line)
        quotes = len(match[1]) if match else 0
        content = line[match.end() :] if match else line
        flows = content.endswith(" ") and content != _SIGNATURE
        piece = content[:-1] if flows and delete_space else content
        if joining and quotes == depth and content != _SIGNATURE:
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([">" * quotes + " ", piece] if quotes else [piece])
        joining, depth = flows, quotes
    return "\n".join("".join(paragraph) for paragraph in paragraphs)

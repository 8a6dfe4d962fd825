"""Words of a transcript: the one normal form that training, parsing and value reading share."""

import re
from dataclasses import dataclass

_WORD = re.compile(
    r"\$?\d+(?:,\d+)*(?:\.\d+)?(?:st|nd|rd|th)?(?![a-z])|\d+|[a-z]+(?:'[a-z]+)*|:|/", re.IGNORECASE
)
_DOTTED = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_YES_SOUNDS = frozenset({("uh", "huh"), ("mm", "hmm"), ("mm", "mm")})
_FILLERS = frozenset("um uh er erm uhm hmm mm ah eh".split())


@dataclass(frozen=True, slots=True)
class Token:
    """One word in lower case and where it stands in the text (character offsets)."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Split `text` into words; case, punctuation and hesitations are dropped.

    "Um, I'd like $1,200.50, please." gives i'd, like, $1,200.50, please. Offsets refer to `text`.
    """
    plain = text.replace("\u2019", "'")
    plain = _DOTTED.sub(lambda m: (m.group(1) + "m").ljust(len(m.group(0))), plain)
    found = (Token(m.group(0).lower(), m.start(), m.end()) for m in _WORD.finditer(plain))
    return _without_fillers(list(found))


def _without_fillers(found: list[Token]) -> list[Token]:
    """Drop "uh" and "hmm"; but "uh huh" and "mm hmm" mean yes and become "uhhuh"."""
    kept: list[Token] = []
    position = 0
    while position < len(found):
        token, pair = found[position], found[position : position + 2]
        if tuple(word.text for word in pair) in _YES_SOUNDS:
            kept.append(Token("uhhuh", token.start, pair[1].end))
            position += 1
        elif token.text not in _FILLERS:
            kept.append(token)
        position += 1
    return kept


def normalise(text: str) -> str:
    """`text` in the form the intent classifier learns and reads: plain words, one space."""
    return " ".join(token.text for token in tokens(text))


def words(text: str) -> list[str]:
    """The words of `text`, without their positions."""
    return [token.text for token in tokens(text)]

"""A caller who changes their mind: "actually no, make it two hundred"."""

from spoken.tokens import words

_DROPPING = (
    "forget that",
    "forget it",
    "forget about that",
    "forget the transfer",
    "never mind that",
    "never mind",
    "nevermind",
    "cancel that",
    "cancel it",
    "cancel this",
    "scrap that",
    "leave that",
    "drop that",
    "skip that",
    "stop",
    "don't bother",
)
_CHANGING = (
    "actually no",
    "no actually",
    "no wait",
    "wait no",
    "oh wait",
    "sorry i meant",
    "sorry i mean",
    "no i meant",
    "no i mean",
    "i meant",
    "i mean",
    "no sorry",
    "sorry no",
    "actually",
    "wait",
    "no hang on",
    "hang on",
    "hold on",
    "on second thought",
    "on second thoughts",
    "sorry",
    "no",
    "make that",
    "oh no",
    "scratch that",
    "correction",
)
_LINKS = frozenset("and instead just please but so um well let's can could i'd rather".split())


def split_correction(text: str) -> tuple[str | None, str]:
    """("cancel" | "change" | None, the rest of the sentence in normal form).

    Only a beginning counts, and only when something is left: "never mind" alone is no prefix.
    """
    rest = words(text)
    kind: str | None = None
    moved = True
    while moved:
        moved = False
        for name, phrases in (("cancel", _DROPPING), ("change", _CHANGING)):
            for phrase in phrases:
                parts = phrase.split()
                if rest[: len(parts)] == parts and len(rest) > len(parts):
                    kind = "cancel" if "cancel" in (kind, name) else name
                    rest, moved = rest[len(parts) :], True
                    break
            if moved:
                break
    while kind and len(rest) > 1 and rest[0] in _LINKS - {"can", "could", "let's", "i'd"}:
        rest = rest[1:]
    return kind, " ".join(rest)

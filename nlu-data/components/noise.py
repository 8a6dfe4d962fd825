"""Word errors as a recognizer makes them on the telephone, for noised copies of training text."""

import random

_SWAPS = {
    "to": "two",
    "two": "to",
    "for": "four",
    "four": "for",
    "check": "cheque",
    "checks": "cheques",
    "my": "the",
    "card": "car",
    "cards": "cars",
    "pay": "pain",
    "bill": "bell",
    "lost": "last",
    "account": "a count",
    "balance": "ballots",
    "transfer": "transform",
    "savings": "saving",
    "checking": "check in",
    "branch": "brunch",
    "hours": "ours",
    "password": "pass word",
    "appointment": "a point man",
    "person": "purse on",
    "agent": "a gent",
    "order": "or der",
    "stolen": "stole in",
    "reset": "reese it",
    "online": "on line",
    "i'd": "i",
    "i'm": "i am",
    "want": "won't",
    "need": "knead",
    "open": "oh pen",
    "close": "clothes",
    "money": "monday",
    "electric": "a lectric",
    "rent": "went",
    "book": "look",
    "visit": "with it",
    "what's": "watch",
    "a": "the",
    "the": "a",
    "no": "know",
    "is": "as",
    "in": "and",
    "can": "can't",
    "would": "wood",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def noised(text: str, rate: float, rng: random.Random) -> str:
    """A copy of `text` with about `rate` of its words dropped, swapped, doubled or misheard."""
    out: list[str] = []
    for word in text.split():
        if rng.random() >= rate:
            out.append(word)
            continue
        kind = rng.random()
        if kind < 0.25:
            continue
        if kind < 0.6 and word in _SWAPS:
            out.append(_SWAPS[word])
        elif kind < 0.9 and len(word) > 2:
            out.append(_misspelt(word, rng))
        else:
            out += [word, word]
    return " ".join(out) or text


def _misspelt(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    choice = rng.random()
    if choice < 0.4:
        return word[:at] + word[at + 1 :]
    if choice < 0.8:
        return word[:at] + rng.choice(_LETTERS) + word[at + 1 :]
    return word[: max(2, at)]

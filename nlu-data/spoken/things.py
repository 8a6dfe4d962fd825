"""Names of things a bank talks about: accounts, payees, branches, cards, yes and no."""

from collections.abc import Iterable

Phrases = dict[str, tuple[str, ...]]

ACCOUNTS: Phrases = {
    "checking": (
        "checking",
        "chequing",
        "current account",
        "check in account",
        "everyday account",
        "checking's",
        "checkings",
        "checkin",
        "check in",
        "main account",
        "current",
    ),
    "savings": ("savings", "saving", "save in", "savings's", "saver", "safe ins"),
    "money market": ("money market",),
}
PAYEES: Phrases = {
    "electric": ("electric", "electricity", "electrical", "power", "light bill", "lights"),
    "water": ("water",),
    "phone": ("phone bill", "cell phone", "mobile", "phone", "cell", "telephone"),
    "rent": ("rent", "landlord"),
    "gas": ("gas", "heating"),
    "internet": ("internet", "broadband", "wifi", "wi fi", "cable"),
}
BRANCHES: Phrases = {
    "Market Street": ("market street", "market", "marked street", "mark it street"),
    "Riverside": ("riverside", "river side", "river"),
    "Airport": ("airport", "air port"),
    "Old Town": ("old town", "old down", "oldtown", "all town"),
}
CARDS: Phrases = {
    "debit": (
        "debit",
        "deb it",
        "debt",
        "debt card",
        "bank card",
        "atm card",
        "cash card",
        "debit's",
    ),
    "credit": ("credit",),
}
REASONS: Phrases = {
    "stolen": (
        "stolen",
        "stole",
        "robbed",
        "pickpocketed",
        "mugged",
        "nicked",
        "snatched",
        "thief",
        "theft",
        "took my",
        "someone took",
        "broken into",
    ),
    "damaged": (
        "damaged",
        "broken",
        "broke",
        "snapped",
        "cracked",
        "bent",
        "worn",
        "chip",
        "doesn't work",
        "not working",
        "stopped working",
        "split",
    ),
    "lost": (
        "lost",
        "lose",
        "losing",
        "missing",
        "can't find",
        "cannot find",
        "misplaced",
        "left my",
        "left it",
        "dropped",
        "disappeared",
        "gone",
        "mislaid",
        "swallowed",
        "no idea where",
    ),
}
DELIVERY: Phrases = {
    "text message": ("text", "texts", "sms", "message", "phone", "mobile", "cell"),
    "email": ("email", "e mail", "mail", "inbox"),
}
_YES: Phrases = {
    "yes": (
        "yes", "yeah", "yep", "yup", "yah", "ya", "yea", "sure", "correct", "right", "okay", "ok",
        "please do", "go ahead", "do it", "do that", "that's it", "that's right", "that's correct",
        "that's fine", "exactly", "absolutely", "of course", "definitely", "i confirm",
        "confirmed", "sounds good", "sounds right", "fine", "uhhuh", "mhm", "affirmative",
        "go for it", "perfect", "all right", "alright", "all good", "i do", "it is", "why not",
        "no problem", "no worries", "i don't mind", "please go ahead", "you can", "book it",
    ),
}  # fmt: skip
_POLITE = frozenset("please thanks thank you then that now just and so well oh it all is".split())
_NO = (
    "no", "nope", "nah", "don't", "do not", "not", "wrong", "incorrect", "never", "negative",
    "stop", "isn't", "no thanks",
)  # fmt: skip


def mentions(words: list[str], phrases: Phrases) -> list[tuple[str, int, int]]:
    """Every thing of `phrases` in `words`, in spoken order: (name, first word, word after it)."""
    found: list[tuple[str, int, int]] = []
    position = 0
    while position < len(words):
        best = _longest(words, position, phrases)
        if best:
            found.append((best[0], position, best[1]))
            position = best[1]
        else:
            position += 1
    return found


def _longest(words: list[str], at: int, phrases: Phrases) -> tuple[str, int] | None:
    best: tuple[str, int] | None = None
    for name, forms in phrases.items():
        for form in forms:
            parts = form.split()
            after = at + len(parts)
            if words[at:after] == parts and (best is None or after > best[1]):
                best = (name, after)
    return best


def last_mention(words: list[str], phrases: Phrases) -> str | None:
    """The thing that counts: a correction ("checking, no, savings") comes last."""
    found = mentions(words, phrases)
    return found[-1][0] if found else None


def accounts(words: list[str]) -> dict[str, str]:
    """Accounts with their part in a transfer: {"from": .., "to": .., "any": ..}."""
    roles: dict[str, str] = {}
    for name, first, _ in mentions(words, ACCOUNTS):
        before = words[max(0, first - 4) : first]
        role = "any"
        for word in reversed(before):
            if word in ("from", "off", "of") and (word != "of" or "out" in before):
                role = "from"
                break
            if word in ("to", "into", "in", "onto"):
                role = "to"
                break
            if word in ("and", "no", "sorry", "mean", "wait", "actually", "then"):
                break
        roles[role] = name
    return roles


def yes_no(words: list[str]) -> bool | None:
    """True, False, or None where it is not plain.

    Money moves on a yes, so a yes must be the whole of what was said ("okay, please do"): "okay
    can you repeat that" is none. A no is believed sooner; "know" is how a recognizer writes it.
    """
    rest, yes = _without(words, _YES)
    if yes and not [word for word in rest if word not in _POLITE]:
        return True
    if words and (words[0] in ("no", "nope", "nah") or words == ["know"]):
        return False
    return False if len(words) <= 7 and _has(words, _NO) else None


def _without(words: list[str], phrases: Phrases) -> tuple[list[str], bool]:
    """`words` without the phrases, and whether there was one."""
    found = mentions(words, phrases)
    taken = {at for _, first, after in found for at in range(first, after)}
    return [word for at, word in enumerate(words) if at not in taken], bool(found)


def _has(words: list[str], forms: Iterable[str]) -> bool:
    return any(
        words[at : at + len(parts)] == parts
        for parts in (form.split() for form in forms)
        for at in range(len(words) - len(parts) + 1)
    )


def has_any(words: list[str], forms: Iterable[str]) -> bool:
    """True where one of `forms` (each one or more words) is said."""
    return _has(words, forms)


_NAME_LEADS = (
    "my name is",
    "the name is",
    "name is",
    "the name's",
    "my name's",
    "this is",
    "it is",
    "it's",
    "i'm",
    "i am",
    "under",
    "for",
    "it would be",
    "that's",
    "put it under",
    "call me",
    "uh",
    "yes",
    "sure",
    "well",
    "name",
)


def person_name(text_words: list[str]) -> str | None:
    """A caller's own name as it should be written ("Maria Lopez"), else None."""
    rest = list(text_words)
    changed = True
    while changed:
        changed = False
        for lead in _NAME_LEADS:
            parts = lead.split()
            if rest[: len(parts)] == parts:
                rest, changed = rest[len(parts) :], True
    rest = [word for word in rest if word not in ("please", "thanks", "here", "speaking")]
    if not 1 <= len(rest) <= 4 or any(any(c.isdigit() for c in word) for word in rest):
        return None
    return " ".join(word.capitalize() for word in rest)

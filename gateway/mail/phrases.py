"""The few sentences that are put around a mail when it is read out, in three languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences of one language; `{}` is filled in."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    sender: str
    nobody: str
    subject: str
    forwarded: str
    empty: str
    encrypted: str
    one: str
    several: str
    and_: str
    contents: str
    unreadable: str
    enclosed: str
    left_out: str


_EN: Final = Phrases(
    weekdays=tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
    months=tuple(
        (
            "January February March April May June July August September October November December"
        ).split()
    ),
    date="{weekday}, {day} {month} {year} at {hour}:{minute:02}",
    sender="Message from {}",
    nobody="an unknown sender",
    subject="Subject: {}",
    forwarded="Forwarded message:",
    empty="The message has no text.",
    encrypted="The message is encrypted and can't be read here.",
    one="One attachment: {}.",
    several="{number} attachments: {}.",
    and_=" and ",
    contents="Attachment {}:",
    unreadable="Attachment {} can't be read: {}",
    enclosed="Enclosed message:",
    left_out="Left out: {}.",
)
_DE: Final = Phrases(
    weekdays=tuple("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()),
    months=tuple(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
    ),
    date="{weekday}, {day}. {month} {year}, {hour}:{minute:02} Uhr",
    sender="Nachricht von {}",
    nobody="einem unbekannten Absender",
    subject="Betreff: {}",
    forwarded="Weitergeleitete Nachricht:",
    empty="Die Nachricht hat keinen Text.",
    encrypted="Die Nachricht ist verschlüsselt und kann hier nicht gelesen werden.",
    one="Ein Anhang: {}.",
    several="{number} Anhänge: {}.",
    and_=" und ",
    contents="Anhang {}:",
    unreadable="Anhang {} kann nicht gelesen werden: {}",
    enclosed="Angehängte Nachricht:",
    left_out="Ausgelassen: {}.",
)
_FR: Final = Phrases(
    weekdays=tuple("lundi mardi mercredi jeudi vendredi samedi dimanche".split()),
    months=tuple(
        (
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
        ).split()
    ),
    date="{weekday} {day} {month} {year} à {hour} h {minute:02}",
    sender="Message de {}",
    nobody="un expéditeur inconnu",
    subject="Objet : {}",
    forwarded="Message transféré :",
    empty="Le message n'a pas de texte.",
    encrypted="Le message est chiffré et ne peut pas être lu ici.",
    one="Une pièce jointe : {}.",
    several="{number} pièces jointes : {}.",
    and_=" et ",
    contents="Pièce jointe {} :",
    unreadable="La pièce jointe {} ne peut pas être lue : {}",
    enclosed="Message joint :",
    left_out="Omis : {}.",
)
_ALL: Final = {"en": _EN, "de": _DE, "fr": _FR}


def phrases(language: str | None) -> Phrases:
    """Those of a language (BCP 47), English where there are none."""
    return _ALL.get((language or "en").partition("-")[0].lower(), _EN)


def said_date(when: datetime, words: Phrases) -> str:
    """A date as one says it, in the sender's own time."""
    return words.date.format(
        weekday=words.weekdays[when.weekday()],
        day=when.day,
        month=words.months[when.month - 1],
        year=when.year,
        hour=when.hour,
        minute=when.minute,
    )


def listed(names: Sequence[str], words: Phrases) -> str:
    """a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + words.and_ + names[-1]

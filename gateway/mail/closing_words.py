"""The words by which signatures, legal footers, banners and newsletter noise are known.

Regular expressions, matched at the beginning of a line or a paragraph unless said otherwise,
whatever the case of letters. English, German and French, and the most frequent of other languages.
"""

from __future__ import annotations

import re
from typing import Final


def _begins(*phrases: str, then: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?i)^\W{{0,5}}(?:{'|'.join(phrases)}){then}")


DEVICE: Final = _begins(
    r"sent (?:from|via|with) (?:my|the|outlook|yahoo|mail|proton|gmail|aol|samsung|blackberry)",
    r"get \[?outlook",
    r"von meinem .{1,40} gesendet",
    r"gesendet (?:von|mit)\b",
    r"diese nachricht wurde von meinem",
    r"outlook für (?:ios|android) beziehen",
    r"envoyé (?:de|depuis|à partir de)\b",
    r"télécharger outlook",
    r"enviado (?:desde|do)\b",
    r"inviato da",
    r"verzonden (?:vanaf|met)",
    r"skickat från",
    r"sendt fra",
    r"wysłane z",
    r"odesláno z",
    then=r".{0,120}$",
)

CLOSING: Final = _begins(
    r"(?:kind(?:est)?|best|warm(?:est)?|many)?\s?(?:regards|wishes)",
    r"all the best|best|cheers|yours|take care|respectfully",
    r"(?:many )?thanks(?: again| so much| in advance)?",
    r"thank you(?: very much| in advance)?",
    r"(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?",
    r"(?:mit )?(?:freundliche|beste|liebe|viele|herzliche|schöne)[nmr]?"
    r"\s(?:gr(?:ü|ue)(?:ß|ss)(?:e|en)?|gru(?:ß|ss))(?:\saus\s\w+)?",
    r"mfg|vg|lg|gru(?:ß|ss)|hochachtungsvoll|vielen dank|danke|bis (?:dann|bald)|ihr|ihre",
    r"(?:bien |très )?cordialement(?: vôtre)?",
    r"salutations(?: distinguées)?|(?:meilleures|sincères) salutations",
    r"bien à (?:vous|toi)|amicalement|merci(?: d'avance)?|à bientôt",
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|gracias",
    r"cordiali saluti|saluti",
    r"(?:met vriendelijke )?groeten?",
    r"med vänliga hälsningar|med venlig hilsen|hilsen|pozdrawiam|s pozdravem",
    then=r"\s*[,.!–-]?\s*$",
)

LEGAL: Final = tuple(
    re.compile(rf"(?i){phrase}")
    for phrase in (
        r"\bconfidential(?:ity)?\b|\bvertraulich|\bconfidentiel",
        r"\bprivileged\b|rechtlich geschützt|\bprotégé",
        r"intended (?:solely |only )?(?:for|recipient|addressee)"
        r"|(?:richtige|vorgesehene|bestimmte)\w* (?:adressat|empfänger)|\bdestinataires?\b",
        r"receive[d]? this (?:e-?mail|message|communication)?.{0,20}(?:in error|by mistake)"
        r"|irrtümlich|par erreur",
        r"notify (?:the sender|us|me)|inform the sender|informieren sie"
        r"|(?:avertir|informer) l'(?:expéditeur|émetteur)",
        r"\bdelete (?:it|this|the|all)\b|(?:vernichten|löschen) sie|\b(?:détruire|supprimer)\b",
        r"unauthori[sz]ed|(?:unbefugte|unerlaubte|nicht gestattet)|non autorisée",
        r"\b(?:disclos|disseminat|distribut|copy)\w*.{0,40}(?:prohibited|forbidden)"
        r"|weitergabe|\bdiffusion\b",
        r"free (?:of|from) (?:any )?viruses|virenfrei|\bcomputer virus",
        r"\bregistered (?:office|in england|number)|\bregistergericht|\bamtsgericht|\bhrb \d"
        r"|\bumsatzsteuer|\bust-?id|\bsiège social",
        r"\bgeschäftsführ(?:er|ung)\b|vorsitzender? des|\baufsichtsrat|\bcapital social",
        r"consider the environment before|denken sie (?:bitte )?an die umwelt"
        r"|pensez à l'environnement",
        r"does not (?:accept|constitute).{0,40}(?:liability|offer|advice)|\bliab(?:le|ility)\b",
        r"views (?:or opinions )?(?:expressed|presented)",
        r"\bdisclaimer\b|\bconfidentiality notice\b|wichtiger hinweis",
    )
)
"""Anywhere in a paragraph. Two of them make it a legal footer; nobody writes them by hand."""

ALONE: Final = _begins(
    r"please consider the environment before printing",
    r"bitte denken sie an die umwelt",
    r"avant d'imprimer",
    r"pensez à l'environnement",
    r"confidentiality notice",
    r"this e-?mail (?:was|has been) (?:scanned|checked) ",
    r"diese e-?mail wurde (?:von|auf) .{0,40}(?:viren|geprüft)",
    r"virenfrei\.",
    r"virus-free\.",
    r"scanned by ",
)
"""One of them is enough."""

WARNING: Final = _begins(
    r"external (?:e-?mail|sender|message)\b",
    r"external\]",
    r"(?:caution|warning)\b.{0,60}(?:external|outside)",
    r"this (?:e-?mail|message) (?:originated|came|was sent) from (?:outside|an external)",
    r"you (?:don't|do not) often get e-?mail from",
    r"achtung\b.{0,60}extern",
    r"externe (?:e-?mail|nachricht)\b",
)
"""Banners that an organisation puts above mail from outside."""

NOISE: Final = _begins(
    r"(?:to )?unsubscribe\b",
    r"(?:update|manage|change) (?:your )?(?:e-?mail |subscription |notification )?preferences",
    r"view (?:this (?:e-?mail|message|newsletter) )?in (?:your |a )?(?:web ?)?browser",
    r"view online|can't see this",
    r"if you (?:can't|cannot|no longer)\b.{0,80}(?:view|read|see|wish|receive)",
    r"you (?:are receiv|receiv|were sent)\w* this (?:e-?mail|message|newsletter)",
    r"(?:vom )?newsletter (?:abbestellen|abmelden)|abmelden\W*$",
    r"im browser (?:ansehen|öffnen|anzeigen)|online(?:-| )?version\W*$",
    r"(?:wird|falls) diese (?:e-?mail|nachricht).{0,60}(?:dargestellt|angezeigt)",
    r"(?:se|me) (?:désabonner|désinscrire)",
    r"voir (?:ce message|la version) (?:en ligne|dans)",
    r"(?:privacy policy|datenschutz(?:erklärung)?|impressum|logo)\W*$",
    r"copyright\b.{0,80}$|©.{0,100}$|all rights reserved\b|follow us\b.{0,40}$",
    r"image:|cid:",
)
"""Lines of newsletters."""

LIST: Final = re.compile(
    r"(?i)mailing list|mailman|listinfo|google groups|unsubscribe|abbestellen|liste de diffusion"
)
"""Somewhere in the footer of a mailing list."""

"""Mails as mail programs write them, made up for these tests: text, and what is new in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """`text` is a plain-text body, `new` what somebody should hear of it."""

    name: str
    text: str
    new: str
    subject: str = "Re: Meeting"


SAMPLES = (
    Sample(
        "gmail",
        """Tuesday works for me.

On Mon, Nov 23, 2026 at 10:04 AM Robert Miller <robert@example.org> wrote:

> Shall we meet on Tuesday?
>
> Robert
""",
        "Tuesday works for me.",
    ),
    Sample(
        "gmail, announcement on two lines",
        """Yes, please.

On Mon, Nov 23, 2026 at 10:04 AM Maximilian von Hohenstein-Brandenburg
<maximilian@example.org> wrote:

> Coffee?
""",
        "Yes, please.",
    ),
    Sample(
        "gmail in German",
        """Dienstag passt.

Am Mo., 23. Nov. 2026 um 10:04 Uhr schrieb Robert Müller <robert@example.org>:

> Treffen wir uns am Dienstag?
""",
        "Dienstag passt.",
    ),
    Sample(
        "phone program in German, name first",
        """Passt!

Robert Müller <robert@example.org> schrieb am Mo., 23. Nov. 2026, 10:04:

> Dienstag?
""",
        "Passt!",
    ),
    Sample(
        "gmail in French",
        """C'est d'accord pour mardi.

Le lun. 23 nov. 2026 à 10:04, Robert Meunier <robert@example.org> a écrit :

> On se voit mardi ?
""",
        "C'est d'accord pour mardi.",
    ),
    Sample(
        "apple mail",
        """Sounds good, see you at 3.

Sent from my iPhone

> On 23 Nov 2026, at 10:04, Robert Miller <robert@example.org> wrote:
>
> Shall we meet?
""",
        "Sounds good, see you at 3.",
    ),
    Sample(
        "apple mail in German",
        """Gerne.

Von meinem iPhone gesendet

> Am 23.11.2026 um 10:04 schrieb Robert Müller <robert@example.org>:
>
> Treffen?
""",
        "Gerne.",
    ),
    Sample(
        "outlook",
        """Hi Robert,

the invoice over $1,250.00 is paid.

Kind regards,
Anna Schmidt
Head of Accounting | Example Inc.
Phone: +1 555 0100
www.example.org

From: Robert Miller <robert@example.org>
Sent: Monday, November 23, 2026 10:04 AM
To: Anna Schmidt <anna@example.org>
Subject: Invoice

Is it paid?
""",
        "Hi Robert,\n\nthe invoice over $1,250.00 is paid.\n\nKind regards,\nAnna Schmidt",
    ),
    Sample(
        "outlook in German",
        """Hallo Robert,

die Rechnung ist bezahlt.

Mit freundlichen Grüßen
Anna Schmidt
Leiterin Buchhaltung
Tel. 030 1234567

________________________________
Von: Robert Müller <robert@example.org>
Gesendet: Montag, 23. November 2026 10:04
An: Anna Schmidt
Betreff: Rechnung

Ist sie bezahlt?
""",
        "Hallo Robert,\n\ndie Rechnung ist bezahlt.\n\nMit freundlichen Grüßen\nAnna Schmidt",
        "AW: Rechnung",
    ),
    Sample(
        "outlook in French",
        """Bonjour,

la facture est payée.

Cordialement,
Anne Lefèvre
Comptabilité
01 23 45 67 89

De : Robert Meunier <robert@example.org>
Envoyé : lundi 23 novembre 2026 10:04
À : Anne Lefèvre
Objet : Facture

Est-elle payée ?
""",
        "Bonjour,\n\nla facture est payée.\n\nCordialement,\nAnne Lefèvre",
        "RE: Facture",
    ),
    Sample(
        "old outlook",
        """Done.

-----Original Message-----
From: Robert
To: Anna

Please do it.
""",
        "Done.",
    ),
    Sample(
        "old outlook in German",
        """Erledigt.

-----Ursprüngliche Nachricht-----
Von: Robert
An: Anna

Bitte erledigen.
""",
        "Erledigt.",
    ),
    Sample(
        "answers below the quotation",
        """On 23/11/2026 10:04, Robert Miller wrote:
> Shall we meet?

Yes, on Tuesday.

> Where?

At the station.
""",
        "Yes, on Tuesday.\n\nAt the station.",
    ),
    Sample(
        "thunderbird in German, answers below",
        """Am 23.11.26 um 10:04 schrieb Robert Müller:
> Treffen wir uns?

Ja, am Dienstag.
""",
        "Ja, am Dienstag.",
    ),
    Sample(
        "spanish",
        """De acuerdo.

El lun, 23 nov 2026 a las 10:04, Roberto (<roberto@example.org>) escribió:

> ¿Nos vemos?
""",
        "De acuerdo.",
    ),
    Sample(
        "italian",
        """Va bene.

Il giorno lun 23 nov 2026 alle ore 10:04 Roberto <roberto@example.org> ha scritto:

> Ci vediamo?
""",
        "Va bene.",
    ),
    Sample(
        "dutch",
        """Prima.

Op ma 23 nov 2026 om 10:04 schreef Robert <robert@example.org>:

> Zien we elkaar?
""",
        "Prima.",
    ),
    Sample(
        "signature dashes",
        """The parcel arrives on Friday.

-- 
Anna Schmidt
Example Inc.
""",  # noqa: W291  # the space after the dashes is what makes them signature dashes
        "The parcel arrives on Friday.",
    ),
    Sample(
        "a postscript below the signature",
        """The parcel arrives on Friday.

Best,
Anna
+1 555 0100

PS: Bring the key.
""",
        "The parcel arrives on Friday.\n\nBest,\nAnna\n\nPS: Bring the key.",
    ),
    Sample(
        "legal footer",
        """We agree to the price of 4,200 euros.

This e-mail and any attachments are confidential and intended solely for the addressee. If you
have received this message in error, please notify the sender and delete it. Any unauthorised
copying or disclosure is prohibited.
""",
        "We agree to the price of 4,200 euros.",
    ),
    Sample(
        "legal footer in German",
        """Wir nehmen das Angebot an.

Beispiel GmbH, Sitz der Gesellschaft: Berlin, Amtsgericht Charlottenburg, HRB 12345,
Geschäftsführer: Max Mustermann

Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der
richtige Adressat sind, informieren Sie bitte sofort den Absender und vernichten Sie diese Mail.
""",
        "Wir nehmen das Angebot an.",
    ),
    Sample(
        "legal footer in French",
        """Nous acceptons votre offre.

Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de
leurs destinataires. Si vous l'avez reçu par erreur, merci d'avertir l'expéditeur et de le détruire.
""",
        "Nous acceptons votre offre.",
    ),
    Sample(
        "banner of the mail system",
        """CAUTION: This email originated from outside of the organization. Do not click links.

Hello, your appointment is on 3 December at 14:30.
""",
        "Hello, your appointment is on 3 December at 14:30.",
        "Appointment",
    ),
    Sample(
        "newsletter",
        """View this email in your browser

Our winter sale starts on Monday.

Shop now <https://click.example.org/track/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>

Unsubscribe <https://click.example.org/u/1>
© 2026 Example Inc.
""",
        "Our winter sale starts on Monday.\n\nShop now",
        "Sale",
    ),
    Sample(
        "mailing list",
        """The meeting moves to room 12.
_______________________________________________
Staff mailing list
staff@lists.example.org
https://lists.example.org/listinfo/staff
""",
        "The meeting moves to room 12.",
        "[Staff] Room",
    ),
    Sample(
        "thanks at the beginning is no closing",
        """Thanks,

that helps a lot. I have one more question about the contract that we talked about last week,
and I would like to hear from you how the second part is meant.

1. Who pays?
2. Who signs?
3. Who delivers?
4. When?
5. Where?
6. Why?
7. How often?
8. How much?
9. With whom?
10. For how long?
11. What if not?
12. And then?
""",
        """Thanks,

that helps a lot. I have one more question about the contract that we talked about last week,
and I would like to hear from you how the second part is meant.

1. Who pays?
2. Who signs?
3. Who delivers?
4. When?
5. Where?
6. Why?
7. How often?
8. How much?
9. With whom?
10. For how long?
11. What if not?
12. And then?""",
    ),
    Sample(
        "a list with hyphens is no signature",
        """Please bring:
- the contract
- two pens
""",
        "Please bring:\n- the contract\n- two pens",
        "Tomorrow",
    ),
    Sample(
        "an itinerary is no quotation",
        """Your journey:
From: Berlin
To: Munich
Date: 3 December
Seat: 42
""",
        "Your journey:\nFrom: Berlin\nTo: Munich\nDate: 3 December\nSeat: 42",
        "Your ticket",
    ),
    Sample(
        "somebody tells who wrote",
        """My mother wrote: come home. And on page 3 he wrote it again.
""",
        "My mother wrote: come home. And on page 3 he wrote it again.",
        "News",
    ),
    Sample(
        "nothing but a quotation",
        """> The whole message is quoted.
> All of it.
""",
        "The whole message is quoted.\nAll of it.",
    ),
)

FORWARDED = (
    Sample(
        "gmail",
        """FYI

---------- Forwarded message ---------
From: Bank <info@bank.example>
Date: Mon, Nov 23, 2026 at 10:04 AM
Subject: Your statement
To: <anna@example.org>


Your balance is 512 dollars.
""",
        "Your balance is 512 dollars.",
        "Fwd: Your statement",
    ),
    Sample(
        "outlook in German",
        """Zur Kenntnis.

Von: Bank <info@bank.example>
Gesendet: Montag, 23. November 2026 10:04
An: Anna
Betreff: Ihr Kontostand

Ihr Kontostand beträgt 512 Euro.
""",
        "Ihr Kontostand beträgt 512 Euro.",
        "WG: Ihr Kontostand",
    ),
    Sample(
        "apple",
        """Begin forwarded message:

From: Bank <info@bank.example>
Subject: Your statement
Date: 23 November 2026 at 10:04:00 CET
To: anna@example.org

Your balance is 512 dollars.
""",
        "Your balance is 512 dollars.",
        "Fwd: Your statement",
    ),
)

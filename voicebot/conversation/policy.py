"""The numbers by which a call is conducted; in seconds where nothing else is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from voicebot.conversation.turns import Patience, Wait


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the call machine is.

    `patience` decides how long a silence ends a turn, or `silence` where it is None; `longest` cuts
    an endless turn; `no_input` of quiet makes the bot ask again; `between_digits` completes keyed
    digits; `filler` of thinking makes the bot say that it needs a moment; `dialogue` and
    `recognition` are the deadlines of those parts; `transfer` is how long a caller waits for a
    seat, reminded every `hold`; `call` ends an endless call, `closing` an endless goodbye;
    `lead_in` is audio kept from before the detected onset; `mark_grace` is how long after its
    expected end an unechoed mark is waited for; sounds shorter than `blip` in which no words were
    heard are passed over.

    Over the bot's voice: a sound shorter than `click` can be no word, and the bot goes on `settle`
    after its end if nothing follows; one longer than `backchannel` is left to its end before the
    bot goes on, whatever it was. Words in a shorter one are acted on if they were recognized with a
    confidence (0 to 1) of at least `doubt`, and the shorter it is the more it takes, up to
    `most_doubt`: a hum of a third of a second is easily a word. When the bot goes on, it takes up
    its sentence `rewind` before the cut. `lead` is by how much what is sent runs ahead of what is
    heard.

    With `foresight`, answers are prepared while it is waited whether the turn is over. While
    somebody speaks, those who read along are shown what was said so far every `partial_every`; 0
    for never.
    """

    silence: float = 0.7
    longest: float = 30.0
    no_input: float = 8.0
    between_digits: float = 2.5
    filler: float = 2.0
    dialogue: float = 10.0
    recognition: float = 15.0
    transfer: float = 90.0
    hold: float = 15.0
    call: float = 1800.0
    closing: float = 40.0
    lead_in: float = 0.6
    mark_grace: float = 1.5
    blip: float = 0.5
    click: float = 0.15
    settle: float = 0.2
    backchannel: float = 0.8
    doubt: float = 0.4
    most_doubt: float = 0.6
    rewind: float = 0.3
    lead: float = 0.1
    patience: Patience | None = None
    foresight: bool = False
    partial_every: float = 0.0


def policy_of(kept: Mapping[str, Any]) -> Policy:
    """The policy that was kept as nested mappings (`dataclasses.asdict`), in an older version too.

    What is missing gets its default; older calls had no patience at all, or none for a polite no,
    and replay without.

    Raises:
        ValueError: it holds a number that this version does not know.
    """
    numbers = _known(kept, Policy)
    if numbers.get("patience") is not None:
        waits: dict[str, Any] = {
            name: Wait(**_known(value, Wait)) if isinstance(value, Mapping) else value
            for name, value in _known(numbers["patience"], Patience).items()
        }
        waits.setdefault("declined", None)
        numbers["patience"] = Patience(**waits)
    return Policy(**numbers)


def _known(kept: Mapping[str, Any], kind: type[Policy | Patience | Wait]) -> dict[str, Any]:
    unknown = sorted(set(kept) - {field.name for field in fields(kind)})
    if unknown:
        raise ValueError(
            f"its {kind.__name__.lower()} has {', '.join(unknown)}, which this version does not "
            "know: read it with the version that wrote it"
        )
    return dict(kept)

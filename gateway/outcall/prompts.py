"""The sentences of a read-out."""

from __future__ import annotations

from typing import Final

_AGAIN: Final = "To hear it again, press 1 or say repeat. For the next one, press 2 or say next. "
_DELETE: Final = "To delete it, press 3. "
_ANSWER: Final = "To answer it, press 4 or say answer. To hang up, press 9."
MENU: Final = f"{_AGAIN}{_DELETE}{_ANSWER}"
MENU_IF_NOT_KEPT: Final = f"{_AGAIN}{_ANSWER}"
NOT_KEPT: Final = "It is not kept here, so there is nothing to delete."
CONFIRM: Final = "Shall I delete it? Press 3 or say yes."
DELETED: Final = "It is deleted."
KEPT: Final = "It is kept."
SPEAK: Final = "Speak after the tone. When you are done, press the pound key, or just be silent."
SENT: Final = "Thank you. Your answer will be sent."
NOTHING_HEARD: Final = "I did not hear an answer."
THROWN_AWAY: Final = "Your answer is not sent."
NOT_UNDERSTOOD: Final = "Sorry, I did not understand that."
LAST: Final = "That was the last message."
TROUBLE: Final = "Sorry, this message can't be read out."
GOODBYE: Final = "Goodbye."


def greeting(count: int, *, ask: bool) -> str:
    """The first words; they say nothing that is not for everybody."""
    what = "a message" if count == 1 else f"{count} messages"
    question = " To hear it, press 1 or say yes. To hang up, press 9."
    return f"Hello. There is {what} for you." + (question if ask else "")

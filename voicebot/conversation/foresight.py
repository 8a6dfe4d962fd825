"""Ahead of the caller: what the answer would be if this pause were the end of the turn.

While the silence is still counted, the dialogue prepares the answer (with no effect on it) and the
beginning of that answer is rendered. If the turn ends, both lie ready; if the caller goes on, the
attempt has another number by then and nothing is left of it. Nothing that is said or done depends
on a preparation: with or without it a call takes the same course, only later.
"""

from __future__ import annotations

from voicebot.conversation.commands import PrepareDialogue, RenderAhead
from voicebot.conversation.conduct import Conduct
from voicebot.conversation.ear import Utterance
from voicebot.conversation.events import DialoguePrepared
from voicebot.conversation.states import Phase
from voicebot.dialogue.replies import pieces


def prepare(call: Conduct) -> None:
    """The caller's words are known, and it is still waited whether they were all."""
    utterance = _undecided(call)
    if not call.policy.foresight or utterance is None or utterance.transcript is None:
        return
    heard = utterance.transcript
    if utterance.text:
        call.do(PrepareDialogue(heard.attempt, utterance.meant, heard.confidence, heard.others))


def on_prepared(call: Conduct, event: DialoguePrepared) -> None:
    """The answer is known, should the turn be over: have its beginning ready."""
    utterance = _undecided(call)
    if utterance is None or utterance.attempt != event.attempt:
        return
    first = next((piece for text in event.texts for piece in pieces(text)), None)
    if first is not None:
        call.do(RenderAhead(first, event.rate))


def _undecided(call: Conduct) -> Utterance | None:
    if call.phase is not Phase.TALKING or call.awaiting or call.digits:
        return None
    utterance = call.caller.utterance
    return None if utterance is None or utterance.over else utterance

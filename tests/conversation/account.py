"""What must be true of any call at any moment: nothing hangs, is lost, or speaks on."""

from __future__ import annotations

from itertools import pairwise

from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation import journal
from voicebot.conversation.events import DialogueFailed, PieceSent, PieceStarted, Reply
from voicebot.conversation.masking import masked_command

SLACK = 0.001
"""Seconds within which timers count as on time."""


def every_step_is_accounted_for(stage: Stage) -> None:
    """To be asked after each step: what is open is still within its time."""
    policy, call = stage.policy, stage.machine._call
    if stage.ended:
        assert not call.mouth.speaking, "something is said in a call that is over"
        return
    for party, ear in call.ears.items():
        if ear.utterance is not None:
            age = stage.now - ear.utterance.started
            assert age <= policy.longest + policy.recognition + SLACK, f"{party}: {age:.2f} s old"
    ledger = call.mouth._ledger
    for piece in ledger.outstanding:
        due = None if piece.ends is None else ledger.due(piece.ends)
        assert due is None or stage.now <= due + SLACK, f"{piece.name} was due at {due:.2f} s"


def nothing_is_spoken_after_a_clear_that_was_queued_before(stage: Stage) -> None:
    queued: set[str] = set()
    cleared: set[str] = set()
    for step in stage.steps:
        if isinstance(step.event, PieceStarted | PieceSent):
            assert step.event.piece not in cleared
        for command in step.commands:
            if isinstance(command, do.Say):
                assert command.piece not in queued | cleared
                queued.add(command.piece)
            if isinstance(command, do.ClearAudio):
                cleared |= queued
                queued.clear()


def nothing_sounds_after_a_clear(stage: Stage) -> None:
    """As the network plays it: between a clear and the next command to speak it is silent."""
    clears = [*stage.when(do.ClearAudio), float("inf")]
    for cleared, following in pairwise(clears):
        said = [at for at in stage.when(do.Say) if cleared <= at]
        silent_until = min([*said, following])
        for sounding in stage.line:
            overlap = min(sounding.ends, silent_until) - max(sounding.begins, cleared)
            assert overlap <= SLACK, f"{sounding.text!r} sounds {overlap:.2f} s after a clear"


def turns_are_asked_in_order_one_at_a_time(stage: Stage) -> None:
    open_turn, last = 0, 0
    for step in stage.steps:
        if isinstance(step.event, Reply | DialogueFailed) and step.event.turn == open_turn:
            open_turn = 0
        for command in step.commands:
            if isinstance(command, do.RingSeat | do.CloseRecord):
                open_turn = 0
            if isinstance(command, do.AskDialogue | do.TellDialogue):
                assert open_turn == 0
                assert command.turn == last + 1
                open_turn = last = command.turn


def its_journal_replays(stage: Stage, *, masked: bool) -> None:
    """A fresh machine gives the commands that were kept, also where secrets were masked."""
    hidden = [masked and secret for secret in stage.secret]
    lines = [journal.header_line(stage.policy)]
    lines += [
        journal.step_lines(step, sensitive=secret)
        for step, secret in zip(stage.steps, hidden, strict=True)
    ]
    kept = journal.read("".join(lines).splitlines(keepends=True))
    assert kept.policy == stage.policy
    for (step, commands), secret in zip(journal.replay(kept), hidden, strict=True):
        # Keys that were pressed before the question for a secret were not masked.
        again = tuple(map(masked_command, commands)) if secret else commands
        assert step.commands == again, f"at {step.now}: {step.event}"

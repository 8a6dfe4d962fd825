"""The caller and the bot talk: speech, keys, and the dialogue's replies."""

from __future__ import annotations

from dataclasses import replace

from voicebot.conversation import foresight, prompts
from voicebot.conversation.commands import (
    AskDialogue,
    NoteIncident,
    UpdateDossier,
)
from voicebot.conversation.conduct import NOTHING_EXPECTED, Conduct
from voicebot.conversation.ear import Ear, Utterance
from voicebot.conversation.ending import close
from voicebot.conversation.events import (
    CallStarted,
    DialogueFailed,
    Digit,
    Handoff,
    Party,
    RecognitionFailed,
    Reply,
    SpeechPaused,
    SpeechStarted,
    Transcript,
    TurnHint,
)
from voicebot.conversation.handover import transfer, write_down
from voicebot.conversation.interruptions import Verdict, mostly_heard, too_short, weigh
from voicebot.conversation.mouth import Mouth
from voicebot.conversation.policy import Policy
from voicebot.conversation.speaking import pause
from voicebot.conversation.states import Phase, State

MOST_DIGITS = 64
"""Keys kept of one answer; no question takes nearly as many."""

KEYED_KINDS = frozenset({"digits", "amount", "date", "time"})
"""Answers that may take several keys, however many."""


def on_started(call: Conduct, event: CallStarted) -> None:
    """The call begins: the dialogue greets."""
    if call.started is not None:
        return
    call.started = event
    call.mouth = Mouth(call.policy, call.next_line, marks=event.marks, clears=event.clears)
    call.timer("call", call.policy.call)
    call.tell("start", {"caller": event.caller, "callee": event.callee})


# ── speech ────────────────────────────────────────────────────────────────────────────────────


def on_speech(call: Conduct, event: SpeechStarted) -> None:
    """Somebody speaks: the bot falls silent first, and it is judged later what it was."""
    call.do_all(call.ears[event.party].started(event))
    if call.phase is not Phase.TALKING or event.party is not Party.CALLER:
        return
    if call.caller.utterance is not None:
        call.caller.utterance.secret |= call.sensitive
    call.cancel("no_input", "go_on")
    pause(call)


def on_pause(call: Conduct, event: SpeechPaused) -> None:
    """Somebody fell silent, perhaps only to breathe."""
    ear = call.ears[event.party]
    if ear is call.caller and call.mouth.paused and _is_click(ear.utterance, event.at, call.policy):
        call.do_all(ear.take()[1])
        call.timer("go_on", call.policy.settle)
    else:
        call.do_all(ear.paused(event, call.hints, call.expects))


def _is_click(utterance: Utterance | None, ended: float, policy: Policy) -> bool:
    if utterance is None or not utterance.speaking:
        return False
    return too_short(ended - utterance.started, policy)


def on_transcript(call: Conduct, event: Transcript) -> None:
    """Recognition has an answer."""
    for ear in call.ears.values():
        if ear.transcribed(event, call.now):
            call.do_all([] if call.sensitive else ear.show())
            _words_are_known(call, ear)
        elif not call.sensitive:
            call.do_all(ear.glanced(event))


def on_no_transcript(call: Conduct, event: RecognitionFailed) -> None:
    """Recognition gave up; the utterance counts as one without words."""
    for ear in call.ears.values():
        if ear.failed(event, call.now):
            call.do(NoteIncident(f"recognition failed: {event.reason}"))
            _words_are_known(call, ear)


def _words_are_known(call: Conduct, ear: Ear) -> None:
    utterance = ear.utterance
    short = utterance is not None and utterance.seconds < call.policy.backchannel
    if short and ear is call.caller and _only_listens(call, utterance):
        _go_on(call)
    else:
        _reconsider(call, ear)
        if ear is call.caller:
            foresight.prepare(call)


def on_turn_hint(call: Conduct, event: TurnHint) -> None:
    """The turn predictor has judged a pause."""
    for ear in call.ears.values():
        if ear.hinted(event):
            _reconsider(call, ear)


def _reconsider(call: Conduct, ear: Ear) -> None:
    call.do_all(ear.reconsider(call.now))
    turn_may_be_ready(call, ear)


def _only_listens(call: Conduct, utterance: Utterance | None) -> bool:
    """Is what was said over the bot's voice only a sign of listening, or no speech at all?"""
    if not call.mouth.paused or utterance is None or utterance.transcript is None:
        return False
    asked = not call.awaiting and mostly_heard(*call.mouth.asking)
    verdict = weigh(
        utterance.text,
        utterance.transcript.confidence,
        utterance.seconds,
        call.policy,
        expects=call.expects,
        asked=asked,
        manner=utterance.transcript.manner,
    )
    return verdict is Verdict.LISTENS


def _go_on(call: Conduct) -> None:
    """It was no interruption: forget it, and speak on."""
    call.do_all(call.caller.take()[1])
    _speak_on(call)


def on_go_on(call: Conduct) -> None:
    """Nothing followed a click."""
    if call.phase is Phase.TALKING and call.caller.utterance is None:
        _speak_on(call)


def _speak_on(call: Conduct) -> None:
    call.resume()
    held, call.held = call.held, ()
    call.say(*held)


def on_ear_timer(call: Conduct, name: str, ear: Ear) -> None:
    """The silence is long enough, the utterance too long, or recognition overdue."""
    match name:
        case "endpoint":
            call.do_all(ear.ended(call.now))
        case "partial":
            call.do_all([] if call.sensitive else ear.glance(call.now, call.hints))
        case "longest":
            call.do_all(ear.cut(call.now, call.hints, for_good=True))
        case "recognition" if ear.give_up(call.now):
            call.do(NoteIncident("recognition gave no answer in time"))
    turn_may_be_ready(call, ear)


def turn_may_be_ready(call: Conduct, ear: Ear) -> None:
    """If a turn is over and its words are known, go on with it."""
    utterance = ear.utterance
    if utterance is None or not utterance.ready:
        return
    if call.phase is not Phase.TALKING:
        write_down(call, ear)
    elif not call.awaiting:
        _take_turn(call)


def _take_turn(call: Conduct) -> None:
    utterance, commands = call.caller.take()
    call.do_all(commands)
    if utterance is None or utterance.transcript is None:
        return
    if _only_listens(call, utterance):
        _speak_on(call)
        return
    if not utterance.text:
        _nothing_said(call, utterance)
        return
    call.fall_silent()
    call.held = ()
    heard = utterance.transcript
    call.record_caller(
        utterance.meant, "speech", heard.confidence, utterance.times, secret=utterance.secret
    )
    call.turns += 1
    call.do(AskDialogue(call.turns, utterance.meant, heard.confidence, heard.others))
    call.await_reply()


def _nothing_said(call: Conduct, utterance: Utterance) -> None:
    """Sound without words: go on where the bot was, or say that nothing was understood."""
    if call.held:
        _speak_on(call)
    elif call.mouth.speaking:
        return
    elif utterance.seconds < call.policy.blip:
        call.listen()
    else:
        call.tell("not_understood", {})


# ── keys and silence ──────────────────────────────────────────────────────────────────────────


def on_digit(call: Conduct, event: Digit) -> None:
    """A key: it interrupts the bot and is collected until the answer is complete."""
    call.cancel("no_input")
    call.fall_silent()
    call.held = ()
    call.digits = (call.digits + event.digit)[:MOST_DIGITS]
    digits_may_be_complete(call)


def digits_may_be_complete(call: Conduct) -> None:
    """Enough keys, the # key, or a question that takes one key."""
    if not call.digits or call.awaiting:
        return
    several = (call.expects.length or 1) > 1
    wants_more = several or call.expects.kind in KEYED_KINDS
    full = call.expects.length is not None and len(call.digits) >= call.expects.length
    if call.digits.endswith("#") or full or not wants_more:
        _keys_complete(call)
    else:
        call.timer("digits", call.policy.between_digits)


def on_digits_timer(call: Conduct) -> None:
    """No further key came."""
    if call.phase is Phase.TALKING and not call.awaiting and call.digits:
        _keys_complete(call)


def _keys_complete(call: Conduct) -> None:
    digits, call.digits = call.digits.rstrip("#"), ""
    call.cancel("digits")
    if not digits:
        call.listen()
        return
    call.do_all(call.caller.take()[1])
    call.record_caller(digits, "keys", None, {"started": call.now, "decided": call.now})
    call.tell("dtmf", {"digits": digits})


def on_no_input(call: Conduct) -> None:
    """The caller says nothing."""
    if call.state is State.LISTENING:
        call.record_caller("", "silence", None, {"decided": call.now})
        call.tell("silence", {})


# ── the dialogue answers ──────────────────────────────────────────────────────────────────────


def on_reply(call: Conduct, event: Reply) -> None:
    """Speak the answer, unless the caller is speaking; or hand over, or say goodbye."""
    if event.turn != call.awaiting:
        return
    _reply_arrived(call)
    _understood(call, event)
    if event.handoff is not None:
        transfer(call, event.handoff, event.texts)
    elif event.end:
        close(call, ("contained", "the dialogue ended"), *event.texts)
    elif call.caller.utterance is not None:
        call.held = event.texts
        turn_may_be_ready(call, call.caller)
    elif call.digits:
        digits_may_be_complete(call)
    else:
        call.say(*event.texts)
        if not call.mouth.speaking:
            call.listen()


def on_no_reply(call: Conduct, event: DialogueFailed) -> None:
    """The dialogue is dead or broken: a person must help."""
    if event.turn != call.awaiting:
        return
    _reply_arrived(call)
    call.do(NoteIncident(f"the dialogue failed: {event.reason}"))
    transfer(call, Handoff("failed_dialogue"), (prompts.TROUBLE,))


def on_dialogue_deadline(call: Conduct) -> None:
    """The dialogue never answered."""
    if call.awaiting:
        on_no_reply(call, DialogueFailed(call.awaiting, "no answer in time"))


def on_filler(call: Conduct) -> None:
    """The dialogue is slow: say so."""
    if call.awaiting and not call.mouth.speaking and call.caller.utterance is None:
        call.say(prompts.MOMENT)


def _reply_arrived(call: Conduct) -> None:
    call.awaiting = 0
    call.cancel("dialogue", "filler")


def _understood(call: Conduct, event: Reply) -> None:
    if call.asked is not None:
        call.do(
            replace(
                call.asked,
                intent=event.intent,
                intent_confidence=event.intent_confidence,
                slots=event.slots,
                times={**call.asked.times, "replied": call.now},
            )
        )
        call.asked = None
    call.slots, call.requested_slot = event.slots, event.requested_slot
    call.do(UpdateDossier(event.slots, event.requested_slot))
    expects = event.expects or NOTHING_EXPECTED
    if call.digits and call.expects.sensitive and not expects.sensitive:
        call.digits = ""  # a part of a secret answers nothing else, and would be kept as it is
        call.cancel("digits")
    call.expects = expects
    call.rate = event.rate
    call.keep_secret(call.expects.sensitive)

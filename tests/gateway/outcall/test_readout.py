"""The read-out in virtual time: keys and words, answers, silence, and whatever breaks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outcall import prompts
from gateway.outcall.commands import Finish
from gateway.outcall.readout import ReadOut
from gateway.outcall.terms import Item, Manners, State
from tests.gateway.outcall.listener import ITEMS, Listener
from voicebot.conversation.events import (
    CallerHungUp,
    PieceFailed,
    Shutdown,
    SpeechPaused,
    SpeechStarted,
)
from voicebot.conversation.policy import Policy


def reading(**more) -> Listener:
    """Somebody who has said yes and heard the first message and the menu."""
    listener = Listener(**more)
    listener.listen()
    listener.press("1")
    assert "Lunch at noon?" in listener.listen()
    return listener


def outcome(listener: Listener):
    found = listener.read_out.outcome
    return found.heard, found.deleted, found.answered, found.reason


@pytest.mark.parametrize("marks", [True, False])
def test_all_of_it_by_keys(marks):
    listener = Listener(marks=marks)
    said = listener.listen(10)
    listener.wait(2)
    assert "2 messages for you" in said
    assert "Anna" not in said, "nothing that is not for everybody"
    listener.press("1")
    said = listener.listen()
    listener.wait(2)
    assert said.startswith("From Anna. Lunch at noon?")
    assert "press 1" in listener.listen() + said
    listener.press("1")
    assert "Lunch at noon?" in listener.listen()
    listener.press("2")
    assert "From Ben. The report is late." in listener.listen()
    listener.press("2")
    assert "That was the last message. Goodbye." in listener.listen()
    listener.wait(3)
    assert listener.finished == "to the end"
    assert outcome(listener) == ({"a", "b"}, set(), set(), "to the end")


@pytest.mark.parametrize("yes", ["yes", "yeah", "next"])
def test_all_of_it_by_words(yes):
    listener = Listener()
    listener.listen()
    listener.say(yes)
    assert "Lunch at noon?" in listener.listen() + " ".join(listener.heard)
    listener.listen()
    listener.say("say it again")
    assert "Lunch at noon?" in " ".join(listener.heard[-3:]) + listener.listen()
    listener.listen()
    listener.say("next")
    listener.listen()
    assert "b" in listener.read_out.outcome.heard
    listener.say("goodbye")
    listener.listen()
    assert listener.finished == "the listener said goodbye"


def test_it_may_read_at_once_where_that_is_wished():
    listener = Listener(ask_first=False)
    assert "Hello. There are" not in listener.heard
    assert "From Anna. Lunch at noon?" in listener.listen()


@pytest.mark.parametrize("no", ["no", "goodbye"])
def test_who_does_not_want_it_is_not_told(no):
    listener = Listener()
    listener.listen()
    listener.say(no)
    listener.listen()
    assert outcome(listener) == (set(), set(), set(), "not wanted")
    assert listener.finished


def test_a_machine_that_takes_the_call_hears_nothing():
    listener = Listener()
    for _ in range(4):
        listener.listen()
        listener.wait(8)
    assert listener.finished == "nobody listened"
    assert not listener.read_out.outcome.wanted
    assert not any("Lunch" in text for text in listener.heard)


def test_who_talks_into_it_is_asked_again_and_not_for_ever():
    listener = Listener()
    listener.listen()
    for _ in range(3):
        listener.say("please leave a message after the beep")
        listener.listen()
    assert prompts.NOT_UNDERSTOOD in listener.heard
    assert listener.finished == "nobody listened"


def test_a_key_interrupts_at_once():
    listener = Listener()
    listener.listen()
    listener.press("1")
    listener.wait(0.3)
    listener.press("2")
    assert listener.listen().startswith("From Ben.")
    assert listener.read_out.outcome.heard == {"b"}, "what was skipped was not heard"


def test_a_word_interrupts_and_a_noise_does_not():
    listener = Listener((Item("a", "", "a long message " * 20), ITEMS[1]))
    listener.listen()
    listener.press("1")
    listener.wait(3)
    listener.say("", 0.4)
    listener.wait(1)
    assert not any("Ben" in text for text in listener.heard)
    listener.say("um what was that", 0.4)
    listener.wait(1)
    assert listener.read_out.state is State.READING
    listener.say("skip")
    listener.listen()
    assert any("Ben" in text for text in listener.heard)
    assert listener.read_out.outcome.heard == {"b"}


def test_it_goes_on_where_it_was_interrupted():
    long = Item("a", "", "one two three four five six seven eight nine ten " * 4)
    listener = Listener((long,))
    listener.listen()
    listener.press("1")
    listener.wait(3)
    before = listener.now
    listener.say("mm-hmm", 0.3)
    listener.listen()
    length = len(long.text) * 0.05 + len(prompts.MENU) * 0.05
    assert listener.now - before < length + 2.5 - 3 + 1, "nothing was read twice"
    assert listener.read_out.outcome.heard == {"a"}


# ── deleting ──────────────────────────────────────────────────────────────────────────────────


def test_delete_by_key_is_done_at_once():
    listener = reading()
    listener.press("3")
    assert listener.listen().startswith("It is deleted. From Ben.")
    assert listener.read_out.outcome.deleted == {"a"}


@pytest.mark.parametrize(("then", "deleted"), [("yes", {"a"}), ("no", set()), ("next", set())])
def test_delete_by_word_is_asked_back(then, deleted):
    listener = reading()
    listener.say("delete")
    assert "Shall I delete it" in " ".join([*listener.heard[-1:], listener.listen()])
    assert listener.read_out.outcome.deleted == set()
    listener.say(then)
    listener.listen()
    assert listener.read_out.outcome.deleted == deleted


@pytest.mark.parametrize("wish", ["3", "delete"])
def test_what_is_kept_nowhere_is_not_deleted(wish):
    listener = Listener((Item("a", "From Anna.", "Lunch at noon?", kept=False), ITEMS[1]))
    listener.listen()
    listener.press("1")
    assert "delete" not in listener.listen()
    listener.press(wish) if wish == "3" else listener.say(wish)
    said = " ".join([*listener.heard[-1:], listener.listen()])
    assert said.endswith(prompts.MENU_IF_NOT_KEPT)
    assert "there is nothing to delete" in " ".join(listener.heard)
    assert listener.read_out.outcome.deleted == set()
    listener.press("2")
    assert prompts.MENU in listener.listen()  # the next one is kept


def test_silence_deletes_nothing():
    listener = reading()
    listener.say("delete")
    for _ in range(4):
        listener.listen()
        listener.wait(8)
    assert listener.finished == "the listener went silent"
    assert listener.read_out.outcome.deleted == set()


# ── answering ─────────────────────────────────────────────────────────────────────────────────


def answering(by: str = "4") -> Listener:
    listener = reading()
    listener.press(by)
    said = listener.listen()
    assert said.startswith(prompts.SPEAK.partition(".")[0])
    listener.wait(0.1)
    assert listener.heard[-1] == "(tone)"
    assert listener.read_out.state is State.RECORDING
    return listener


def speak(listener: Listener, seconds: float) -> float:
    listener.feed(SpeechStarted(listener.now))
    listener.wait(seconds)
    listener.feed(SpeechPaused(listener.now))
    return listener.now


def test_an_answer_ends_with_the_pound_key():
    listener = answering()
    began = listener.now
    listener.wait(1)
    ended = speak(listener, 4)
    listener.wait(1)
    listener.press("#")
    assert listener.listen().startswith("Thank you. Your answer will be sent.")
    ((item, since, until, kept),) = listener.recordings
    assert (item, until, kept) == ("a", ended, True)
    assert since == pytest.approx(began, abs=0.2)
    assert listener.read_out.outcome.answered == {"a"}
    listener.press("2")
    assert "From Ben." in listener.listen()


def test_an_answer_ends_with_silence_and_not_with_a_pause():
    listener = answering()
    speak(listener, 2)
    listener.wait(2)
    ended = speak(listener, 2)
    listener.wait(3)
    assert listener.recordings == [("a", listener.recordings[0][1], ended, True)]


def test_nobody_says_anything_or_too_little():
    listener = answering()
    listener.wait(7)
    assert prompts.NOTHING_HEARD in listener.heard[-1] + listener.listen()
    assert listener.recordings[0][3] is False
    listener.press("4")
    listener.listen()
    listener.wait(0.1)
    speak(listener, 0.2)
    listener.press("#")
    assert listener.recordings[1][3] is False
    assert listener.read_out.outcome.answered == set()


def test_an_answer_can_be_thrown_away():
    listener = answering()
    speak(listener, 3)
    listener.press("*")
    assert listener.listen().startswith("Your answer is not sent.")
    assert listener.recordings[0][3] is False


def test_an_endless_answer_is_cut():
    listener = answering()
    listener.feed(SpeechStarted(listener.now))
    listener.wait(181)
    ((_, since, until, kept),) = listener.recordings
    assert kept
    assert until - since == pytest.approx(180)


def test_hanging_up_keeps_what_was_said():
    listener = answering()
    listener.feed(SpeechStarted(listener.now))
    listener.wait(2)
    listener.feed(CallerHungUp("the listener hung up"))
    assert listener.recordings[0][3] is True
    assert outcome(listener) == ({"a"}, set(), {"a"}, "the listener hung up")
    assert listener.finished


def test_a_tone_whose_mark_never_comes():
    listener = Listener(marks=False)
    listener.listen()
    listener.wait(2)
    listener.press("1")
    listener.listen()
    listener.press("4")
    listener.listen()
    listener.wait(4)
    assert listener.read_out.state is State.RECORDING


# ── what breaks ───────────────────────────────────────────────────────────────────────────────


def test_what_can_not_be_said_was_not_heard():
    listener = Listener()
    listener.listen()
    listener.press("1")
    listener.wait(0.01)
    piece = next(c for c in reversed(listener.done) if hasattr(c, "piece")).piece
    listener.feed(PieceFailed(piece, "no voice"))
    assert "can't be read out" in listener.listen()
    assert listener.read_out.outcome.heard == set()


def test_the_process_stops():
    listener = reading()
    listener.feed(Shutdown("the agent was stopped"))
    assert listener.finished == "the agent was stopped"


def test_an_endless_call_ends():
    listener = Listener(manners=Manners(call=30.0))
    listener.wait(20)
    listener.press("1")
    listener.wait(20)
    assert listener.finished == "the call took too long"


def test_nothing_to_read_is_an_error():
    with pytest.raises(ValueError, match="nothing to read"):
        ReadOut((), Policy(), Manners())


DEEDS = st.one_of(
    st.tuples(st.just("press"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("say"), st.sampled_from("yes no next delete answer repeat bye hm".split())),
    st.tuples(st.just("wait"), st.floats(0.01, 12.0)),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(DEEDS, max_size=25), st.booleans())
def test_whatever_somebody_does_the_call_ends_once_and_its_outcome_is_true(deeds, marks):
    listener = Listener(marks=marks)
    for deed, what in deeds:
        getattr(listener, deed)(what)
    listener.wait(1000)
    assert sum(isinstance(command, Finish) for command in listener.done) == 1
    found = listener.read_out.outcome
    ids = {item.id for item in ITEMS}
    assert found.heard | found.deleted | found.answered <= ids
    kept = {item for item, _, _, keep in listener.recordings if keep}
    assert found.answered == kept
    if found.deleted:
        said = {what for _, what in deeds}
        assert said & {"3", "delete"}
    if found.heard:
        assert found.wanted
    for item in found.heard:
        (text,) = (one.text for one in ITEMS if one.id == item)
        assert any(text in " ".join(listener.heard[n:]) for n in range(len(listener.heard)))

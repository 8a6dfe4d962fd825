"""A caller and a bot in virtual time, without a socket: turn-taking, marks, both channels."""

import json
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.telephony.echobot import ANSWER, ANSWER_AFTER, GREETING, EchoBot, tone
from voicebot.audio.g711 import ulaw_encode
from voicebot.caller.behaviour import Cue, Manners
from voicebot.caller.phonecall import PhoneCall
from voicebot.caller.result import CallEvent, Turn, segments, turns_of
from voicebot.caller.script import Barge, Item, Keys, Silence, Speak, Wait
from voicebot.caller.wire import FRAME, SILENT_FRAME


def spoken(item: Item, seconds: float = 0.6) -> Cue:
    coded = ulaw_encode(tone(seconds, 300))
    frames = [coded[at : at + FRAME] for at in range(0, len(coded), FRAME)]
    return Cue(item, frames, audible=len(frames))


def quiet(item: Silence | Wait) -> Cue:
    return Cue(item, [SILENT_FRAME] * round(item.seconds * 50))


def keys(digits: str) -> Cue:
    pressed = {12 * n: digit for n, digit in enumerate(digits)}
    return Cue(Keys(digits), [SILENT_FRAME] * (12 * len(digits)), pressed, max(pressed) + 1)


class Mute(EchoBot):
    """A bot that never says anything."""

    def receive(self, message: str | bytes) -> list[str | bytes]:
        super().receive(message)
        return []


def run(cues: list[Cue], bot: EchoBot, manners: Manners | None = None, delay: int = 2) -> PhoneCall:
    """Carry the call to its end; messages take `delay` steps of 20 ms either way."""
    call = PhoneCall("CA1", cues, {"token": "t"}, manners or Manners(longest=120))
    to_bot: deque[tuple[int, str]] = deque((0, message) for message in call.begin())
    to_caller: deque[tuple[int, str | bytes]] = deque()
    for now in range(20_000):
        to_bot += [(now + delay, message) for message in call.step()]
        while to_bot and to_bot[0][0] <= now:
            to_caller += [(now + delay, out) for out in bot.receive(to_bot.popleft()[1])]
        while to_caller and to_caller[0][0] <= now:
            to_bot += [(now + delay, m) for m in call.receive(to_caller.popleft()[1])]
        if call.hanging_up or bot.over:
            while to_bot:
                bot.receive(to_bot.popleft()[1])
            return call
    pytest.fail("the call never ended")


def turns(call: PhoneCall) -> tuple[Turn, ...]:
    return turns_of(call.caller_pcm, call.bot_pcm, call.performed)


def test_turn_by_turn() -> None:
    bot = EchoBot()
    call = run([spoken(Speak("one")), spoken(Speak("two"))], bot)
    said = turns(call)
    assert [turn.party for turn in said] == ["bot", "caller", "bot", "caller", "bot"]
    assert [turn.text for turn in said if turn.party == "caller"] == ["one", "two"]
    greeting, one, answer, two, last = said
    assert greeting.end - greeting.start == pytest.approx(GREETING, abs=0.05)
    assert one.start - greeting.end == pytest.approx(0.9, abs=0.05)
    assert two.start - answer.end == pytest.approx(0.9, abs=0.05)
    assert answer.end - answer.start == pytest.approx(ANSWER, abs=0.05)
    assert call.now - last.end == pytest.approx(0.9, abs=0.06)
    assert bot.marks == ["greeting", "answer 1", "answer 2"]


@pytest.mark.parametrize("delay", [0, 1, 10])
def test_response_time_is_the_silence_that_the_caller_hears(delay: int) -> None:
    call = run([spoken(Speak("one"))], EchoBot(), delay=delay)
    [response] = [turn.response for turn in turns(call) if turn.response is not None]
    assert response == pytest.approx(ANSWER_AFTER + 2 * delay * 0.02, abs=0.041)


def test_both_channels_are_what_was_sent_and_played() -> None:
    bot = EchoBot()
    call = run([spoken(Speak("one"))], bot, delay=0)
    assert len(call.caller_pcm) == len(call.bot_pcm)
    assert bytes(bot.heard) == call.caller_pcm
    voiced = sum(last - first for first, last in segments(call.bot_pcm)) * 0.02
    assert voiced == pytest.approx(GREETING + ANSWER, abs=0.08)


def test_keys_are_pressed_and_answered() -> None:
    bot = EchoBot()
    call = run([keys("48#")], bot)
    assert bot.digits == "48#"
    pressed = next(turn for turn in turns(call) if turn.party == "caller")
    assert pressed.text == "[keys 48#]"
    assert pressed.end - pressed.start == pytest.approx(0.5, abs=0.03)


def test_barge_in_starts_into_the_bots_speech_and_clears_it() -> None:
    bot = EchoBot()
    call = run([spoken(Barge(Speak("stop"), 0.2), 0.5)], bot)
    greeting, stop, answer = turns(call)
    assert stop.start - greeting.start == pytest.approx(0.2, abs=0.05)
    assert greeting.end - greeting.start < GREETING - 0.05
    assert answer.response is not None
    assert bot.clears == 1
    assert bot.marks[0] == "greeting"  # returned by the clear
    assert any("took back" in event.what for event in call.events)


def test_wait_goes_on_whatever_the_bot_does() -> None:
    call = run([spoken(Speak("one"), 0.4), quiet(Wait(0.2)), spoken(Speak("more"), 0.4)], EchoBot())
    one, more = [turn for turn in turns(call) if turn.party == "caller"]
    assert more.start - one.end == pytest.approx(0.2, abs=0.03)


def test_a_silent_turn_needs_no_answer() -> None:
    call = run([quiet(Silence(2.0)), spoken(Speak("hello"))], EchoBot())
    silent, hello = [turn for turn in turns(call) if turn.party == "caller"]
    assert silent.text == "[silence 2 s]"
    assert hello.start - silent.end < 0.1


def test_the_caller_is_patient_but_not_for_ever() -> None:
    call = run([spoken(Speak("anybody?"))], Mute(), Manners(patience=3.0))
    [anybody] = turns(call)
    assert anybody.start == pytest.approx(3.0, abs=0.1)
    assert call.now == pytest.approx(3.0 + 0.6 + 3.0, abs=0.1)
    assert sum("said nothing for 3 s" in event.what for event in call.events) == 2


def test_a_bot_that_drones_on_is_not_waited_for_for_ever() -> None:
    class Drone(EchoBot):
        def receive(self, message: str | bytes) -> list[str | bytes]:
            heard = super().receive(message)
            return self.dialect.audio(tone(0.02)) if heard is not None and self.heard else []

    call = run([spoken(Speak("hello?"))], Drone(), Manners(longest=300))
    [hello] = [turn for turn in turns(call) if turn.party == "caller"]
    assert hello.start == pytest.approx(120, abs=0.1)
    assert any("not quiet for 120 s" in event.what for event in call.events)


def test_a_call_has_a_longest_duration() -> None:
    call = run([quiet(Silence(50.0))], EchoBot(), Manners(longest=5.0))
    assert call.now == pytest.approx(5.0, abs=0.05)
    [turn] = [turn for turn in turns(call) if turn.party == "caller"]
    assert turn.end == pytest.approx(5.0, abs=0.05)  # cut short, and still told


def test_the_bot_may_hang_up_first() -> None:
    bot = EchoBot(hang_up_after=1)
    call = run([spoken(Speak("one")), spoken(Speak("never said"))], bot)
    assert not call.hanging_up
    assert [turn.text for turn in turns(call) if turn.party == "caller"] == ["one"]


def test_mistakes_of_the_bot_are_counted_and_survived() -> None:
    call = PhoneCall("CA1", [], {}, Manners())
    assert call.receive(b"\x00") == []
    assert call.receive("{}") == []
    assert call.mistakes == 2
    assert call.events[0] == CallEvent(
        0.0, "the bot broke the protocol: a binary message; Media Streams are JSON text"
    )


def test_a_mark_behind_nothing_comes_back_at_once() -> None:
    call = PhoneCall("CA1", [], {}, Manners())
    start = json.loads(call.begin()[1])
    mark = {"event": "mark", "streamSid": start["streamSid"], "mark": {"name": "m"}}
    [echo] = call.receive(json.dumps(mark))
    assert json.loads(echo)["mark"] == {"name": "m"}


items = st.lists(
    st.builds(lambda seconds: spoken(Speak("x"), seconds), st.sampled_from([0.1, 0.3, 1.0]))
    | st.builds(lambda seconds: quiet(Silence(seconds)), st.sampled_from([0.1, 2.0]))
    | st.builds(lambda seconds: quiet(Wait(seconds)), st.sampled_from([0.1, 0.7]))
    | st.builds(lambda after: spoken(Barge(Speak("y"), after)), st.sampled_from([0.1, 0.5]))
    | st.builds(keys, st.sampled_from(["1", "22#"])),
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(items, st.integers(0, 8))
def test_every_script_ends_and_is_performed_in_order(cues: list[Cue], delay: int) -> None:
    bot = EchoBot()
    call = run(cues, bot, Manners(patience=4.0, longest=200), delay)
    assert [done.cue.item for done in call.performed] == [cue.item for cue in cues]
    assert all(
        first.end <= second.start
        for first, second in zip(call.performed, call.performed[1:], strict=False)
    )
    assert len(call.caller_pcm) == len(call.bot_pcm)
    assert bytes(bot.heard) == call.caller_pcm

"""What bad audio does to a call: the real ear and the real call machine, in virtual time.

Each case has an end, and the table "What bad audio leads to" in docs/architecture.md says which.
Recognition knows what was laid into the tape, and nothing else; a few cases have the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conversation.account import (
    its_journal_replays,
    nothing_is_spoken_after_a_clear_that_was_queued_before,
    nothing_sounds_after_a_clear,
    turns_are_asked_in_order_one_at_a_time,
)
from tests.conversation.hardship import SAID, Hardship, dialogue
from tests.conversation.line import (
    Frame,
    Line,
    Tape,
    drifting,
    jittered,
    left_out,
    lost,
    stalled,
)
from tests.engines.realaudio import (
    SILERO,
    needs_data,
    needs_silero,
)
from tests.server.hardcalls import (
    BENT,
    GREETED,
    PATIENCE,
    POLICY,
    QUESTION,
    SORRY,
    TEN_MINUTES,
    begun,
    everything_was_heard,
    patient,
    taped,
    tiring,
)
from tests.server.hardsounds import (
    VOICES,
    babble,
    hum,
    music,
    speech,
    white,
    without_end,
)
from voicebot.audio.pcm import Float32, Int16
from voicebot.audio.tones import dtmf
from voicebot.conversation import commands as do
from voicebot.conversation import prompts
from voicebot.conversation.events import (
    Digit,
    Expectation,
    ExpertJoined,
    ExpertLeft,
    Party,
    Reply,
    TimerFired,
)
from voicebot.engines.silero import SileroModel

pytestmark = [pytest.mark.real, needs_silero, needs_data]

CUT = TimerFired(f"longest:{Party.CALLER}")
TOO_LONG = do.CloseRecord("abandoned", "the call reached its longest duration")


@pytest.fixture(scope="module")
def silero() -> SileroModel:
    return SileroModel(SILERO)


Called = Callable[..., Line]


@pytest.fixture
def call(silero: SileroModel) -> Called:
    return partial(begun, silero)


def ends_by_its_deadline(line: Line) -> None:
    """The longest duration of a call: the bot says that it has to end it, and hangs up."""
    assert line.all(do.CloseRecord) == [TOO_LONG]
    (closed,) = line.when(do.CloseRecord)
    assert TEN_MINUTES < closed < TEN_MINUTES + len(prompts.TOO_LONG) / 15 + 1.0


# ── nothing, for ten minutes ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("frames", [True, False], ids=["silent frames", "no frames"])
def test_silence(call: Called, frames: bool) -> None:
    """The bot asks again every eight seconds, as long as the dialogue wants, then hangs up."""
    line = call().hear(Tape(TEN_MINUTES + 20).frames() if frames else [], TEN_MINUTES + 20)
    assert line.noticed == []
    assert line.all(do.Transcribe) == []
    asked = [at for at, c in line.done if isinstance(c, do.TellDialogue) and c.name == "silence"]
    assert len(asked) == 63
    each = POLICY.no_input + 0.05 + 0.02 + len(QUESTION) / 15
    assert all(b - a == pytest.approx(each, abs=0.001) for a, b in pairwise(asked))
    everything_was_heard(line)
    ends_by_its_deadline(line)
    assert line.most_kept < 6.0


def test_silence_with_a_dialogue_that_gives_up(call: Called) -> None:
    line = call(tiring()).hear([], 60.0)
    assert line.told() == ["start", "silence", "silence", "silence"]
    assert line.all(do.CloseRecord) == [do.CloseRecord("contained", "the dialogue ended")]
    assert line.when(do.CloseRecord)[0] < 32.0


# ── noise without words, for ten minutes ──────────────────────────────────────────────────────

NOISES: dict[str, Callable[[], Int16 | Float32]] = {
    "white -20": lambda: white(TEN_MINUTES, -20.0),
    "white -40": lambda: white(TEN_MINUTES, -40.0),
    "hum": lambda: hum(TEN_MINUTES),
    "music -30": lambda: music(TEN_MINUTES, -30.0),
    "music -20": lambda: music(TEN_MINUTES, -20.0),
}
slowly = [name if name == "hum" else pytest.param(name, marks=pytest.mark.slow) for name in NOISES]


@pytest.mark.parametrize("name", slowly)
def test_noise_is_silence(call: Called, name: str) -> None:
    """Now and then it stops the bot for a moment, which then says the rest."""
    tape = Tape(TEN_MINUTES + 20)
    tape.lay(0.0, NOISES[name]())
    line = call().hear(tape.frames())
    assert line.turns() == []
    assert set(line.told()) == {"start", "silence"}
    assert line.told().count("silence") > 55
    assert len(line.all(do.ClearAudio)) <= 25  # once in 24 seconds
    everything_was_heard(line)
    ends_by_its_deadline(line)
    assert line.most_kept < 12.0


def test_voices_without_words(call: Called) -> None:
    """A room full of people: a turn that is cut, in which nothing is understood."""
    tape = Tape(TEN_MINUTES + 20)
    tape.lay(0.0, babble(TEN_MINUTES, 6, -30.0))
    line = call().hear(tape.frames())
    assert line.turns() == []
    assert line.told().count("not_understood") >= 3
    assert line.told().count("silence") >= 3  # while one stretch of voices lasts past the cut
    ends_by_its_deadline(line)
    assert line.most_kept < POLICY.longest + 6.0


def test_voices_without_words_lead_to_a_person(call: Called) -> None:
    tape = Tape(400.0)
    tape.lay(0.0, babble(400.0, 4, -30.0))
    line = call(tiring()).hear(tape.frames())
    assert line.all(do.RingSeat) == [do.RingSeat("not_understood")]
    assert line.all(do.CloseRecord) == [do.CloseRecord("callback", "no_answer")]
    (rang,), (closed,) = line.when(do.RingSeat), line.when(do.CloseRecord)
    assert rang < 200.0
    assert POLICY.transfer < closed - rang < POLICY.transfer + 15.0


def test_a_voice_within_music(call: Called) -> None:
    """Somebody who was put on hold himself: what the voice says is a turn, the music is none."""
    tape = Tape(TEN_MINUTES + 20)
    tape.lay(0.0, music(TEN_MINUTES, -32.0))
    voice = speech(VOICES[3])
    times = range(20, round(TEN_MINUTES) - 10, 45)
    for at in times:
        tape.lay(at, voice, "please hold the line")
    line = call().hear(tape.frames())
    assert line.turns() == ["please hold the line"] * len(times)
    ends_by_its_deadline(line)


# ── voices in the wrong place ─────────────────────────────────────────────────────────────────


def test_a_caller_who_never_stops(call: Called) -> None:
    """A turn is cut at its longest, answered, and the next one begins with the next breath."""
    tape = Tape(140.0)
    at, said = GREETED, 0
    while at < GREETED + 120.0:
        at = tape.lay(at, speech(VOICES[said % len(VOICES)]), f"phrase-{said:03}")
        said += 1
    line = call().hear(tape.frames())
    asked = line.when(do.AskDialogue)
    cut = [step.now for step in line.steps if step.event == CUT]
    assert len(cut) >= 3
    assert cut[0] == pytest.approx(line.noticed[0].at + POLICY.longest, abs=0.01)
    assert asked[0] == pytest.approx(cut[0] + line.recognition_seconds, abs=0.01)
    assert all(b - a < POLICY.longest + 6.0 for a, b in pairwise([GREETED, *asked]))
    assert asked[-1] < at + PATIENCE.ceiling
    heard = {phrase for turn in line.turns() for phrase in turn.split()}
    assert len(heard) >= said - 2 * len(cut)  # what is said between a cut and a breath is lost
    assert line.most_kept < POLICY.longest + 6.0


def test_a_caller_without_end_and_without_words(call: Called) -> None:
    tape = Tape(45.0)
    tape.lay(GREETED, without_end(VOICES)[: round(38.0 * 8000)])
    line = call().hear(tape.frames())
    assert line.turns() == []
    assert line.told()[:2] == ["start", "not_understood"]
    told = line.noticed[0].at + POLICY.longest + line.recognition_seconds
    assert line.when(do.TellDialogue)[1] == pytest.approx(told, abs=0.01)
    assert SORRY in line.spoken()


def test_two_voices_at_once(call: Called) -> None:
    """One turn, over when both are silent."""
    one, other = speech(VOICES[3]), speech(VOICES[4])
    ends = [GREETED + len(one) / 8000, GREETED + 0.3 + len(other) / 8000]
    tape = taped(12.0, (GREETED, one, "one"), (GREETED + 0.3, other, "other"))
    line = call().hear(tape.frames())
    assert line.turns() == ["one other"]
    assert max(ends) < line.when(do.AskDialogue)[0] < max(ends) + PATIENCE.ceiling


@pytest.mark.parametrize("name", VOICES[:6])
def test_a_bent_wave_is_the_same_turn(call: Called, name: str) -> None:
    """Speech whose peaks are 12 dB over what the line carries; a wave far from zero."""
    tape = taped(12.0, (GREETED, speech(name), "words"))
    clean = call().hear(tape.frames())
    assert clean.turns() == ["words"]
    for how, bend in BENT.items():
        bent = call().hear(bend(tape))
        assert bent.turns() == ["words"], how
        late = bent.when(do.AskDialogue)[0] - clean.when(do.AskDialogue)[0]
        assert abs(late) < 0.35, how


# ── keys ──────────────────────────────────────────────────────────────────────────────────────


def test_tones_of_keys_alone_are_no_speech(call: Called) -> None:
    tape = taped(12.0, *[(GREETED + n * 0.5, dtmf(key, 0.2), "") for n, key in enumerate("159#")])
    line = call().hear(tape.frames())
    assert line.noticed == []
    assert line.told() == ["start", "silence"]


def test_tones_of_keys_over_speech_do_not_hide_it(call: Called) -> None:
    """No network told of the keys: then they are only noise."""
    said = speech(VOICES[3])
    tones = [(GREETED + 0.2 + n * 0.3, dtmf(key, 0.15), "") for n, key in enumerate("1234")]
    line = call().hear(taped(10.0, (GREETED, said, "words"), *tones).frames())
    assert line.turns() == ["words"]


def test_a_key_in_the_middle_of_speech_is_the_answer(call: Called) -> None:
    """What was being said is dropped up to the next breath; what follows is a turn of its own."""
    said = speech(VOICES[3])
    line = call()
    line.plan(GREETED + 0.6, Digit("2"))
    line.hear(taped(10.0, (GREETED, said, "words"), (GREETED + 0.6, dtmf("2", 0.2), "")).frames())
    assert line.told() == ["start", "dtmf"]
    assert line.all(do.TellDialogue)[1].payload == {"digits": "2"}
    assert line.when(do.TellDialogue)[1] == pytest.approx(GREETED + 0.6, abs=0.001)
    assert all(c.since > GREETED + 0.6 for c in line.all(do.Transcribe))


def test_several_keys_in_the_middle_of_speech(call: Called) -> None:
    """Where a number is awaited it is waited for more of them; then they are the answer."""

    def number(turn: int, said: str) -> Reply:
        expects = Expectation("digits", 6)
        return (
            Reply(turn, ("Your number?",), expects=expects)
            if said == "/start"
            else patient(turn, said)
        )

    line = call(number)
    line.plan(GREETED + 0.3, Digit("4"))
    line.plan(GREETED + 0.5, Digit("8"))
    line.hear(taped(12.0, (GREETED, speech(VOICES[3]), "words")).frames())
    assert line.turns() == []
    assert line.told() == ["start", "dtmf"]
    assert line.when(do.TellDialogue)[1] == pytest.approx(GREETED + 0.5 + POLICY.between_digits)
    assert line.all(do.TellDialogue)[1].payload == {"digits": "48"}


# ── what networks do ──────────────────────────────────────────────────────────────────────────

SIX = [f"phrase-{n}" for n in range(6)]
APART = 9.0


def six_phrases() -> Tape:
    said = [(GREETED + n * APART, speech(VOICES[n]), text) for n, text in enumerate(SIX)]
    return taped(GREETED + 6 * APART, *said)


NETWORKS: dict[str, Callable[[list[Frame]], list[Frame]]] = {
    "5 % lost": lambda frames: lost(frames, 0.05, seed=1),
    "100 ms jitter": lambda frames: jittered(frames, 0.1, seed=2),
    "both": lambda frames: jittered(lost(frames, 0.05, seed=3), 0.1, seed=4),
    "out of order": lambda frames: jittered(frames, 0.1, seed=5, in_order=False),
    "a stall in silence": lambda frames: stalled(frames, 2.5, 1.4),
    "stalls": lambda frames: stalled(stalled(frames, 2.5, 0.6), GREETED + APART - 2.0, 0.6),
    "silence left out": lambda frames: _only_speech(frames),
}


def _only_speech(frames: list[Frame]) -> list[Frame]:
    """A network that sends nothing while nobody speaks."""
    edges = [GREETED + n * APART for n in range(7)]
    for start in edges[:-1]:
        frames = left_out(frames, start + 6.0, start + APART - 0.3)
    return left_out(frames, 0.0, GREETED - 0.3)


@pytest.fixture(scope="module")
def good(silero: SileroModel) -> Line:
    """What the phrases are on a good line."""
    line = Line(patient, POLICY, activity=silero.stream()).start()
    line.hear(six_phrases().frames())
    assert line.turns() == SIX
    return line


def answered(line: Line, text: str) -> float:
    """When the dialogue was asked, the last time, with `text`."""
    return [at for at, c in line.done if isinstance(c, do.AskDialogue) and c.text == text][-1]


@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_bad_network(call: Called, good: Line, name: str) -> None:
    """Every phrase is a turn, answered about when it is on a good line; also after a stall."""
    bad = call().hear(NETWORKS[name](six_phrases().frames()))
    # Lost frames shorten what they are lost from: a phrase may fall into two.
    assert [text for text, _ in groupby(bad.turns())] == SIX
    assert len(bad.turns()) <= 7
    late = [answered(bad, text) - answered(good, text) for text in SIX]
    assert all(-0.6 < by < 0.3 for by in late[1:]), late
    assert late[0] < 1.0
    assert bad.most_kept < POLICY.longest + 6.0


@pytest.mark.parametrize("ppm", [200.0, pytest.param(-200.0, marks=pytest.mark.slow)])
def test_clocks_that_drift_apart(call: Called, ppm: float) -> None:
    """The timeline of the audio stays with the clock, and memory does not grow."""
    tape = Tape(TEN_MINUTES)
    tape.lay(0.0, white(TEN_MINUTES, -65.0))
    times = [GREETED + n * 42.0 for n in range(14)]
    for n, at in enumerate(times):
        tape.lay(at, speech(VOICES[n]), f"phrase-{n}")
    line = call(policy=replace(POLICY, call=1800.0)).hear(drifting(tape.frames(), ppm))
    assert line.turns() == [f"phrase-{n}" for n in range(14)]
    assert line.apart < 0.05
    assert line.most_kept < 15.0


# ── anything at all ───────────────────────────────────────────────────────────────────────────


@dataclass
class HardLine(Hardship, Line):
    """A line on which everything goes wrong at once."""


Happening = tuple[float, str, object, object]
"""Seconds after the one before, what it is, and two things more."""


def _says(*texts: str) -> st.SearchStrategy[Happening]:
    voices = st.sampled_from([*VOICES[:6], "2_yweweler_10"])
    return st.tuples(st.floats(0.3, 5.0), st.just("speech"), voices, st.sampled_from(texts))


gaps = st.floats(0.05, 3.0)
keyed = st.tuples(gaps, st.just("key"), st.sampled_from("0123456789*#"), st.just(""))
noisy = st.tuples(gaps, st.just("burst"), st.floats(0.03, 0.4), st.floats(-35.0, -10.0))
musical = st.tuples(gaps, st.just("music"), st.floats(0.5, 3.0), st.floats(-35.0, -20.0))
goes = st.tuples(gaps, st.just("expert"), st.sampled_from(["ended", "lost"]), st.just(""))
joined = st.just((3.0, "expert", "joins", ""))
scenes: st.SearchStrategy[tuple[Happening, ...]] = st.one_of(
    st.tuples(_says(*SAID)),
    st.tuples(_says("pin"), _says("4821", "mm-hmm", "oh", "balance"), _says(*SAID)),
    st.tuples(_says("pin"), keyed, keyed, _says(*SAID)),
    st.tuples(_says("person"), joined, _says(*SAID), goes, _says(*SAID)),
    st.tuples(_says(*SAID), st.one_of(noisy, musical, keyed), _says(*SAID)),
)
networks = st.sampled_from(["good", "5 % lost", "100 ms jitter", "both", "out of order"])


@given(
    st.lists(scenes, min_size=1, max_size=3),
    networks,
    st.booleans(),
    st.frozensets(st.integers(0, 12), max_size=5),
    st.lists(st.sampled_from([0.05, 0.3, 2.0, 14.0, None]), min_size=1, max_size=3).map(tuple),
    st.frozensets(st.integers(0, 6), max_size=2),
    st.sampled_from([None, 0.1, 0.9]),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_whatever_comes_over_a_line_everything_comes_to_an_end(
    course: list[tuple[Happening, ...]],
    network: str,
    marks: bool,
    unmarked: frozenset[int],
    recognition: tuple[float | None, ...],
    fails: frozenset[int],
    hint: float | None,
) -> None:
    line = HardLine(
        dialogue,
        replace(POLICY, call=150.0, transfer=30.0),
        marks,
        hint=hint,
        activity=_model().stream(),
        lost=unmarked,
        recognition=recognition,
        fails=fails,
    ).start()
    tape, at = Tape(120.0), 3.0
    for gap, what, which, more in chain.from_iterable(course):
        at = _lay(line, tape, what, at + gap, which, more)
    frames = tape.frames(until=at + 2.0)
    line.hear(frames if network == "good" else NETWORKS[network](frames), at + 4.0)
    line.run(1000.0)
    assert line.ended
    assert len(line.all(do.CloseRecord)) == 1
    nothing_is_spoken_after_a_clear_that_was_queued_before(line)
    nothing_sounds_after_a_clear(line)
    turns_are_asked_in_order_one_at_a_time(line)
    its_journal_replays(line, masked=False)
    its_journal_replays(line, masked=True)
    assert line.most_kept < POLICY.longest + 6.0


_models: list[SileroModel] = []


def _model() -> SileroModel:
    if not _models:
        _models.append(SileroModel(SILERO))
    return _models[0]


def _lay(line: Line, tape: Tape, what: str, at: float, which: object, more: object) -> float:
    """Put something on the tape, or plan it; when it is over."""
    match what, which, more:
        case "speech", str(name), str(text):
            folder = "digits" if name[0].isdigit() else "an4"
            return tape.lay(at, speech(name, folder), text)
        case "burst", float(seconds), float(level):
            return tape.lay(at, white(seconds, level))
        case "music", float(seconds), float(level):
            return tape.lay(at, music(seconds, level))
        case "key", str(key), _:
            line.plan(at, Digit(key))
        case "expert", "joins", _:
            line.plan(at, ExpertJoined("anna", "Anna"))
        case "expert", str(reason), _:
            line.plan(at, ExpertLeft("anna", reason))
    return at

from __future__ import annotations

import pytest

from evaluation.runs.model import CallerTurn
from evaluation.scoring import recognition
from evaluation.scoring.gathered import Gathered
from evaluation.scoring.model import Metric
from evaluation.scoring.recognition import contains, heard_turns
from evaluation.sets.model import Entity, Say, Silence
from tests.evaluation.scoring.calls import call, case, gathered, one, said


def metrics(found: Gathered) -> dict[str, Metric]:
    return {m.key: m for m in recognition.metrics(found, heard_turns(found))}


def test_word_errors_are_counted_after_normalising() -> None:
    found = metrics(one([said(0, "move fifty dollars please", "Move $15, please.")]))
    # move 5 0 dollars please: the 5 was heard as a 1, the 0 as a 5
    assert found["recognition.wer"].samples == {("a", 0): (2.0, 5.0)}
    assert found["recognition.cer"].samples == {("a", 0): (2.0, 23.0)}


def test_what_was_not_heard_is_all_wrong() -> None:
    found = metrics(one([said(0, "help me", "")]))
    assert found["recognition.wer"].samples == {("a", 0): (2.0, 2.0)}


def test_by_tag_and_by_call() -> None:
    cases = [case("a", tags=("noisy",)), case("b", tags=("noisy",)), case("c"), case("d")]
    heard = {"a": "no", "b": "hello", "c": "hello", "d": "hello"}
    calls = [call(name, said(0, "hello", text)) for name, text in heard.items()]
    found = metrics(gathered(cases, calls))
    wer = found["recognition.wer"]
    assert wer.figure is not None
    assert wer.figure.value == 0.25
    assert wer.figure.low <= 0.25 <= wer.figure.high
    assert {tag: figure.value for tag, figure in wer.by_tag.items()} == {"noisy": 0.5}
    assert len(wer.samples) == 4
    characters = found["recognition.cer"].by_tag["noisy"]  # of two calls only
    assert 0.0 <= characters.low < characters.value < characters.high <= 1.0


def test_values_are_right_or_wrong_as_a_whole() -> None:
    script = Say(
        "pay one hundred fifty dollars on december third, account four eight two one",
        entities=(
            Entity("amount", 150.0),
            Entity("date", "2026-12-03", "december third"),
            Entity("digits", "4821"),
            Entity("payee", "Northern Gas"),
        ),
    )
    heard = "Pay $1,500 on Dec. 3, account 4821."
    found = metrics(one([said(0, script.text, heard)], [script]))
    by_kind = {
        key.removeprefix("recognition.values."): metric.samples[("a", 0)]
        for key, metric in found.items()
        if key.startswith("recognition.values.")
    }
    # nobody says the payee's name, so nothing can be said of how it was heard
    assert by_kind == {"amount": (0.0, 1.0), "date": (1.0, 1.0), "digits": (1.0, 1.0)}
    assert found["recognition.values"].samples == {("a", 0): (2.0, 3.0)}


def test_a_number_is_not_a_part_of_another() -> None:
    assert contains("i owe 5 0 dollars".split(), "5 0 dollars".split())
    assert not contains("i owe 1 5 0 dollars".split(), "5 0 dollars".split())
    assert not contains("4 8 2 1 5".split(), "4 8 2 1".split())
    assert not contains(["a"], [])


def test_words_in_silence_are_made_up() -> None:
    heard = ("Thank you.", "", "[silence]")
    turns = [CallerTurn(n, "silence", "", heard=text) for n, text in enumerate(heard)]
    found = metrics(one(turns, [Silence(3.0)] * 3))
    assert found["recognition.hallucination"].samples == {("a", 0): (1.0, 3.0)}
    assert found["recognition.wer"].because


def test_a_secret_is_compared_only_where_it_is_known_and_never_shown() -> None:
    script = [Say("four eight two one", secret=True), Say("one nine", secret=True)]
    turns = [said(0, "four eight two one", "4822", secret=True), said(1, "one nine", "••")]
    found = one(turns, script)
    heard = heard_turns(found)
    assert metrics(found)["recognition.wer"].samples == {("a", 0): (1.0, 4.0)}
    (aligned,) = recognition.alignments(heard)
    assert (aligned.errors, aligned.words) == (1, 4)
    assert [op for op, _, _ in aligned.pairs] == ["=", "=", "=", "S"]
    assert not any(sign.isalnum() for _, *texts in aligned.pairs for text in texts for sign in text)


def test_alignments_show_what_was_heard_for_what() -> None:
    (aligned,) = recognition.alignments(heard_turns(one([said(0, "to savings", "to shavings")])))
    assert aligned.pairs == (("=", "to", "to"), ("S", "savings", "shavings"))
    assert (aligned.case, aligned.attempt, aligned.turn) == ("a", 0, 0)


@pytest.mark.parametrize("reference", ["", "••••"])
def test_nothing_is_compared_without_a_reference(reference: str) -> None:
    assert heard_turns(one([said(0, reference, "hello")])) == []


def test_a_sound_of_listening_is_not_transcribed() -> None:
    assert heard_turns(one([said(0, "mm-hmm", "", backchannel=True)])) == []

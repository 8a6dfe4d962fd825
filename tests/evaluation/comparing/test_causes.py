"""What is to blame where several stages got worse at once."""

from __future__ import annotations

from evaluation.bench.intervals import Figure
from evaluation.comparing.compare import compare
from evaluation.comparing.model import Comparison, Gate, Margin
from evaluation.scoring.model import Confusion, Metric
from tests.evaluation.comparing.made import Samples, metric, scores

CUT, WER = "activity.cut_off", "recognition.wer"
HEARD, REFERENCE = "understanding.accuracy_heard", "understanding.accuracy_reference"
SUCCESS = "dialogue.success"
GATE = Gate(margins=tuple(Margin(key, 0.01) for key in (CUT, WER, HEARD, REFERENCE, SUCCESS)))
CALLS = 80


def samples(bad: set[int], wrong: float, right: float, of: float) -> Samples:
    return {(f"case-{at}", 0): (wrong if at in bad else right, of) for at in range(CALLS)}


def run(
    cut: set[int], misheard: set[int], misread: set[int], failed: set[int]
) -> tuple[Metric, ...]:
    """Calls by number that went wrong at each stage."""
    return (
        metric(CUT, samples(cut, 1, 0, 4), better="lower"),
        metric(WER, samples(misheard, 6, 1, 20), better="lower"),
        metric(HEARD, samples(misread | misheard, 2, 4, 4)),
        metric(REFERENCE, samples(misread, 2, 4, 4)),
        metric(SUCCESS, samples(failed, 0, 1, 1)),
    )


def compared(cut: set[int], misheard: set[int], misread: set[int], failed: set[int]) -> Comparison:
    some = {1, 2}
    return compare(
        scores(*run(some, some, some, some)),
        scores(*run(cut | some, misheard | some, misread | some, failed | some)),
        GATE,
    )


def follows(found: Comparison, key: str) -> tuple[str, ...]:
    return next(change.follows for change in found.changes if change.key == key)


def test_everything_that_comes_of_cut_off_callers_follows_from_endpointing() -> None:
    bad = set(range(10, 30))
    found = compared(cut=bad, misheard=bad, misread=set(), failed=bad)
    assert found.status == "failed"
    assert found.causes == ("activity",)
    for key in (WER, HEARD, SUCCESS):
        assert follows(found, key) == ("activity",)


def test_noise_is_recognitions_fault_and_understanding_follows() -> None:
    bad = set(range(10, 30))
    found = compared(cut=set(), misheard=bad, misread=set(), failed=bad)
    assert found.causes == ("recognition",)
    assert follows(found, HEARD) == follows(found, SUCCESS) == ("recognition",)


def test_an_intent_not_known_is_understandings_fault() -> None:
    bad = set(range(10, 30))
    found = compared(cut=set(), misheard=set(), misread=bad, failed=bad)
    assert found.causes == ("understanding",)
    assert follows(found, SUCCESS) == ("understanding",)


def test_two_faults_in_different_calls_are_both_to_blame() -> None:
    found = compared(
        cut=set(range(10, 30)),
        misheard=set(range(10, 30)) | set(range(40, 60)),
        misread=set(),
        failed=set(),
    )
    assert set(found.causes) == {"activity", "recognition"}


def test_understanding_of_what_was_said_follows_from_nothing_that_was_heard() -> None:
    bad = set(range(10, 30))
    found = compared(cut=bad, misheard=bad, misread=bad, failed=bad)
    assert follows(found, REFERENCE) == ()
    assert set(found.causes) == {"activity", "understanding"}


def test_where_all_calls_are_hurt_what_came_before_is_to_blame() -> None:
    every = set(range(CALLS))
    found = compared(cut=every, misheard=every, misread=set(), failed=every)
    assert found.causes == ("activity",)


def test_the_intents_and_tags_that_it_is_about_are_named() -> None:
    def counts(balance: int, transfer: int) -> Confusion:
        return Confusion(
            "reference",
            {
                ("balance", "balance"): balance,
                ("balance", "nlu_fallback"): 20 - balance,
                ("transfer", "transfer"): transfer,
                ("transfer", "balance"): 20 - transfer,
            },
        )

    good, poor = Figure(0.95, 0.8, 0.99), Figure(0.1, 0.0, 0.4)
    bad = set(range(10, 30))
    before, after = (
        scores(
            metric(REFERENCE, samples(hurt, 2, 4, 4), by_tag={"transfer": of_tag, "clean": good}),
            confusions=[counts(19, found)],
        )
        for hurt, of_tag, found in ((set(), good, 20), (bad, poor, 0))
    )
    (change,) = compare(before, after, GATE).changes
    assert change.details == (
        "intent transfer: 20 of 20 found before, 0 of 20 after",
        "transfer: 95.0 % before, 10.0 % after",
    )

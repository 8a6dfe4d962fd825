"""Which words of a growing transcript are sure."""

from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.hypothesis import MOST_WORDS, Hypothesis, LocalAgreement

WORDS = st.sampled_from(["I", "want", "to", "two", "too", "pay", "Pay,", "my", "bill.", "4", "-"])
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=8)


def heard(*texts: str) -> list[Hypothesis]:
    agreement = LocalAgreement()
    return [agreement.hear(text) for text in texts]


def test_nothing_is_sure_after_one_hypothesis():
    assert heard("I want") == [Hypothesis("", "I want")]


def test_what_two_in_a_row_agree_upon_is_sure():
    assert heard("I want two", "I want to pay", "I want to pay my")[1:] == [
        Hypothesis("I want", "to pay"),
        Hypothesis("I want to pay", "my"),
    ]


def test_case_and_punctuation_make_no_difference():
    assert heard("Yes. my", "yes, my card")[-1] == Hypothesis("yes, my", "card")


def test_sure_words_stay_when_a_later_hypothesis_differs():
    last = heard("pay my bill", "pay my bill", "bay my bill now", "hey my bill now please")[-1]
    assert last == Hypothesis("pay my bill now", "please")


def test_a_later_hypothesis_may_write_sure_words_in_fewer():
    last = heard("four four two nine", "four four two nine", "44 2 nine seven", "44 2 nine seven")
    assert last[-1].stable == "four four two nine seven"


def test_a_hypothesis_without_words_takes_nothing_back():
    assert heard("I want", "I want to", "")[-1] == Hypothesis("I want", "")


def test_text_is_all_of_it():
    assert [h.text for h in heard("", "I want", "I will")] == ["", "I want", "I will"]


def test_endless_text_is_cut():
    assert len(heard("no " * 5000)[0].tentative.split()) == MOST_WORDS


@given(TEXTS)
def test_sure_words_never_change(texts):
    stable: list[str] = []
    for hypothesis in heard(*texts):
        words = hypothesis.stable.split()
        assert words[: len(stable)] == stable
        stable = words


@given(TEXTS)
def test_what_is_sure_was_said_by_hypotheses(texts):
    for count, hypothesis in enumerate(heard(*texts), 1):
        spoken = set(" ".join(texts[:count]).split())
        assert set(hypothesis.text.split()) <= spoken


@given(st.lists(WORDS, max_size=12), st.integers(1, 3))
def test_a_transcript_that_only_grows_is_sure_one_step_later(words, step):
    texts = [" ".join(words[:end]) for end in range(0, len(words) + 1, step)]
    for former, hypothesis in zip(texts, heard(*texts)[1:], strict=False):
        assert hypothesis.stable == former


@given(st.lists(WORDS, min_size=1, max_size=12).map(" ".join))
def test_the_same_twice_is_sure(text):
    assert heard(text, text)[-1] == Hypothesis(text, "")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue import numerals

VALUES = {
    **{w: i for i, w in enumerate(numerals._SMALL)},
    **{w: 10 * i for i, w in enumerate(numerals._TENS) if i > 1},
}
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def understood(words: str) -> int:
    """Words back to a number, by an independent way."""
    total = part = 0
    for word in words.replace("-", " ").split():
        if word == "hundred":
            part *= 100
        elif word in SCALES:
            total, part = total + part * SCALES[word], 0
        else:
            part += VALUES[word]
    return total + part


@given(st.integers(0, numerals.LARGEST))
def test_a_cardinal_is_understood(number):
    assert understood(numerals.cardinal(number)) == number


def test_some_cardinals():
    assert numerals.cardinal(0) == "zero"
    assert numerals.cardinal(-17) == "minus seventeen"
    assert numerals.cardinal(1_000_001) == "one million one"
    with pytest.raises(ValueError, match="too large"):
        numerals.cardinal(10**15)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "first"),
        (12, "twelfth"),
        (20, "twentieth"),
        (23, "twenty-third"),
        (100, "one hundredth"),
    ],
)
def test_ordinals(number, said):
    assert numerals.ordinal(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1066, "one thousand sixty-six"),
        (1905, "nineteen oh five"),
        (1999, "nineteen ninety-nine"),
        (2000, "two thousand"),
        (2009, "two thousand nine"),
        (2010, "twenty ten"),
        (2026, "twenty twenty-six"),
    ],
)
def test_years(number, said):
    assert numerals.year(number) == said


@given(st.text(alphabet="0123456789", min_size=1, max_size=40))
def test_no_digit_is_lost_digit_by_digit(digits):
    words = numerals.digit_by_digit(digits).replace(",", "").split()
    assert "".join(str(VALUES[word]) for word in words) == digits

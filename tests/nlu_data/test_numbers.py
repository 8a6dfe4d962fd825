import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken.numbers import cardinal, digit_runs, spoken_digits, written
from spoken.tokens import words

NAMES = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four eight two one", "4821"),
        ("It's 4821.", "4821"),
        ("4-8-2-1", "4821"),
        ("4, 8, 2, 1.", "4821"),
        ("4,821", "4821"),
        ("um, four eight, uh, two one", "4821"),
        ("double seven oh three", "7703"),
        ("triple two nine", "2229"),
        ("forty eight twenty one", "4821"),
        ("48 21", "4821"),
        ("for ate to one", "4821"),
        ("zero eight one seven", "0817"),
        ("nine thousand no nine oh three five", "9035"),
        ("one two three four no wait four eight two one", "4821"),
        ("my pin is four eight and two one please", "4821"),
    ],
)
def test_a_pin_as_people_say_it(said: str, digits: str) -> None:
    assert spoken_digits(words(said), 4) == digits


@pytest.mark.parametrize("said", ["four eight two", "four eight two one nine", "yes please", ""])
def test_another_length_is_no_pin(said: str) -> None:
    assert spoken_digits(words(said), 4) is None


def test_six_digits() -> None:
    assert spoken_digits(words("it's two oh four eight one five"), 6) == "204815"
    assert spoken_digits(words("20 48 15"), 6) == "204815"
    assert spoken_digits(words("204-815"), 6) == "204815"


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_digits_read_one_by_one_come_back(digits: list[int]) -> None:
    said = " ".join(NAMES[digit] for digit in digits)
    assert spoken_digits(words(said), len(digits)) == "".join(map(str, digits))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("two hundred and fifty", 250),
        ("twelve hundred", 1200),
        ("a hundred", 100),
        ("a thousand", 1000),
        ("one thousand two hundred thirty four", 1234),
        ("3 thousand", 3000),
        ("1,200", 1200),
        ("ninety nine", 99),
    ],
)
def test_numbers_in_words(said: str, value: float) -> None:
    spoken = words(said)
    assert cardinal(spoken, 0) == (value, len(spoken))


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    spoken = words(text)
    for digits, first, after in digit_runs(spoken, lenient=True):
        assert digits.isdigit() or not digits.isascii()
        assert first < after <= len(spoken)
    for at in range(len(spoken)):
        cardinal(spoken, at)
        written(spoken[at])

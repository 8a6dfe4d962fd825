from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.scoring.normalise import comparable, normalised

SAME = [
    # numbers
    ("two hundred", "200"),
    ("two hundred and fifty", "250"),
    ("a hundred", "100"),
    ("one thousand two hundred thirty four", "1,234"),
    ("twelve hundred", "1200"),
    ("two thousand and six", "2006"),
    ("a hundred thousand", "100,000"),
    ("two hundred and fifty thousand", "250,000"),
    ("three million", "3,000,000"),
    ("5k", "five thousand"),
    ("minus five", "-5"),
    ("forty-two", "42"),
    ("nineteen eighty nine", "1989"),
    ("one nine eight nine", "1989"),
    ("nineteen oh five", "1905"),
    ("two point five", "2.5"),
    ("point five", ".5"),
    ("number 7", "#7"),
    ("between two hundred and three hundred", "between 200 and 300"),
    ("twenty four seven", "24/7"),
    # runs of digits, telephone numbers
    ("four eight two one", "4821"),
    ("double five oh one", "5501"),
    ("triple seven", "777"),
    ("oh seven nine", "079"),
    ("5 5 5 1 2 3 4 5 6 7", "(555) 123-4567"),
    ("five five five one two three four", "555-1234"),
    ("plus one five five five", "+1 555"),
    # money
    ("twelve dollars and fifty cents", "$12.50"),
    ("twelve dollars fifty cents", "$12.50"),
    ("twelve dollars fifty", "$12.50"),
    ("12.50 dollars", "$12.50"),
    ("twelve point five oh dollars", "$12.50"),
    ("one thousand two hundred thirty four dollars and fifty cents", "$1,234.50"),
    ("fifty dollars", "$50.00"),
    ("one dollar", "$1"),
    ("five cents", "$0.05"),
    ("fifty cents", "50¢"),
    ("two million dollars", "$2 million"),
    ("one point five million dollars", "$1.5 million"),
    ("five thousand dollars", "$5k"),
    ("three pounds and twenty pence", "£3.20"),
    ("nine euros", "€9"),
    ("forty dollars", "USD 40"),
    ("forty dollars", "40 USD"),
    ("move fifty dollars from checking", "Move $50 from checking."),
    # percent
    ("two point five percent", "2.5 %"),
    ("three per cent", "3%"),
    # ordinals
    ("the second floor", "the 2nd floor"),
    ("twenty first", "21st"),
    ("one hundredth", "100th"),
    # dates
    ("june twenty second", "June 22nd"),
    ("june twenty second", "June 22"),
    ("the twenty second of june", "June 22"),
    ("22 June", "June 22"),
    ("december third twenty twenty six", "2026-12-03"),
    ("december third twenty twenty six", "12/03/2026"),
    ("december third two thousand twenty six", "December 3, 2026"),
    ("the third of december twenty twenty six", "Dec. 3, 2026"),
    ("january first", "Jan 1"),
    ("december twenty fourth and twenty fifth", "December 24th and 25th"),
    # times
    ("two p m", "2:00 PM"),
    ("two pm", "2 p.m."),
    ("two o'clock", "2:00"),
    ("ten thirty", "10:30"),
    ("nine oh five a m", "9:05 am"),
    ("half past three", "3:30"),
    ("a quarter to four", "3:45"),
    ("a quarter past four", "4:15"),
    ("quarter to one", "12:45"),
    ("ten past nine", "9:10"),
    ("fourteen oh five", "14:05"),
    # spelled letters
    ("A M Y", "AMY."),
    ("A M Y", "A-M-Y"),
    ("A M Y", "Amy"),
    ("A M Y", "A. M. Y."),
    ("C Z D Z W EIGHT", "CZDZW8"),
    ("B double L", "B L L"),
    ("zed", "Z"),
    # contractions
    ("I would like", "I'd like"),
    ("it has been done", "it's been done"),
    ("do not", "don’t"),
    ("I can not", "I cannot"),
    ("I will not", "I won't"),
    ("we have", "we've"),
    ("let us go", "let's go"),
    ("I am going to pay", "I'm gonna pay"),
    # fillers, case, punctuation, accents
    ("uh I want um a card", "I want a card"),
    ("Hello, Mr. Berg!", "hello mister berg"),
    ("café", "cafe"),
    ("OK", "okay"),
    ("uh-huh", "Uh huh."),
    ("mm-hmm", "mhm"),
    # spelling
    ("colour of the cheque", "color of the check"),
    ("the transfer was cancelled", "the transfer was canceled"),
    ("please authorise it", "please authorize it"),
    ("chequebook", "check book"),
    ("e-mail", "email"),
    ("web site", "website"),
    ("see an adviser at the centre", "see an advisor at the center"),
    # addresses and signs
    ("maria dot lopez at example dot com", "maria.lopez@example.com"),
    ("checking and savings", "checking & savings"),
    # the reading without the name of a sign
    ("forty two fifty", "$42.50"),
    ("fifty", "$50"),
    ("notes of 5, 10 and 20 dollars for $9.90", "notes of $5, $10 and $20 for $9.90"),
]
OTHER = [
    ("fifteen", "fifty"),
    ("forty five", "40 5"),
    ("two hundred", "2,000"),
    ("fifty dollars", "fifty cents"),
    ("fifty dollars", "fifty euros"),
    ("fifty dollars", "fifty"),
    ("five bucks", "five dollars"),
    ("$12.50", "$12.05"),
    ("$5", "$500"),
    ("2.5 percent", "25 percent"),
    ("2.5", "25"),
    ("June 22", "June 23"),
    ("June 22", "July 22"),
    ("12/03/2026", "12/04/2026"),
    ("2 pm", "2 am"),
    ("10:30", "10:13"),
    ("half past three", "half past four"),
    ("a quarter to four", "a quarter past four"),
    ("nine to five", "nine past five"),
    ("second", "seconds"),
    ("the first", "the one"),
    ("yes", "yeah"),
    ("no", "know"),
    ("can", "can't"),
    ("I will", "I would"),
    ("checking", "check in"),
    ("Amy", "A M I"),
    ("A M Y", "A N Y"),
    ("double five", "five"),
    ("mhm", "uh-huh"),
    ("minus five", "five"),
    ("bank's", "banks"),
    ("the customer's", "the customer is"),
    ("seven", "7th"),
]


@pytest.mark.parametrize(("reference", "hypothesis"), SAME)
def test_the_same_thing_written_differently(reference: str, hypothesis: str) -> None:
    wanted, heard = comparable(reference, hypothesis)
    assert wanted == heard


@pytest.mark.parametrize(("reference", "hypothesis"), OTHER)
def test_another_thing_stays_another_thing(reference: str, hypothesis: str) -> None:
    for one, two in ((reference, hypothesis), (hypothesis, reference)):
        wanted, heard = comparable(one, two)
        assert wanted != heard


def test_a_long_table() -> None:
    assert len(SAME) + len(OTHER) >= 80
    assert len(set(SAME)) == len(SAME)


def test_numbers_are_single_digits() -> None:
    assert normalised("I paid $1,234.50 on June 22nd, at 2:00 PM") == (
        "i paid 1 2 3 4 dollars 5 0 cents on june 2 2 at 2 pm".split()
    )


def test_what_only_a_sign_says_may_be_left_out() -> None:
    assert normalised("$42.50", named_money=False) == ["4", "2", "5", "0"]
    assert normalised("42 dollars", named_money=False) == ["4", "2", "dollars"]


VOCABULARY = (
    "24th 25th and until 3rd december "
    "a the oh o and two five ten twenty forty fifteen hundred thousand million 5 42 007 1,234 2.5 "
    "$12.50 $5 £3 50% 22nd june may dec. of to past half quarter o'clock 10:30 2:00 9.05 am p.m. "
    "a.m. dollars cents dollar point minus double triple u uh um it's I'd been don't can't e mail "
    "A-M-Y AMY x 2026-12-03 12/03/2026 5k first second hundredth between per cent usd + # & k "
    "555-1234"
).split()
soup = st.lists(st.sampled_from(VOCABULARY), max_size=9).map(" ".join)
any_text = st.one_of(st.text(max_size=60), soup)


@settings(max_examples=400)
@given(any_text)
def test_what_is_in_the_one_form_stays_as_it_is(text: str) -> None:
    words = normalised(text)
    assert normalised(" ".join(words)) == words


@given(any_text)
def test_words_are_plain(text: str) -> None:
    for word in normalised(text):
        assert word
        assert word == word.lower()
        assert not any(sign.isspace() for sign in word)
        assert len(word) == 1 or not any(sign.isdigit() for sign in word)


@given(any_text)
def test_a_text_is_what_it_is(text: str) -> None:
    wanted, heard = comparable(text, text)
    assert wanted == heard


@given(st.integers(0, 10**12))
def test_a_number_in_figures_is_its_digits(number: int) -> None:
    assert normalised(f"{number:,}") == normalised(str(number)) == list(str(number))


@given(st.integers(0, 999_999), st.integers(1, 99))
def test_money_in_words_is_money_in_signs(dollars: int, cents: int) -> None:
    written = normalised(f"${dollars:,}.{cents:02d}")
    said = normalised(f"{dollars} dollars and {cents} cents" if dollars else f"{cents} cents")
    assert written == said


def test_very_long_texts_are_no_trouble() -> None:
    assert len(normalised("9" * 6000 + " thousand")) == 6003
    assert normalised("word " * 3000) == ["word"] * 3000

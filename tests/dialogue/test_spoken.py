import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.dialogue.spoken import spoken

CASES = {
    # amounts
    "$1,234.50": "one thousand two hundred thirty-four dollars and fifty cents",
    "Your balance is $1,234.50.": (
        "Your balance is one thousand two hundred thirty-four dollars and fifty cents."
    ),
    "$1": "one dollar",
    "$0.01": "one cent",
    "$0.50": "fifty cents",
    "$0": "zero dollars",
    "$21.1": "twenty-one dollars and ten cents",
    "-$5.00": "minus five dollars",
    "US$40 and USD 40": "forty US dollars and forty US dollars",
    "£2.01 and £1": "two pounds and one penny and one pound",
    "12.50 €": "twelve euros and fifty cents",
    "¥500": "five hundred yen",
    "12.50 dollars": "twelve dollars and fifty cents",
    "1,000 dollars": "one thousand dollars",
    "$1.5 million": "one point five million dollars",
    "$2bn": "two billion dollars",
    "$1,000,000": "one million dollars",
    # dates
    "3 December": "December third",
    "the 3rd of December": "December third",
    "December 3rd": "December third",
    "Dec 3, 2026": "December third, twenty twenty-six",
    "3 December 2026.": "December third, twenty twenty-six.",
    "2026-12-03": "December third, twenty twenty-six",
    "12/03/2026": "December third, twenty twenty-six",
    "31/12/2026": "December thirty-first, twenty twenty-six",
    "May 2007": "May two thousand seven",
    "since 1905": "since nineteen oh five",
    "in 1900": "in nineteen hundred",
    "May 5 at 10": "May fifth at ten",
    # times
    "10:30 am": "ten thirty A M",
    "at 9am.": "at nine A M.",
    "from 9:00 a.m. to 5 p.m.": "from nine A M to five P M.",
    "5.30pm": "five thirty P M",
    "14:05": "fourteen oh five",
    "10:00": "ten o'clock",
    "00:00": "midnight",
    "10:30-11:30 am": "ten thirty to eleven thirty A M",
    # telephone numbers
    "555-123-4567": "five five five, one two three, four five six seven",
    "(555) 123-4567": "five five five, one two three, four five six seven",
    "+1 555 123 4567": "plus one, five five five, one two three, four five six seven",
    "1-800-555-0199": "one, eight zero zero, five five five, zero one nine nine",
    "555-0199": "five five five, zero one nine nine",
    "+44 20 7946 0958": "plus four four, two zero, seven nine four six, zero nine five eight",
    # codes
    "your card ending in 4821": "your card ending in four eight two one",
    "**** 4821": "ending in four eight two one",
    "xxxx-4821": "ending in four eight two one",
    "the last four digits are 4821": "the last four digits are four eight two one",
    "account number 12345678": "account number one two three four, five six seven eight",
    "PIN 0042": "PIN zero zero four two",
    "code: 123456": "code: one two three, four five six",
    "AB12": "A B, one two",
    "TX-9912A": "T X, nine nine one two, A",
    "4000 1234 5678 9010": (
        "four zero zero zero, one two three four, five six seven eight, nine zero one zero"
    ),
    "20-45-99": "two zero, four five, nine nine",
    "1234567": "one two three four, five six seven",
    "007": "zero zero seven",
    # addresses
    "john.smith42@bank.com": "john dot smith four two at bank dot com",
    "a_b-c@x.org": "a underscore b dash c at x dot org",
    "www.harbourbank.com/help.": "W W W dot harbourbank dot com slash help.",
    "https://harbourbank.com": "harbourbank dot com",
    "harbourbank.com": "harbourbank dot com",
    # other numbers
    "2.5%": "two point five percent",
    "0.75 percent": "zero point seven five percent",
    "-3": "minus three",
    "12345": "twelve thousand three hundred forty-five",
    "1,999 of 2026": "one thousand nine hundred ninety-nine of twenty twenty-six",
    "the 1st, 2nd, 12th and 21st": "the first, second, twelfth and twenty-first",
    "Press 1 or 0.": "Press one or zero.",
    "3-5 days": "three to five days",
    "24/7": "twenty-four seven",
    "No. 5, #7": "number five, number seven",
    # abbreviations
    "Dr. Smith": "Doctor Smith",
    "12 Main St. near St. James Ave.": "twelve Main Street near Saint James Avenue.",
    "e.g. loans, i.e. credit, etc.": "for example loans, that is credit, et cetera.",
    "Tom & Co": "Tom and Co",
    # nothing to do
    "How can I help you today?": "How can I help you today?",
    "It's a well-known twenty-four hour line.": "It's a well-known twenty-four hour line.",
    "": "",
    "  two   spaces ": "two spaces",
}


@pytest.mark.parametrize(("text", "said"), CASES.items())
def test_it_is_said_like_this(text, said):
    assert spoken(text) == said


@pytest.mark.parametrize("text", CASES)
def test_what_is_words_stays(text):
    assert spoken(spoken(text)) == spoken(text)


TEXTS = st.text(max_size=60) | st.text(
    alphabet="0123456789 .,-+:/$€£%@#()*&'AaBbMmPpSsTtxk\t²٣½Ⅷ", max_size=40
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_it_never_raises_and_leaves_no_digit(text):
    said = spoken(text)
    assert not any(c.isdigit() for c in said)
    assert said == " ".join(said.split())
    assert said.isprintable()


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_saying_it_again_changes_nothing(text):
    assert spoken(spoken(text)) == spoken(text)


def test_long_text_takes_no_long_time():
    for text in ("9" * 5000, "1," * 3000, "a" * 5000, "a.b@" * 2000, "1-" * 3000, "+1 " * 2000):
        assert not any(c.isdigit() for c in spoken(text))

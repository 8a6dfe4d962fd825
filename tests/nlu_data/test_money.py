import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken.money import amounts, last_amount
from spoken.say import money
from spoken.tokens import words


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        ("two hundred dollars", 20000),
        ("$1,234.50", 123450),
        ("$85", 8500),
        ("twelve hundred", 120000),
        ("two fifty", 25000),
        ("forty two fifty", 4250),
        ("a hundred and five bucks", 10500),
        ("fifty dollars and twenty cents", 5020),
        ("eighty five dollars forty", 8540),
        ("actually no, make it two hundred", 20000),
        ("fifty no wait sixty dollars", 6000),
        ("ninety nine cents", 99),
        ("two thousand five hundred and ten dollars", 251000),
        ("about sixty", 6000),
        ("12.50", 1250),
        ("a dollar", 100),
    ],
)
def test_an_amount_as_people_say_it(said: str, cents: int) -> None:
    assert last_amount(words(said)) == cents


@pytest.mark.parametrize("said", ["at 5 pm", "no thanks", "in the morning", "at 10:30", ""])
def test_what_is_no_amount(said: str) -> None:
    assert last_amount(words(said)) is None


def test_a_bare_number_counts_only_where_an_amount_was_asked_for() -> None:
    assert amounts(words("four eight two one")) == []
    assert amounts(words("move two hundred dollars to savings")) == [(20000, 1, 4)]


@given(st.integers(1, 9_999_999))
def test_money_written_is_money_read(cents: int) -> None:
    assert last_amount(words(money(cents))) == cents


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(cents >= 0 for cents, _, _ in amounts(words(text), bare=True))

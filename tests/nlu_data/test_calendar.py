from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken.calendar import dates, in_same_week, spoken_date, spoken_time, times
from spoken.say import clock, day
from spoken.tokens import words

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("today", "2026-11-24"),
        ("tomorrow please", "2026-11-25"),
        ("the day after tomorrow", "2026-11-26"),
        ("thursday", "2026-11-26"),
        ("on friday", "2026-11-27"),
        ("next tuesday", "2026-12-01"),
        ("next thursday", "2026-12-03"),
        ("tuesday", "2026-12-01"),
        ("wednesday next week", "2026-12-02"),
        ("the third of december", "2026-12-03"),
        ("December 3rd", "2026-12-03"),
        ("december twenty first", "2026-12-21"),
        ("friday december the fourth", "2026-12-04"),
        ("12/5", "2026-12-05"),
        ("the fifteenth", "2026-12-15"),
        ("in two weeks", "2026-12-08"),
        ("in 3 days", "2026-11-27"),
        ("the end of the month", "2026-11-30"),
        ("march second", "2027-03-02"),
        ("monday no wait friday", "2026-11-27"),
        ("right away", "2026-11-24"),
    ],
)
def test_a_date_as_people_say_it(said: str, wanted: str) -> None:
    found = spoken_date(words(said), TUESDAY)
    assert found is not None
    assert found.isoformat() == wanted


@pytest.mark.parametrize("said", ["two hundred dollars", "yes", "may i ask something", "second"])
def test_what_is_no_date(said: str) -> None:
    assert spoken_date(words(said), TUESDAY) is None


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("ten thirty", "10:30"),
        ("half past two", "14:30"),
        ("quarter to three", "14:45"),
        ("have passed two", "14:30"),
        ("quarter past nine", "09:15"),
        ("at 2 pm", "14:00"),
        ("2 p.m.", "14:00"),
        ("2:30", "14:30"),
        ("10:15 a.m.", "10:15"),
        ("noon", "12:00"),
        ("ten o'clock", "10:00"),
        ("three in the afternoon", "15:00"),
        ("eleven", "11:00"),
        ("nine fifteen", "09:15"),
        ("two no three o'clock", "15:00"),
        ("14:30", "14:30"),
        ("630", "18:30"),
        ("1030", "10:30"),
        ("6.30", "18:30"),
    ],
)
def test_a_time_as_people_say_it(said: str, wanted: str) -> None:
    found = spoken_time(words(said))
    assert found is not None
    assert found.isoformat("minutes") == wanted


def test_a_naked_hour_needs_a_question_for_a_time() -> None:
    assert times(words("two"), bare=False) == []
    assert times(words("630 dollars"), bare=False) == []
    assert times(words("at two"), bare=False) == [(time(14), 1, 2)]


@given(st.text(max_size=60), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_no_text_breaks_the_readers(text: str, today: date) -> None:
    spoken = words(text)
    assert all(found >= today for found, _, _ in dates(spoken, today))
    times(spoken)


def test_a_weekday_said_later_stays_in_the_week_of_the_first() -> None:
    third = date(2026, 12, 3)
    assert in_same_week(words("can you do friday instead"), third, TUESDAY) == date(2026, 12, 4)
    assert in_same_week(words("next friday"), third, TUESDAY) is None
    assert in_same_week(words("friday the eleventh"), third, TUESDAY) is None
    assert in_same_week(words("monday"), date(2026, 11, 26), TUESDAY) is None


def test_how_dates_and_times_are_written() -> None:
    assert day(date(2026, 12, 3)) == "Thursday, 3 December"
    assert clock(time(14, 30)) == "2:30 PM"
    assert clock(time(0, 5)) == "12:05 AM"

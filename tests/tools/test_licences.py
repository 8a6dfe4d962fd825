from tests.tools.loading import load

licences = load("licences")


def test_the_page_is_up_to_date() -> None:
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), "run: make licences"

"""Web addresses made bearable."""

import pytest

from gateway.mail.links import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://example.org/a.", "see https://example.org/a."),
        ("https://example.org/a?utm_source=x&id=7", "https://example.org/a?id=7"),
        ("https://example.org/a?utm_source=x&fbclid=y!", "https://example.org/a!"),
        ("go: https://www.example.org/" + "a" * 80 + ".", "go: (link to example.org)."),
        ("our page <https://track.example/abc>, thanks", "our page, thanks"),
        ("Anna <mailto:anna@example.org> writes", "Anna writes"),
        ("Hi [cid:image001.png@01D] there", "Hi  there"),
        ("<https://example.org/a>", "<https://example.org/a>"),
        ("https://[broken/" + "x" * 80, "(link)"),
        ("no link: http and so on", "no link: http and so on"),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown

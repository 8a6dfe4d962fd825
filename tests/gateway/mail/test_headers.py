"""Header fields decoded and bounded."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail import headers
from gateway.mail.headers import Address


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe_aus?= =?iso-8859-1?q?_K=F6ln?=", "Grüße aus Köln"),
        ("=?UTF-8?B?4oKs?= 100", "€ 100"),
        # one letter torn apart by a careless program
        ("=?utf-8?Q?Gr=C3?=\n =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?!!!!?= x", "x"),
        ("=?utf-8?B?A?= x", "=?utf-8?B?A?= x"),
        ("=?x-klingon?Q?nuqneH?=", "nuqneH"),
        ("Gr\udcc3\udcbc\udcc3\udc9fe", "Grüße"),  # bytes without any encoding
        ("Gr\udcfc\udcdfe", "Grüße"),
        ("folded\n over\n\tlines", "folded over lines"),
        ("=?utf-8?Q?a=0D=0ABcc:_victim@example.org?=", "a Bcc: victim@example.org"),
    ],
)
def test_decoded(raw, shown):
    assert headers.decoded(raw) == shown


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("Anna <anna@Example.ORG>", (Address("anna@example.org", "Anna"),)),
        ("anna@example.org", (Address("anna@example.org"),)),
        (
            '"Doe, John" <j@x.org>, eve@x.org',
            (Address("j@x.org", "Doe, John"), Address("eve@x.org")),
        ),
        ("=?utf-8?Q?M=C3=BCller=2C_Eva?= <e@x.org>", (Address("e@x.org", "Müller, Eva"),)),
        ("undisclosed-recipients:;", ()),
        ("<>", ()),
        ("no address", ()),
        ("a@b@c.org", ()),
        ("../../etc@passwd/x", ()),
        ("x@[127.0.0.1]", ()),
        ("(" * 3000, ()),
        ("a@b..c", ()),
    ],
)
def test_addresses(raw, found):
    assert headers.addresses(raw) == found


def test_a_name_that_looks_like_an_address_is_only_a_name():
    (one,) = headers.addresses('"boss@bank.example" <thief@evil.example>')
    assert one.address == "thief@evil.example"


def test_date_with_its_zone():
    found = headers.date("Tue, 24 Nov 2026 09:15:00 +0100 (CET)")
    assert found is not None
    assert found.utcoffset() == timedelta(hours=1)
    assert headers.date("Tue, 24 Nov 2026 09:15:00 -0000").tzinfo == UTC


@pytest.mark.parametrize(
    "raw", ["", "yesterday", "99 Foo 2026", "Tue, 24 Nov 99999 09:15:00 +0000", "1 Jan 1 0:0 +9999"]
)
def test_what_is_no_date(raw):
    assert headers.date(raw) is None


def test_message_ids():
    assert headers.message_ids("<a@b> (x) <c@d>\n <e@f>") == ("<a@b>", "<c@d>", "<e@f>")
    assert headers.message_ids("<a b> none") == ()


@given(st.text(max_size=300))
def test_nothing_fails_and_all_stays_on_one_line(raw):
    assert "\n" not in headers.decoded(raw)
    assert "\n" not in headers.unfolded(raw)
    headers.addresses(raw)
    headers.date(raw)
    headers.message_ids(raw)

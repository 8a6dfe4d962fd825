"""SPF records, after RFC 7208: what they let pass, and what they can't be made to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.spf import Result, check

ZONE: Mapping[tuple[str, str], Sequence[str]] = {
    ("example.com", "A"): ["192.0.2.10", "192.0.2.11"],
    ("example.com", "MX"): ["mail-a.example.com.", "mail-b.example.com."],
    ("mail-a.example.com", "A"): ["192.0.2.129"],
    ("mail-b.example.com", "A"): ["192.0.2.130"],
    ("example.net", "TXT"): ["v=spf1 ip4:198.51.100.0/24 ?all"],
    ("loop.example", "TXT"): ["v=spf1 include:loop.example -all"],
    ("two.example", "TXT"): ["v=spf1 -all", "v=spf1 +all"],
    ("other.example", "TXT"): ["v=spf10 +all", "google-site-verification=x"],
    ("bob.user.example", "A"): ["127.0.0.2"],
    ("3.100.51.198.in-addr.example", "A"): ["127.0.0.2"],
}


class Zone:
    """A DNS of these records; counts the questions."""

    def __init__(self, record: str = "") -> None:
        self.records = dict(ZONE) | ({("example.com", "TXT"): [record]} if record else {})
        self.asked = 0

    def __call__(self, name: str, kind: str) -> Sequence[str]:
        self.asked += 1
        return self.records.get((name, kind), ())


def said(record: str, peer: str, sender: str = "bob@example.com") -> Result:
    return check(peer, sender, Zone(record))


@pytest.mark.parametrize(
    ("record", "passing", "failing"),
    [
        ("v=spf1 +all", "192.0.2.1", None),
        ("v=spf1 a -all", "192.0.2.11", "192.0.2.12"),
        ("v=spf1 a:example.com -all", "192.0.2.10", "192.0.2.12"),
        ("v=spf1 a/24 -all", "192.0.2.200", "192.0.3.1"),
        ("v=spf1 mx -all", "192.0.2.129", "192.0.2.10"),
        ("v=spf1 mx/30 -all", "192.0.2.131", "192.0.2.132"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.143", "192.0.2.144"),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", "192.0.2.2"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8:1::1", "2001:db9::1"),
        ("v=spf1 include:example.net -all", "198.51.100.7", "192.0.2.1"),
        ("v=spf1 redirect=example.net", "198.51.100.7", None),
        ("v=spf1 exists:%{l}.user.example -all", "203.0.113.1", None),
        ("v=spf1 exists:%{ir}.%{v}.example -all", "198.51.100.3", "198.51.100.4"),
        ("V=SPF1 A -ALL", "192.0.2.10", "192.0.2.12"),
        ("v=spf1 unknown=thing exp=why.example a -all", "192.0.2.10", "192.0.2.12"),
    ],
)
def test_who_may_send(record, passing, failing):
    assert said(record, passing) is Result.PASS
    if failing:
        assert said(record, failing) is Result.FAIL


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ?all", Result.NEUTRAL),
        ("v=spf1 ~all", Result.SOFTFAIL),
        ("v=spf1", Result.NEUTRAL),
        ("v=spf1 ptr +ptr:example.com", Result.NEUTRAL),
        ("v=spf1 -ptr +all", Result.PERMERROR),
        ("v=spf1 +all junk", Result.PERMERROR),  # the whole record is checked first
        ("v=spf1 +all ip4:999.1.1.1", Result.PERMERROR),
        ("v=spf1 ip4 +all", Result.PERMERROR),
        ("v=spf1 a/33 +all", Result.PERMERROR),
        ("v=spf1 all:example.com", Result.PERMERROR),
        ("v=spf1 include +all", Result.PERMERROR),
        ("v=spf1 include:nothing.example +all", Result.PERMERROR),
        ("v=spf1 redirect=nothing.example", Result.PERMERROR),
        ("v=spf1 redirect=a.example redirect=b.example", Result.PERMERROR),
        ("v=spf1 exists:%{x}.example +all", Result.PERMERROR),
        ("v=spf1 include:loop.example +all", Result.PERMERROR),
        ("v=spf1 include:two.example +all", Result.PERMERROR),
        ("v=spf1 a:1.example a:2.example a:3.example +all", Result.PERMERROR),  # void
        ("v=spf1 " + "a:example.com " * 11 + "+all", Result.PERMERROR),
    ],
)
def test_what_is_no_pass(record, result):
    assert said(record, "203.0.113.1") is result


def test_a_domain_without_a_record_says_nothing():
    for domain in ("nothing.example", "other.example", "", "a..example", "x" * 70 + ".example"):
        assert check("192.0.2.1", f"bob@{domain}", Zone()) is Result.NONE
    assert check("no address", "bob@example.net", Zone()) is Result.NONE
    assert check("198.51.100.7", "@example.net", Zone()) is Result.PASS  # RFC 7208, 4.3


def test_one_mail_asks_few_questions():
    zone = Zone("v=spf1 " + "include:example.net " * 5 + "mx a -all")
    assert check("203.0.113.1", "bob@example.com", zone) is Result.FAIL
    assert zone.asked <= 7  # nothing twice
    many = Zone("v=spf1 mx +all")
    many.records["example.com", "MX"] = [f"{number}.example" for number in range(11)]
    assert check("203.0.113.1", "bob@example.com", many) is Result.PERMERROR


def test_what_can_not_be_found_out_is_no_answer():
    def silent(name: str, kind: str) -> Sequence[str]:
        raise TimeoutError("the DNS does not answer")

    with pytest.raises(OSError, match="does not answer"):
        check("192.0.2.1", "bob@example.com", silent)


TERMS = st.sampled_from(
    "a mx ptr -all ~all ip4:1.2.3.4/8 ip6:::1 include:example.com redirect=example.com a//0 "
    "exists:%{i} %{l1r+-/} a:%{d9999} mx:%{S} exp=%{ %% + a/ ip4:/ include:%_%-".split()
)


@given(st.lists(TERMS | st.text(max_size=8), max_size=14), st.ip_addresses().map(str))
def test_any_record_comes_to_an_end(terms, peer):
    zone = Zone(" ".join(["v=spf1", *terms]))
    assert check(peer, "bob@example.com", zone) in Result
    assert zone.asked < 150

"""SSML as a script; what is bad is refused with its line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RefusedError
from gateway.speech.script import Pause, Say
from gateway.speech.ssml import read_ssml


def script(inner, **more):
    return read_ssml(f"<speak>{inner}</speak>".encode(), **more)


def words(inner):
    return " ".join(item.text for item in script(inner) if isinstance(item, Say))


def test_breaks():
    assert script('One<break time="500ms"/>two<break strength="strong"/>three<break/>four') == [
        Say("One"),
        Pause(0.5),
        Say("two"),
        Pause(0.7),
        Say("three"),
        Pause(0.4),
        Say("four"),
    ]


def test_no_break_is_none():
    assert script('One <break strength="none"/> two') == [Say("One"), Say("two")]


def test_paragraphs_and_sentences_pause_once():
    assert script("<p><s>One.</s><s>Two.</s></p><p>Three.</p>") == [
        Say("One."),
        Pause(0.2),
        Say("Two."),
        Pause(0.6),
        Say("Three."),
        Pause(0.6),
    ]


def test_say_as_stays_within_its_sentence():
    inner = 'Your code is <say-as interpret-as="characters">AB1</say-as>, please.'
    assert script(inner) == [Say("Your code is A B one, please.")]


def test_substitution():
    assert words('The <sub alias="World Wide Web">WWW</sub>.') == "The World Wide Web."


def test_rates_multiply_and_keep_within_limits():
    inner = (
        'a<prosody rate="slow">b<prosody rate="50%">c</prosody></prosody>'
        '<prosody rate="+25%">d</prosody><prosody rate="1.5">e</prosody>'
        '<prosody rate="900%">f</prosody><prosody pitch="high">g</prosody>'
    )
    rates = {item.text: item.rate for item in script(inner)}
    assert rates == {"a": 1, "b": 0.8, "c": 0.5, "d": 1.25, "e": 1.5, "f": 2, "g": 1}


def test_languages_nest():
    inner = 'a <lang xml:lang="de">b</lang><p xml:lang="fr">c</p> d'
    found = [(i.text, i.language) for i in script(inner, language="en") if isinstance(i, Say)]
    assert found == [("a", "en"), ("b", "de"), ("c", "fr"), ("d", "en")]


def test_say_as_in_another_language_is_left_to_its_voice():
    inner = '<lang xml:lang="de"><say-as interpret-as="currency">12,50 €</say-as></lang>'
    assert script(inner) == [Say("12,50 €", "de")]


def test_unknown_elements_are_read_and_notes_are_not():
    inner = (
        '<emphasis>really</emphasis> <audio src="http://127.0.0.1:1/x">a bell</audio>'
        '<metadata>secret <break time="2s"/><say-as interpret-as="digits">1</say-as></metadata>'
    )
    assert words(inner) == "really a bell"
    assert not [item for item in script(inner) if isinstance(item, Pause)]


def test_prefixes_and_encodings():
    document = '<?xml version="1.0" encoding="iso-8859-1"?><s:speak xmlns:s="u">caf\xe9</s:speak>'
    assert read_ssml(document.encode("latin-1")) == [Say("café")]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "line 1.*no element"),
        ("hello", "line 1"),
        ("<p>x</p>", "begins with <speak>"),
        ("<speak>\n<s>x</speak>", "line 2.*mismatched"),
        ('<speak>\n\n<break time="soon"/></speak>', 'line 3: break time "soon"'),
        ('<speak><break time="60s"/></speak>', "10 s are allowed"),
        ('<speak><break strength="huge"/></speak>', "x-strong"),
        ('<speak><prosody rate="-100%">x</prosody></speak>', "prosody rate"),
        ('<speak><lang xml:lang="; rm">x</lang></speak>', "no language"),
        ("<!DOCTYPE speak><speak/>", "document type"),
        (
            '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><speak>&a;</speak>',
            "document type",
        ),
        ("<speak>&nothing;</speak>", "line 1.*entity"),
        ('<?xml version="1.0" encoding="nonsense"?><speak/>', "encoding"),
        ("<speak>" + "<s>" * 40, "32 in one another"),
        ("<speak>" + "<s/>" * 50_001 + "</speak>", "50000 elements"),
        ("<speak>x" + '<break time="10s"/>' * 361 + "</speak>", "3600 s of breaks"),
    ],
)
def test_bad_documents_are_refused_with_their_line(document, reason):
    with pytest.raises(RefusedError, match=reason):
        read_ssml(document.encode())


def test_a_large_document_is_refused_before_it_is_read():
    with pytest.raises(RefusedError, match="100 are allowed"):
        read_ssml(b"<" * 101, largest=100)


def test_the_largest_document_takes_little_time():
    started = time.process_time()
    items = script("word. " * 300_000)
    assert len(items) == 1
    assert time.process_time() - started < 3


@given(st.binary(max_size=300))
def test_any_bytes_are_a_script_or_refused(document):
    with pytest.raises(RefusedError):
        read_ssml(document)


PARTS = st.sampled_from(
    '<s> </s> <p> </p> <break/> <sub alias="x"> </sub> <lang xml:lang="de"> </lang> &amp; &#x1; '
    '<say-as interpret-as="date"> </say-as> <prosody rate="+1%"> </prosody> 1/2 text <!--x--> '
    "<metadata> </metadata> <![CDATA[<]]> ]]>".split(" ")
)


@given(st.lists(PARTS, max_size=20))
def test_any_arrangement_is_a_script_or_refused(parts):
    try:
        items = script(" ".join(parts))
    except RefusedError as error:
        assert "SSML" in str(error)  # noqa: PT017
    else:
        assert all(isinstance(item, Say | Pause) for item in items)
        assert all(item.text.strip() for item in items if isinstance(item, Say))

"""HTML of mail as text."""

import pytest

from gateway.mail.htmltext import marks_quotes, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi <b>Bob</b>,</p><p>see you</p>", "Hi Bob,\n\nsee you"),
        ("a<br>b", "a\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        (
            "<table><tr><td>Tea</td><td>3.50</td></tr><tr><td>Milk</td><td>1</td></tr></table>",
            "Tea 3.50\nMilk 1",
        ),
        ("<ul><li>one</li><li>two</li></ul>", "* one\n* two"),
        ("<p>a</p><style>p{}</style><script>x()</script>", "a"),
        ("<div style='display:none'>Preheader</div>Hello", "Hello"),
        ("<span style='font-size:0px'>x</span><p style='font-size:0.9em'>y</p>", "y"),
        ("<a href='https://x.example'>our page</a>", "our page"),
        ("<?xml version='1.0' encoding='utf-8'?><p>x</p>", "x"),
        ("Gr&uuml;&szlig;e &euro;&nbsp;5", "Grüße € 5"),
        ("", ""),
        ("<!-- nothing -->", ""),
    ],
)
def test_to_text(html, text):
    assert to_text(html) == text


QUOTED = {
    "gmail": '<div dir="ltr">New text</div><br><div class="gmail_quote"><div class="gmail_attr">On '
    "Mon, Bob wrote:<br></div><blockquote>Old text</blockquote></div>",
    "outlook": '<div class="WordSection1"><p>New text</p><div><div style="border:none;border-top:'
    'solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> Bob<br><b>Sent:</b> Monday</p>'
    "</div></div><p>Old text</p></div>",
    "outlook web": '<div>New text</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">'
    "From: Bob</div><div>Old text</div>",
    "apple": '<div>New text</div><div><br><blockquote type="cite"><div>On Mon, Bob wrote:</div>'
    "Old text</blockquote></div>",
    "thunderbird": '<p>New text</p><div class="moz-cite-prefix">Am 1.1. schrieb Bob:</div>'
    '<blockquote type="cite">Old text</blockquote>',
    "yahoo": '<div>New text</div><div id="yahoo_quoted_1" class="yahoo_quoted">Old text</div>',
    "proton": '<div>New text</div><div class="protonmail_quote">Old text</div>',
}


@pytest.mark.parametrize("program", QUOTED)
def test_marked_quotes_go(program):
    assert marks_quotes(QUOTED[program])
    assert to_text(QUOTED[program], quotes=False).strip() == "New text"
    assert "Old text" in to_text(QUOTED[program])


def test_text_after_an_apple_quote_stays():
    html = 'above<blockquote type="cite">old</blockquote>below'
    assert to_text(html, quotes=False).split() == ["above", "below"]


def test_marked_signatures_go():
    html = "<div>Text</div><div class=gmail_signature>Bob, CEO</div>"
    assert to_text(html, quotes=False) == "Text"

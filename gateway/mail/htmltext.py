"""The HTML of a mail to plain text. Nothing is fetched; scripts, styles and what is hidden go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import lxml.html
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from lxml.etree import ParserError

_DEEPEST: Final = 120
"""Elements within elements; what is deeper is drawn up to here (inscriptis is recursive)."""

# Embedded pictures, and attacks: the parser takes quadratic time over the attributes of one tag.
_ENDLESS_TAG: Final = re.compile(r"<[^<>]{4000,}>?")

# Mail uses tables for layout; a row becomes a line, so that no column pads the text to be read.
_STYLE: Final = {
    **STRICT_CSS_PROFILE,
    "tr": HtmlElement(display=Display.block),
    "td": HtmlElement(display=Display.inline, suffix="  "),
    "th": HtmlElement(display=Display.inline, suffix="  "),
    "table": HtmlElement(display=Display.block),
    "ul": HtmlElement(display=Display.block),
    "ol": HtmlElement(display=Display.block),
}
_NO_TABLES: Final = dict.fromkeys(("table", "tr", "td", "th"))

_SILENT: Final = frozenset(
    "script style head title meta link object embed applet iframe svg math template noscript "
    "audio video canvas select button input textarea map".split()
)
_HIDDEN: Final = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|"
    r"(?:font-size|max-height|opacity)\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
)

# How mail programs mark what they quote and what they sign with.
_QUOTE_CLASSES: Final = frozenset(
    "gmail_quote gmail_quote_container gmail_extra yahoo_quoted moz-cite-prefix "
    "protonmail_quote tutanota_quote zmail_extra WordSection1-reply freebirdQuote".split()
)
_QUOTE_IDS: Final = frozenset(
    "appendonsend divRplyFwdMsg yahoo_quoted mail-editor-reference-message-container "
    "x_divRplyFwdMsg x_appendonsend isForwardContent replySplit".split()
)
_SIGNATURE_CLASSES: Final = frozenset(
    "gmail_signature moz-signature protonmail_signature_block tutanota_signature "
    "gmail_signature_prefix".split()
)
_SIGNATURE_IDS: Final = frozenset(
    "Signature signature ms-outlook-mobile-signature x_Signature".split()
)
# From here on everything is quoted, also what stands beside the element and not in it.
_REST_IDS: Final = frozenset("appendonsend divRplyFwdMsg x_appendonsend x_divRplyFwdMsg".split())
_BLOCKS: Final = frozenset({"div", "blockquote", "p", "table", "section"})
_OUTLOOK_LINE: Final = re.compile(r"(?i)border-top\s*:\s*solid\s+#(?:e1e1e1|b5c4df)\s+1")


def to_text(html: str, *, quotes: bool = True) -> str:
    """Readable text of `html`, line by line; links and pictures are left out.

    With `quotes` False, what a mail program has marked as quoted mail or as signature goes, too.
    """
    tree = _tree(html)
    if tree is None:
        return ""
    _prune(tree)
    if not quotes:
        _remove_quotes(tree)
    _flatten(tree)
    config = ParserConfig(
        css=_STYLE,
        custom_html_tag_handler_mapping=CustomHtmlTagHandlerMapping(
            start_tag_mapping=_NO_TABLES, end_tag_mapping=_NO_TABLES
        ),
    )
    text: str = Inscriptis(tree, config).get_text()
    lines = (" ".join(line.replace("\xa0", " ").split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def marks_quotes(html: str) -> bool:
    """Has a mail program marked a quotation in it in a way that is known here?"""
    tree = _tree(html)
    return tree is not None and any(True for _ in _quotations(tree))


def _tree(html: str) -> lxml.html.HtmlElement | None:
    html = _ENDLESS_TAG.sub(" ", re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html)).strip()
    if not html:
        return None
    parser = lxml.html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(html, parser=parser)
    except (ParserError, ValueError):  # nothing in it, or a NUL
        return None


def _prune(tree: lxml.html.HtmlElement) -> None:
    """Without what nobody sees."""
    for element in list(tree.iter()):
        if element is tree or not isinstance(element.tag, str):
            continue
        style = element.get("style", "")[:2000]
        if element.tag in _SILENT or "hidden" in element.attrib or _HIDDEN.search(style):
            _drop(element)


def _remove_quotes(tree: lxml.html.HtmlElement) -> None:
    for element in list(_quotations(tree)):
        if element.get("id") in _REST_IDS or _OUTLOOK_LINE.search(element.get("style", "")):
            _drop_rest(element)
        _drop(element)
    for element in list(tree.iter()):
        classes = set(element.get("class", "").split())
        if classes & _SIGNATURE_CLASSES or element.get("id") in _SIGNATURE_IDS:
            _drop(element)


def _quotations(tree: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        classes = set(element.get("class", "").split())
        if (
            classes & _QUOTE_CLASSES
            or element.get("id") in _QUOTE_IDS
            or (element.tag == "blockquote" and element.get("type") == "cite")
            or (element.tag == "div" and _OUTLOOK_LINE.search(element.get("style", "")[:2000]))
        ):
            yield element


def _drop(element: lxml.html.HtmlElement) -> None:
    """Remove an element with all that is in it, but not the text after it."""
    if element.getparent() is None:
        return
    if element.tag in _BLOCKS:  # what was before it and after it stay apart
        gap = lxml.html.Element("br")
        gap.tail, element.tail = element.tail, None
        element.addnext(gap)
    element.drop_tree()


def _drop_rest(element: lxml.html.HtmlElement) -> None:
    """Remove what comes after an element, up to the end of the document."""
    here: lxml.html.HtmlElement | None = element
    while here is not None and here.tag not in ("body", "html"):
        here.tail = None
        for sibling in list(here.itersiblings()):
            sibling.getparent().remove(sibling)
        here = here.getparent()


def _flatten(tree: lxml.html.HtmlElement) -> None:
    """No element is deeper than `_DEEPEST`."""
    depth = {tree: 0}
    for element in list(tree.iter()):
        parent = element.getparent()
        if parent is None or element is tree:
            continue
        depth[element] = depth.get(parent, 0) + 1
        if depth[element] > _DEEPEST and isinstance(element.tag, str):
            depth[element] = _DEEPEST
            element.drop_tag()

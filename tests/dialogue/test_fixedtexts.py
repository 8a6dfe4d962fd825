"""Sentences to be rendered beforehand are found in the domain."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.config import ROOT
from voicebot.dialogue.fixedtexts import DomainUnreadable, fixed_texts


def test_texts_with_placeholders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "a.yml").write_text(
        "responses:\n  utter_a:\n  - text: Hello.\n  - text: You have {amount}.\n"
        "  utter_b:\n  - custom: {end: true}\n  utter_c:\n  - text: Hello.\n"
    )
    (tmp_path / "domain" / "b.yml").write_text("intents: [greet]\n")
    assert fixed_texts(tmp_path) == ("Hello.",)


@pytest.mark.parametrize("text", ["responses: [", "responses: 3", "- a\n- b", "responses: {a: 1}"])
def test_a_broken_domain_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "bad.yml").write_text(text)
    with pytest.raises(DomainUnreadable, match=r"bad\.yml"):
        fixed_texts(tmp_path)


def test_the_bank_has_many() -> None:
    texts = fixed_texts(ROOT / "nlu-data")
    assert len(texts) > 40
    assert any("Harbour Bank" in text for text in texts)

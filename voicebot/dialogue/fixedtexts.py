"""The sentences that a dialogue says word for word, so that they can be rendered beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


class DomainUnreadable(ValueError):
    """A file of the domain is no YAML or not shaped like a Rasa domain; the message names it."""


def fixed_texts(project: Path) -> tuple[str, ...]:
    """Texts of the responses in the Rasa project `project` that have no placeholders, in order.

    Raises DomainUnreadable, and OSError when a file can't be read.
    """
    found: dict[str, None] = {}
    for path in sorted((project / "domain").rglob("*.yml")):
        for text in _texts(path):
            if "{" not in text:
                found[text] = None
    return tuple(found)


def _texts(path: Path) -> Iterator[str]:
    try:
        domain: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        responses = (domain or {}).get("responses") or {}
        for variations in responses.values():
            for variation in variations:
                text = variation.get("text")
                if isinstance(text, str):
                    yield text
    except (yaml.YAMLError, AttributeError, TypeError, UnicodeDecodeError) as error:
        raise DomainUnreadable(f"{path} can't be read as a domain: {error}") from error

"""Write docs/licences.md: the licences of the direct dependencies and of the model files.

    .venv/bin/python tools/licences.py            # write
    .venv/bin/python tools/licences.py --check    # fail when the page is not up to date

Names come from requirements/*.in, licences from the metadata of the installed packages, so it must
run in the environment that has them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

BY_HAND = {
    "imapclient": "BSD-3-Clause",
    # Their metadata names no licence, or none in particular; read in their texts.
    "httpx": "BSD-3-Clause",
    "imageio-ffmpeg": "BSD-2-Clause",
    "jinja2": "BSD-3-Clause",
    "soundfile": "BSD-3-Clause",
}
OTHER_ENVIRONMENTS = [
    # Not importable from here: their environments are apart.
    ("rasa", "Apache-2.0", "the dialogue model, in `.venv-rasa`"),
    ("rasa-sdk", "Apache-2.0", "the action server, in `.venv-actions`"),
    ("pipecat-ai", "BSD-2-Clause", "what `make bench-peers` compares with, in `.venv-peers`"),
    ("uv", "MIT OR Apache-2.0", "builds the environments, in `.venv-tools`"),
]
CLASSIFIERS = {
    "OSI Approved :: Apache Software License": "Apache-2.0",
    "OSI Approved :: BSD License": "BSD",
    "OSI Approved :: MIT License": "MIT",
    "OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def names(file: Path) -> list[str]:
    """The packages that an .in file asks for, in order of the alphabet."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    found = [NAME.match(line) for line in lines if line and not line.startswith(("#", "-"))]
    return sorted(match[0] for match in found if match)


def licence(package: str) -> str:
    """The licence of an installed package, as short as its metadata has it."""
    if package in BY_HAND:
        return BY_HAND[package]
    data = metadata.metadata(package).json
    if expression := data.get("license_expression"):
        return str(expression)
    for classifier in data.get("classifier", []):
        if classifier.startswith("License :: "):
            short = classifier.removeprefix("License :: ")
            return CLASSIFIERS.get(short, short.rpartition(" :: ")[2])
    text = str(data.get("license", "")).strip()
    if not text:
        raise LookupError(f"{package} names no licence: look it up and put it into BY_HAND")
    return str(text.splitlines()[0])


def packages_table(file: Path) -> list[str]:
    """A table of the packages of an .in file."""
    rows = ["| package | version | licence |", "|---|---|---|"]
    return rows + [f"| {n} | {metadata.version(n)} | {licence(n)} |" for n in names(file)]


def models_table() -> list[str]:
    """A table of the models in the manifest."""
    manifest = tomllib.loads((ROOT / "models" / "manifest.toml").read_text(encoding="utf-8"))
    models: dict[str, dict[str, Any]] = manifest["models"]
    rows = ["| model | licence | what it is |", "|---|---|---|"]
    rows += [f"| {name} | {m['licence']} | {m['about']} |" for name, m in models.items()]
    return rows


def page() -> str:
    """The whole page."""
    others = [f"| {name} | {terms} | {use} |" for name, terms, use in OTHER_ENVIRONMENTS]
    lines = [
        "# Licences",
        "",
        "The project itself is under the Apache License 2.0 (`LICENSE`). This page lists what it",
        "builds on directly; `make licences` writes it. It is a summary: what counts is the texts",
        "that come with the packages and models.",
        "",
        "## The voice agent",
        "",
        *packages_table(ROOT / "requirements" / "agent.in"),
        "",
        "imageio-ffmpeg carries an ffmpeg binary under the GPL; it runs as a program of its own.",
        "soxr is used as a shared library, which the LGPL allows to replace.",
        "",
        "## Beside the agent",
        "",
        "| package | licence | use |",
        "|---|---|---|",
        *others,
        "",
        "## Tests and checks only",
        "",
        *packages_table(ROOT / "requirements" / "dev.in"),
        "",
        "## Models",
        "",
        "Fetched at set-up, not part of the repository; hashes, sources: `models/manifest.toml`.",
        "The voice of hibari-tts comes inside its package.",
        "",
        *models_table(),
        "",
        "## Programs of the system, where they are installed",
        "",
        "| program | licence | use |",
        "|---|---|---|",
        "| chromium | BSD-3-Clause and others | tests of the pages |",
        "| espeak-ng | GPL-3.0-or-later | the fallback voice, run as a program of its own |",
        "| libspandsp2 | LGPL-2.1, GPL-2.0 | T.30 fax, loaded into a process of its own |",
        "| efax | GPL-2.0 | tests of fax, run as a program of its own |",
        "| asterisk-core-sounds-en-wav | CC-BY-SA-3.0 | recorded people in the tests |",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check; returns the exit status."""
    if arguments == ["--check"]:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/licences.md is not up to date: run `make licences`", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

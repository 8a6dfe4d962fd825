"""Where the installation lies. Imports nothing, so that all settings may start from here."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: nlu-data/, models/ and the environments lie here."""

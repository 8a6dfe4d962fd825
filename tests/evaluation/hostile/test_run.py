"""The gateway stands up to the corpus: a small part of it here, the whole as a slow test."""

from __future__ import annotations

import shutil

import pytest

from evaluation.hostile.circumstances import Caps
from evaluation.hostile.corpus import corpus, sample
from evaluation.hostile.inputs import Due, Input, fixed
from evaluation.hostile.running import run
from evaluation.hostile.table import table
from tests.gateway.transcripts.conftest import needs_tiny

pytestmark = [
    needs_tiny,
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="no tesseract: make system"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng: make system"),
]


def broken(inputs: tuple[Input, ...], folder) -> list[str]:
    found = run(inputs, folder)
    assert len(found) == len(inputs)
    assert f"{'all':<12}{len(inputs):>7}" in table(found, Caps())
    return [f"{one.group}: {one.name}: {breach}" for one in found for breach in one.breaches]


@pytest.mark.real
def test_the_sample_breaks_nothing(tmp_path):
    # What must be converted is not, here: the run does find something out.
    impossible = Input("nothing", "control", fixed(b""), due=Due.MADE)
    told = broken((*sample(2), impossible), tmp_path)
    assert told == ["control: nothing: it should have been converted: the file is empty"]


@pytest.mark.real
@pytest.mark.slow
def test_the_whole_corpus_breaks_nothing(tmp_path):
    assert broken(corpus(), tmp_path) == []

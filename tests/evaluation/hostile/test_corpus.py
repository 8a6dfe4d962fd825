"""The corpus: large, of every kind, the same in every run, and made when it is needed."""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from evaluation.hostile import archives, documents, mutations, rasters, seeds
from evaluation.hostile.corpus import corpus, sample
from evaluation.hostile.inputs import Bait, Door, chance

BAIT = Bait("http://127.0.0.1:9", Path("/nowhere/secret.txt"), "secret")


def test_it_holds_more_than_two_hundred_inputs_of_every_kind():
    inputs = corpus()
    groups = Counter(one.group for one in inputs)
    assert len(inputs) - groups["fuzz"] > 200
    assert groups["fuzz"] > 100
    wanted = (
        "PDF image sound mail charset forged loop HTML attachment archive SVG SSML SMS SMTP SMPP"
    )
    assert set(groups) >= {*wanted.split(), "fax call"}
    assert {one.door for one in inputs} == set(Door)
    names = Counter((one.group, one.name) for one in inputs)
    assert names.most_common(1)[0][1] == 1


def test_it_is_the_same_in_every_run():
    def digest() -> str:
        seeds.mail.cache_clear()
        made = (one.make(BAIT) for one in corpus(2) if one.group in ("fuzz", "SMPP", "SMTP"))
        whole = hashlib.sha256()
        for data in made:
            whole.update(data)
        return whole.hexdigest()

    assert digest() == digest()


def test_the_sample_has_something_of_every_group():
    inputs = sample(2)
    assert {one.group for one in inputs} == {one.group for one in corpus(1)}
    assert len(inputs) < 40


@pytest.mark.parametrize("form", ["wav", "mp3", "ogg", "flac", "au", "m4a", "mp4", "webm", "avi"])
def test_a_mutation_is_something_else_and_never_empty(form):
    whole = seeds.sound(form)
    made = {mutations.mutated(whole, chance(f"{form} {number}")) for number in range(20)}
    assert len(made - {whole}) > 15
    assert all(made)


def test_bombs_are_small_and_say_that_they_are_large():
    assert len(archives.bomb()) < 100_000
    with zipfile.ZipFile(BytesIO(archives.bomb())) as archive:
        assert archive.infolist()[0].file_size == 64 << 20
    assert len(rasters.tiff(60_000, 60_000)) < 1000
    assert len(documents.blank(10_000)) < 2 << 20

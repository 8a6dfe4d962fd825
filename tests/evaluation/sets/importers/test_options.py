from __future__ import annotations

import pytest

from evaluation.sets.importers.options import Options, Unique, drawn, renamed, slug


def test_as_many_as_are_wanted_are_drawn_in_order() -> None:
    items = list(range(100))
    some = drawn(items, Options(most=10, seed=1))
    assert some == sorted(some)
    assert len(set(some)) == 10
    assert some == drawn(items, Options(most=10, seed=1)) != drawn(items, Options(most=10, seed=2))
    assert drawn(items, Options()) == drawn(items, Options(most=200)) == items


def test_names_of_ours_for_those_of_the_original() -> None:
    assert renamed(["a=b", "x=y = c "]) == {"a": "b", "x=y": "c"}
    for wrong in ("a", "=b", "a=", ""):
        with pytest.raises(ValueError, match="has to be ORIGINAL=OURS"):
            renamed([wrong])


def test_ids_are_made_of_any_name() -> None:
    ids = Unique()
    names = ["Ask for it!", "ask for IT", "äöü", "-", "a" * 200]
    assert [ids.of(name) for name in names] == ["Ask-for-it", "ask-for-IT-2", "x", "x-2", "a" * 100]
    assert slug("get branch hours") == "get-branch-hours"

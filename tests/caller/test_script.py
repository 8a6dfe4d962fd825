"""The script as written on the command line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.caller.script import (
    BadItem,
    Barge,
    Item,
    Keys,
    Play,
    Silence,
    Speak,
    Wait,
    parse_item,
    parse_script,
)


@pytest.mark.parametrize(
    ("written", "item", "label"),
    [
        ("a b.wav", Play(Path("a b.wav")), "a b.wav"),
        ("sub/c:d.flac", Play(Path("sub/c:d.flac")), "c:d.flac"),
        ("./say:hello.wav", Play(Path("say:hello.wav")), "say:hello.wav"),
        ("say: Good morning: all ", Speak("Good morning: all"), "Good morning: all"),
        ("keys:4821#a", Keys("4821#A"), "[keys 4821#A]"),
        ("silence:3", Silence(3.0), "[silence 3 s]"),
        ("wait:0.25", Wait(0.25), "[wait 0.25 s]"),
        ("barge:x@y.wav@1.5", Barge(Play(Path("x@y.wav")), 1.5), "x@y.wav"),
        ("barge:x.wav", Barge(Play(Path("x.wav")), 1.0), "x.wav"),
        ("barge:say:stop@0.5", Barge(Speak("stop"), 0.5), "stop"),
    ],
)
def test_items(written: str, item: Item, label: str) -> None:
    assert parse_item(written) == item
    assert item.label == label


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "without a name"),
        ("a\0b", "without a name"),
        ("say:", "say:Good morning"),
        ("say:" + "x" * 1001, "1000 characters"),
        ("keys:", "keys:4821#"),
        ("keys:12x", "keys:4821#"),
        ("keys:" + "1" * 65, "64"),
        ("silence:", "seconds"),
        ("silence:-1", "seconds"),
        ("silence:nan", "seconds"),
        ("wait:inf", "seconds"),
        ("wait:0", "seconds"),
        ("wait:601", "at most 600"),
        ("barge:@1", "without a name"),
        ("barge:x.wav@soon", "seconds"),
        ("barge:say:@1", "say:Good morning"),
    ],
)
def test_what_is_no_item(written: str, says: str) -> None:
    with pytest.raises(BadItem, match=says):
        parse_item(written)


def test_scripts_are_neither_empty_nor_endless() -> None:
    assert parse_script(["a.wav", "keys:1"]) == (Play(Path("a.wav")), Keys("1"))
    with pytest.raises(BadItem, match="nothing to say"):
        parse_script([])
    with pytest.raises(BadItem, match="at most 100"):
        parse_script(["a.wav"] * 101)


@given(st.sampled_from(["", "say:", "keys:", "silence:", "wait:", "barge:"]), st.text(max_size=30))
def test_any_text_is_an_item_or_a_bad_one(word: str, rest: str) -> None:
    try:
        item = parse_item(word + rest)
    except BadItem:
        return
    assert item.label or isinstance(item, Play | Barge)

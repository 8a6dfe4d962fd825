from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.sets.model import Entity
from evaluation.sets.rasatext import Marked, read_marked, write_marked


@pytest.mark.parametrize(
    ("example", "text", "entities"),
    [
        ("what is my balance", "what is my balance", ()),
        ("my [savings](account)", "my savings", (Entity("account", "savings", "savings"),)),
        ("in [New York](city:nyc)", "in New York", (Entity("city", "nyc", "New York"),)),
        (
            'pay [fifty]{"entity": "amount", "value": 50, "role": "low"} now',
            "pay fifty now",
            (Entity("amount", 50, "fifty"),),
        ),
        (
            '[Boston][{"entity": "city"}, {"entity": "branch", "value": "b"}]',
            "Boston",
            (Entity("city", "Boston", "Boston"), Entity("branch", "b", "Boston")),
        ),
        ("a [note] in brackets", "a [note] in brackets", ()),
    ],
)
def test_examples_as_rasa_writes_them(
    example: str, text: str, entities: tuple[Entity, ...]
) -> None:
    assert read_marked(example) == (text, entities)


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ('[x]{"entity"}', "is no JSON"),
        ('[x]{"role": "y"}', "names no entity"),
        ('[x][{"entity": "a"}, 3]', "names no entity"),
    ],
)
def test_broken_markings(example: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        read_marked(example)


def test_entities_are_marked_where_they_stand() -> None:
    entities = [
        Entity("amount", 50, "Fifty dollars"),
        Entity("account", "savings"),
        Entity("account", "checking", "savings"),
        Entity("date", "2026-11-24"),
        Entity("way", "to", "to"),
    ]
    assert write_marked("move fifty dollars  from savings to [my] savings", entities) == Marked(
        'move [fifty dollars]{"entity": "amount", "value": "50"} from [savings](account) '
        '[to](way) (my) [savings]{"entity": "account", "value": "checking"}',
        left=(Entity("date", "2026-11-24"),),
    )


def test_two_entities_in_one_place() -> None:
    marked = write_marked("to Boston", [Entity("city", "Boston"), Entity("branch", 7, "boston")])
    assert marked.text == 'to [Boston][{"entity": "city"}, {"entity": "branch", "value": "7"}]'


_WORDS = st.lists(st.text(string.ascii_letters + "'ß", min_size=1), min_size=1, max_size=6)


@given(_WORDS, st.data())
def test_what_is_marked_is_read_again(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    kinds = st.text(string.ascii_lowercase + "_:)", min_size=1)
    values = st.sampled_from(words) | st.text(string.ascii_letters + '$0 "\\', min_size=1)
    entities = data.draw(
        st.lists(st.builds(Entity, kinds, values, st.sampled_from(words)), max_size=3)
    )
    marked = write_marked(text, entities)
    found, read = read_marked(marked.text)
    assert found == text
    key = [(entity.kind, entity.value) for entity in entities if entity not in marked.left]
    assert sorted((entity.kind, str(entity.value)) for entity in read) == sorted(key)

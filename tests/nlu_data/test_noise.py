import random

from components.noise import noised
from hypothesis import given
from hypothesis import strategies as st


def test_the_same_seed_gives_the_same_errors() -> None:
    text = "i want to move two hundred dollars from checking to savings"
    copies = [noised(text, 0.3, random.Random(seed)) for seed in (1, 1, 2)]
    assert copies[0] == copies[1] != copies[2]
    assert noised(text, 0.0, random.Random(1)) == text


@given(st.text("abc 'd", min_size=1).filter(str.strip), st.floats(0, 1), st.integers())
def test_something_is_always_left(text: str, rate: float, seed: int) -> None:
    assert noised(text, rate, random.Random(seed)).strip()

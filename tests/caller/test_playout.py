"""Buffer and marks of the network, in virtual time."""

from hypothesis import given
from hypothesis import strategies as st

from voicebot.caller.playout import MAX_BUFFER, MAX_MARKS, SILENT, Playout


def test_a_mark_returns_when_the_audio_before_it_was_played() -> None:
    playout = Playout()
    playout.media(b"a" * 200)
    playout.mark("first")
    playout.media(b"b" * 120)
    playout.mark("second")
    assert playout.due() == []
    assert playout.play(160) == b"a" * 160
    assert playout.due() == []
    assert playout.play(160) == b"a" * 40 + b"b" * 120
    assert playout.due() == ["first", "second"]
    assert playout.idle
    assert playout.play(3) == SILENT * 3


def test_a_mark_behind_nothing_returns_at_once() -> None:
    playout = Playout()
    playout.mark("m")
    assert not playout.idle
    assert playout.due() == ["m"]
    assert playout.due() == []


def test_clear_drops_the_buffer_and_returns_the_marks() -> None:
    playout = Playout()
    playout.media(b"a" * 500)
    playout.mark("x")
    playout.mark("y")
    playout.play(160)
    assert playout.clear() == ["x", "y"]
    assert playout.idle
    assert playout.clear() == []
    playout.media(b"b" * 10)
    playout.mark("z")
    assert playout.play(10) == b"b" * 10
    assert playout.due() == ["z"]


def test_bounds() -> None:
    playout = Playout()
    playout.media(b"a" * MAX_BUFFER)
    playout.media(b"b" * 7)
    assert playout.buffered == MAX_BUFFER
    assert playout.dropped == 7
    for number in range(MAX_MARKS + 1):
        playout.mark(str(number))
    assert len(playout.clear()) == MAX_MARKS


actions = st.lists(
    st.tuples(st.just("media"), st.binary(max_size=400))
    | st.tuples(st.just("mark"), st.just(b""))
    | st.tuples(st.just("clear"), st.just(b""))
    | st.tuples(st.just("play"), st.just(b"")),
    max_size=60,
)


@given(actions)
def test_every_mark_returns_once_and_every_byte_is_played_or_dropped(
    todo: list[tuple[str, bytes]],
) -> None:
    playout = Playout()
    sent: list[str] = []
    returned: list[str] = []
    given_bytes = played = cleared = 0
    for name, audio in todo:
        if name == "media":
            playout.media(audio)
            given_bytes += len(audio)
        elif name == "mark":
            sent.append(str(len(sent)))
            playout.mark(sent[-1])
        elif name == "clear":
            cleared += playout.buffered
            returned += playout.clear()
        else:
            before = playout.buffered
            assert len(playout.play(160)) == 160
            played += before - playout.buffered
        returned += playout.due()
    assert given_bytes == played + cleared + playout.buffered
    assert returned == sent[: len(returned)]
    assert returned + playout.clear() == sent

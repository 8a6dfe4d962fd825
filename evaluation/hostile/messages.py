"""Hostile short messages: files that are none, and texts that are hard to cut into segments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Due, Input
from evaluation.hostile.texts import an_input


def inputs() -> Iterator[Input]:
    """All of them."""
    honest = json.loads(seeds.MESSAGE)

    def changed(**fields: Any) -> bytes:
        return json.dumps(honest | fields).encode()

    bad = "no short message|segments"
    wrong: Mapping[str, bytes] = {
        "no segments": changed(segments=[]),
        "300 segments": changed(segments=["x"] * 300),
        "a text of a megabyte": changed(text="x" * 1_000_000, segments=["x"]),
        "a reference of a million": changed(reference=1_000_000),
        "a reference that is none": changed(reference="../x"),
        "an alphabet nobody knows": changed(alphabet="ebcdic"),
        "a field nobody knows": changed(__class__="os.system"),
        "a recipient of a kilometre": changed(to="+" + "1" * 1000),
        "numbers where texts are": changed(text=4711),
        "5 MB": json.dumps(honest | {"text": "x" * (5 << 20)}).encode(),
        "lists a million deep": b'{"text":' + b"[" * 1_000_000 + b',"segments":1}',
        "a number of a million digits": b'{"text":' + b"9" * 1_000_000 + b',"segments":[]}',
        "not a number": b'{"text":"a","segments":["a"],"alphabet":"gsm7","reference":NaN}',
        "no JSON": b'{"text":"a","segments":["a"]',
        "another charset": json.dumps(honest, ensure_ascii=False).encode("utf-16"),
    }
    for name, data in wrong.items():
        yield an_input("SMS", name, data, "a.sms", Due.REFUSED, bad, quick=name == "no segments")
    twice = b'{"text":"a","text":"b","alphabet":"gsm7","segments":["a"],"segments":["b"]}'
    yield an_input("SMS", "names twice", twice, "a.sms", says=bad)
    other = changed(segments=["Pay at once"])
    yield an_input("SMS", "segments of another text", other, "a.sms", says=bad)
    half = changed(text="a\ud800b", segments=["a\ud800b"], alphabet="ucs2")
    yield an_input("SMS", "half of a pair", half, "a.sms", says=bad, quick=True)
    odd = {
        "brackets and euros": "[]{}\\~|^€" * 40,
        "pairs at the seams": "a" * 66 + "😀" * 200,
        "marks at the seams": ("a\u0301" * 200),
        "one strange character": "a" * 159 + "\u2019",
        "nothing but controls": "\x01\x02\x1b\x7f" * 30,
        "a thousand characters beyond all": "\U0010ffff" * 1000,
        "letters in circles": "Ⓐ" * 500,
        "a text in Arabic": "مرحبا بالعالم " * 60,
    }
    for name, text in odd.items():
        yield an_input(
            "SMS", f"{name}, as a text", text.encode(), "a.txt", quick=name == "pairs at the seams"
        )

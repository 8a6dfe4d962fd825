from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from evaluation.svg import Limit, Series, Span, chart, histogram, meter, ticks, waterfall


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter("text")]


def test_ticks_are_round_numbers_within_the_range() -> None:
    assert ticks(0, 1000) == [0, 200, 400, 600, 800, 1000]
    assert ticks(-0.5, 0.5, 5) == [-0.4, -0.2, 0.0, 0.2, 0.4]
    assert ticks(3, 3) == [3]
    assert ticks(0, math.inf) == [0]


def test_a_chart_draws_each_series_names_it_and_escapes_what_it_writes() -> None:
    svg = chart(
        [
            Series("fixed <silence>", [(0, 1), (1, 0.5), (math.nan, 3)]),
            Series("ours", [(0.2, 0.4)], "points"),
            Series("steps", [(0, 0), (1, 1)], "steps"),
        ],
        title="a & b",
        x_label="s",
        y_label="%",
        limits=[Limit(0.9, "most"), Limit(0.5, "here", upright=True)],
    )
    root = ElementTree.fromstring(svg)
    assert len(root.findall(".//path[@class='line c0']")) == 1
    assert len(root.findall(".//circle")) == 1
    assert "fixed <silence>" in texts(svg)
    assert {"most", "here", "s", "%"} <= set(texts(svg))
    title = root.find("title")
    assert title is not None
    assert title.text == "a & b"


def test_a_histogram_counts_every_finite_value_once() -> None:
    svg = histogram([1, 2, 3, 3, math.inf], title="t", x_label="x", bins=3)
    heights = [float(bar.get("height", "")) for bar in ElementTree.fromstring(svg).iter("rect")]
    assert heights[0] == 0
    assert heights[2] == pytest.approx(3 * heights[1], abs=0.3)


def test_a_waterfall_places_bars_where_they_begin() -> None:
    svg = waterfall(
        [Span("wait", 0, 200, "200 ms"), Span("answer", 200, 250, "50 ms")], title="t", unit="ms"
    )
    first, second = ElementTree.fromstring(svg).iter("rect")
    end = float(first.get("x", "")) + float(first.get("width", ""))
    assert float(second.get("x", "")) == pytest.approx(end, abs=0.2)
    assert {"wait", "answer", "200 ms", "50 ms", "ms"} <= set(texts(svg))


@pytest.mark.parametrize(
    "svg",
    [
        histogram([], title="t", x_label="x"),
        waterfall([], title="t", unit="ms"),
        chart([], title="t", x_label="x", y_label="y"),
        chart([Series("one", [])], title="t", x_label="x", y_label="y"),
    ],
)
def test_nothing_to_draw_is_still_a_picture(svg: str) -> None:
    assert ElementTree.fromstring(svg).tag == "svg"


def test_a_meter_never_leaves_its_box() -> None:
    root = ElementTree.fromstring(meter(1e9, 5, worst=10, title="far too much"))
    bar = root.find("rect")
    assert bar is not None
    assert float(bar.get("width", "")) <= float(root.get("width", ""))

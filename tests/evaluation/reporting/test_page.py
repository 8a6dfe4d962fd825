"""The page: whole, alone, escaped, without secrets, and loud about what is missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evaluation.comparing.model import Comparison, Rule
from evaluation.reporting.page import page, write_report
from evaluation.runs.model import Run
from evaluation.scoring.model import Scores
from evaluation.whatif.answers import FOLDER, Difference, Total, WhatIf, keep
from tests.evaluation.reporting.world import (
    HOSTILE,
    PIN,
    a_comparison,
    a_run,
    a_set,
    some_scores,
    sounds,
)

VOID = {"meta", "link", "img", "br", "input", "source", "hr", "path", "rect", "circle"}


class Reader(HTMLParser):
    """Tags with their attributes, the text outside scripts, and whether all is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run")
    sounds(made)
    question = WhatIf(
        "policy",
        f"What if {HOSTILE}?",
        2,
        5,
        4,
        1,
        (Total("turns cut off", 1.0, 3.0, "turns"), Total("wait", None, 300.0, "ms")),
        (Difference("hours", 3.5, HOSTILE, "cut off", "worse", HOSTILE),),
        ("x: it has no journal",),
        ("only this",),
        {"cut off": 2},
    )
    keep(question, made / FOLDER / "policy.json")
    return made


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return page(folder, a_run(), a_set(folder), some_scores(), a_comparison())


@pytest.fixture(scope="module")
def read(html: str) -> Reader:
    return Reader(html)


def test_every_element_is_closed(read: Reader) -> None:
    assert read.mistakes == []
    assert read.open == []


def test_what_callers_say_is_text_and_nothing_else(html: str, read: Reader) -> None:
    assert "<script>alert" not in html
    assert not [tag for tag, _ in read.tags if tag == "img"]
    assert not [a for _, a in read.tags if any(name.startswith("on") for name in a)]
    assert HOSTILE in read.words
    assert "{{7*7}}" in read.words
    assert len(read.scripts) == 2


def test_nothing_comes_from_elsewhere(html: str, read: Reader) -> None:
    links = [a[name] for _, a in read.tags for name in ("src", "href") if name in a]
    assert links
    assert all(link.startswith(("#", "data:audio/ogg;base64,", "audio/")) for link in links), links
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", html)
    assert not [tag for tag, _ in read.tags if tag in ("iframe", "object", "embed", "base")]


def test_only_the_pages_own_script_may_run(read: Reader) -> None:
    policy = next(a["content"] for tag, a in read.tags if "http-equiv" in a)
    digest = base64.b64encode(hashlib.sha256(read.scripts[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_a_secret_is_nowhere(html: str, read: Reader) -> None:
    assert PIN not in html.replace(re.findall(r"data:audio/ogg;base64,([^\"]*)", html)[0], "")
    assert "four eight two one" not in html
    assert "four eight too one" not in html
    assert "hush" not in html
    assert "Your PIN •••• is right." in read.words
    assert "PIN •••• was said" in read.words


def test_the_summary_is_a_sentence_with_the_gates_word(read: Reader) -> None:
    assert "The gate failed: word errors rose by 7.5 %, more than 2 %." in read.words
    assert "What got worse by itself: recognizing words." in read.words
    assert "1 of 3 calls went as they had to (33.3 %;" in read.words
    assert "7.5 to 17.5 %" in read.words


def test_every_metric_is_there_also_one_that_was_not_measured(read: Reader) -> None:
    for metric in some_scores().metrics:
        assert metric.title in read.words
    assert "not measured: no DNSMOS model is installed" in read.words


def test_words_are_aligned(read: Reader) -> None:
    assert "move fifty dollars heard: move fifteen dollars word by word:" in read.words
    assert "word by word: move fifteen (said: fifty) dollars" in read.words
    assert "cut off, misheard, misunderstood" in read.words
    assert "understood: pay_bill (0.62), meant was transfer" in read.words


def test_a_player_is_placed_at_each_turn(read: Reader) -> None:
    seeks = [a["data-at"] for tag, a in read.tags if a.get("class") == "seek"]
    assert seeks == ["1.0", "3.0", "4.5", "6.0"]
    wave = next(a for _, a in read.tags if a.get("role") == "slider")
    assert float(wave["data-seconds"]) == 8.0
    assert wave["tabindex"] == "0"
    assert wave["aria-label"]


def test_confusions_comparison_and_what_if_are_told(read: Reader) -> None:
    assert "Intents on what was heard: 1 of 3 right" in read.words
    assert "Intents on what was really said: 2 of 2 right" in read.words
    assert "transfer for pay_bill (1)" in read.words
    assert "Passed before, failed now: 2" in read.words
    assert "4 of 5 turns in 2 calls can be told; 1 lie behind one that changes" in read.words
    assert "synthetic" in read.words


def test_a_recording_with_a_secret_is_not_linked(read: Reader) -> None:
    assert [a["href"] for tag, a in read.tags if a.get("href", "").startswith("audio/")] == [
        "audio/hours.wav"
    ]


def test_the_items_for_review_are_there_for_failed_calls(read: Reader) -> None:
    items = json.loads(read.scripts[0])
    buttons = {a["data-review"] for _, a in read.tags if "data-review" in a}
    failed = {name for name, item in items.items() if item["case"] in ("move-money", "hostile")}
    assert set(items) == failed
    assert failed < buttons
    assert all("nlu:" in item["nlu"] for item in items.values())


def test_rows_can_be_found_by_tag_and_words(read: Reader) -> None:
    rows = [a for _, a in read.tags if "data-call" in a]
    hours = next(a for a in rows if "when do you close" in a["data-search"])
    assert json.loads(hours["data-tags"]) == ["task:hours", 'a"b<i>tag']
    assert hours["data-verdict"] == "passed"


def test_it_is_written_whole(folder: Path) -> None:
    path = write_report(folder, a_run(), a_set(folder), some_scores())
    assert path == folder / "report.html"
    assert path.read_text("utf-8").endswith("</html>\n")
    assert not list(folder.glob(".*draft"))


def alarms(run: Run, folder: Path, scores: Scores | None = None) -> str:
    read = Reader(page(folder, run, a_set(folder), scores or some_scores()))
    assert [a for _, a in read.tags if a.get("role") == "alert"]
    return read.words


def test_what_is_incomplete_is_said_loudly(tmp_path: Path) -> None:
    run = a_run()
    cut = Run(replace(run.info, complete=False), run.calls[:1])
    scores = replace(some_scores(), verdicts=some_scores().verdicts[:1])
    words = alarms(cut, tmp_path, scores)
    assert "This run is incomplete: 1 of 3 calls were placed." in words
    assert "All 1 call went as they had to" in words


def test_another_set_late_and_unjudged_calls_are_said_loudly(tmp_path: Path) -> None:
    run = a_run()
    late = Run(
        replace(run.info, set_digest="e" * 64),
        (replace(run.calls[0], late=0.4), *run.calls[1:]),
    )
    scores = replace(some_scores(), verdicts=some_scores().verdicts[1:])
    words = alarms(late, tmp_path, scores)
    assert "The set has changed since the run" in words
    assert "1 call not judged: hours." in words
    assert "more than 100 ms behind time" in words
    assert "1 call failed and count as not passed" in words


def test_a_gate_that_can_not_decide(tmp_path: Path) -> None:
    gate = Comparison((), (Rule("calls", "calls", "not enough data", "only 3 calls."),), 0.05)
    read = Reader(page(tmp_path, a_run(), a_set(tmp_path), some_scores(), gate))
    assert "The gate can't decide yet: only 3 calls." in read.words


def test_a_run_without_anything(tmp_path: Path) -> None:
    empty = Run(replace(a_run().info, complete=False), ())
    read = Reader(page(tmp_path, empty, a_set(tmp_path), Scores((), ())))
    assert "No call of this run was judged." in read.words
    assert read.mistakes == []


def test_an_answer_that_cant_be_read_is_a_note(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "x.json").write_text("?", "utf-8")
    read = Reader(page(tmp_path, a_run(), a_set(tmp_path), some_scores()))
    assert "x.json is no answer to a what-if" in read.words

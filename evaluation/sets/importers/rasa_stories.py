"""Rasa's stories and test stories: whole conversations, as in nlu-data/data/stories.yml.

Source: a YAML file of Rasa 3 with the key `stories`, or a folder with such files and NLU data. A
step with `user` is said as it stands there; one with only an `intent` is said with an example of
that intent from the NLU data of the same source, drawn by the seed. What the bot does in a story
counts only where `options.actions` says how the record of an agent's actions calls it. A story that
cannot be told is left out, and counted in the heading: one with checkpoints, or with an intent for
which there are no words (keys, events). Of alternatives (`or`) the first is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import Options, Unique, brought, drawn
from evaluation.sets.importers.rasa_nlu import LICENCE, Example, examples_in, yaml_files
from evaluation.sets.model import Action, Case, EvaluationSet, Expected, Say
from evaluation.sets.problems import Problems
from evaluation.sets.rasatext import read_marked
from evaluation.sets.yamlfile import read_mapping

_NOT_SAID: Final = ("action", "slot_was_set", "active_loop")


class _Untold(Exception):
    """A story has a step that no caller can perform."""


def import_rasa_stories(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The stories, one case each. Raises SetError."""
    problems = Problems()
    spoken: dict[str, list[Example]] = {}
    for example in examples_in(source, problems):
        spoken.setdefault(example.intent, []).append(example)
    teller = _Teller(spoken, options)
    ids, told, left_out = Unique(), list[Case](), 0
    for name, steps, where in _stories(source, problems):
        try:
            turns, actions = teller.tell(steps)
        except _Untold:
            left_out += 1
        except ValueError as error:
            problems.add(where, f"the story {name!r}: {error}")
        else:
            expected = Expected(actions=actions)
            case = Case(ids.of(name), turns, voice=options.voice, expected=expected, where=where)
            told.append(case)
    problems.raise_any()
    title = f"Rasa stories: {source.name}; {left_out} stories that nobody can tell are left out"
    heading = Heading(
        "rasa-stories",
        options.version,
        options.licence or LICENCE,
        title,
        options.split,
        synthetic=True,
    )
    return brought(target, heading, drawn(told, options), lambda case, _folder: case)


def _stories(
    source: Path, problems: Problems
) -> Iterator[tuple[str, Sequence[Mapping[str, Any]], str]]:
    for path in yaml_files(source):
        data, lines = read_mapping(path, problems)
        where = lines.get("stories", str(path))
        stories = data.get("stories") or []
        if not isinstance(stories, list):
            problems.add(where, "stories has to be a list")
            continue
        for story in stories:
            steps = story.get("steps") if isinstance(story, dict) else None
            if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
                problems.add(where, "has a story without steps")
            else:
                yield str(story.get("story", "story")), steps, where


def _first(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The step, or the first of its alternatives."""
    if "or" not in step:
        return step
    alternatives = step["or"]
    first = alternatives[0] if isinstance(alternatives, list) and alternatives else None
    return first if isinstance(first, dict) else {}


class _Teller:
    """Finds words for the steps of stories."""

    def __init__(self, spoken: Mapping[str, Sequence[Example]], options: Options) -> None:
        self._spoken = spoken
        self._options = options
        self._random = np.random.default_rng(options.seed)

    def tell(
        self, steps: Sequence[Mapping[str, Any]]
    ) -> tuple[tuple[Say, ...], tuple[Action, ...]]:
        """What the caller says and what the agent does; raises _Untold, and ValueError where a
        text is broken."""
        turns: list[Say] = []
        actions: list[Action] = []
        for step in map(_first, steps):
            action = str(step.get("action", ""))
            if "user" in step or "intent" in step:
                turns.append(self._said(step))
            elif action in self._options.actions:
                actions.append(Action(self._options.actions[action]))
            elif not any(key in step for key in _NOT_SAID):
                raise _Untold
        if not turns:
            raise _Untold
        return tuple(turns), tuple(actions)

    def _said(self, step: Mapping[str, Any]) -> Say:
        intent = step.get("intent")
        text, entities = read_marked(str(step.get("user", "")))
        if not text and isinstance(intent, str):
            examples = self._spoken.get(intent)
            if not examples:
                raise _Untold
            example = examples[int(self._random.integers(len(examples)))]
            text, entities = example.text, example.entities
        if not text or text.startswith("/"):
            # "/intent" stands for an event, which nobody says
            raise _Untold
        meant = self._options.intent(intent) if isinstance(intent, str) else None
        return Say(text, intent=meant, entities=entities)

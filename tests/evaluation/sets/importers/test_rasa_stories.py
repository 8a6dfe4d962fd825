from __future__ import annotations

from pathlib import Path

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Action, Entity, Say
from tests.evaluation.sets.importers.originals import RASA_NLU, RASA_STORIES, Import, write


def test_rasa_stories(tmp_path: Path, bring: Import) -> None:
    write(tmp_path / "rasa" / "nlu.yml", RASA_NLU)
    write(tmp_path / "rasa" / "tests" / "test_stories.yml", RASA_STORIES)
    options = Options(actions={"action_do_transfer": "transfer"}, seed=3)
    found = bring("rasa-stories", tmp_path / "rasa", options)
    first, second = found.cases
    assert first.turns[0] == Say(
        "move fifty dollars",
        intent="transfer_money",
        entities=(Entity("amount", "fifty", "fifty"),),
    )
    drawn_turn = first.turns[1]
    assert isinstance(drawn_turn, Say)
    assert drawn_turn.text in ("how is the weather", "is it late")
    assert first.expected.actions == (Action("transfer"),)
    assert second.turns == (Say("send it"),)
    assert [first.id, second.id] == ["somebody-moves-money", "Somebody-moves-money-2"]
    assert "3 stories that nobody can tell are left out" in found.source

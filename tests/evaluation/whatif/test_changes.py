"""Settings become changes of a policy; what can't be told is refused with what can."""

from __future__ import annotations

import pytest

from evaluation.whatif.changes import ChangeError, changed, names, parsed
from voicebot.config import LimitSettings, Settings, TurnSettings
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience, Wait
from voicebot.server.parts import policy_from


def made(*changes: str, policy: Policy | None = None) -> Policy:
    return changed(policy or Policy(), [parsed(change) for change in changes])


@pytest.mark.parametrize("name", names())
def test_every_name_is_a_setting_and_does_what_the_setting_does(name: str) -> None:
    section, _, field = name.partition(".")
    default = getattr(TurnSettings() if section == "turns" else LimitSettings(), field)
    value = (not default) if isinstance(default, bool) else default + 0.25
    set_to = Settings(**{section: {field: value}})
    before = policy_from(Settings(turns=TurnSettings(), limits=LimitSettings()))
    assert made(f"{name}={value}", policy=before) == policy_from(set_to)


def test_adaptive_keeps_the_patience_there_is() -> None:
    mine = Policy(patience=Patience(scale=1.3))
    assert made("turns.adaptive=true", policy=mine) == mine
    assert made("turns.adaptive=no", policy=mine).patience is None


def test_a_field_of_the_policy() -> None:
    assert made("policy.blip=0.25").blip == 0.25
    waits = made("policy.patience.words.doubt=0.9").patience
    assert waits is not None
    assert waits.words == Wait(0.2, 0.9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("turns.patience", "write it as"),
        ("=3", "write it as"),
        ("turns.pateince=1", "did you mean turns.patience"),
        ("whisper_model=base", "policy.NAME"),
        ("turns.silence=soon", "a number"),
        ("turns.silence=nan", "a number"),
        ("turns.silence=-1", "a number"),
        ("turns.patience=0", "more than 0"),
        ("turns.adaptive=perhaps", "true or false"),
        ("policy.hurry=1", "there is no 'hurry'"),
        ("policy.patience=1", "is no number"),
        ("policy.blip.deep=1", "goes deeper"),
    ],
)
def test_what_cant_be_changed_is_said(change: str, says: str) -> None:
    with pytest.raises(ChangeError, match=says):
        made(change)

"""The quicker functions do what Rasa's own do."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.nlu_data.conftest import PROJECT
from voicebot.rasa_project import RasaProject

pytestmark = [pytest.mark.rasa, pytest.mark.slow]

# Answers of an action server: which does Rasa's schema take, which do we?
ANSWERS = [
    {"events": [], "responses": []},
    {},
    {"events": [{"event": "slot", "name": "pin", "value": None, "timestamp": None}]},
    {"events": [{"event": "followup", "name": "action_listen"}], "responses": [{"text": "hi"}]},
    {"events": [{"event": "action_execution_rejected", "name": "f", "policy": None}]},
    {"events": [{"event": "slot", "name": "pin"}]},
    {"events": [{"event": "slot", "value": 1}]},
    {"events": [{"name": "pin", "value": 1}]},
    {"events": [{"event": 5}]},
    {"events": {"event": "slot"}},
    {"events": ["slot"]},
    {"responses": ["hi"]},
    {"responses": "hi"},
    [],
    "hi",
    None,
]
SCRIPT = """
import json, sys
import skops.io
from components import rasa_speed
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import all_subclasses

action = RemoteAction("a", None)
def takes(answer):
    try:
        return action._validate_action_result(answer)
    except (ValidationError, RasaException):
        return False

names = sorted({kind.type_name for kind in all_subclasses(Event)}) + ["topic", "none"]
def resolves(name):
    try:
        return str(Event.resolve_by_type(name))
    except ValueError as error:
        return str(error)

answers = json.loads(sys.stdin.read())
found = []
for ours in (False, True):
    if ours:
        rasa_speed.install()
    found.append([[takes(a) for a in answers], [resolves(n) for n in names],
                  str(Event.resolve_by_type("none", Event))])
print("RESULT " + json.dumps(found))
"""


def test_the_same_answers_and_events_as_rasas_own(project: RasaProject) -> None:
    done = subprocess.run(
        [str(project.python("rasa")), "-c", SCRIPT],
        input=json.dumps(ANSWERS),
        cwd=PROJECT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    theirs, ours = json.loads(line.removeprefix("RESULT "))
    assert ours == theirs
    assert sum(ours[0]) == 5
    assert len(ours[1]) > 15

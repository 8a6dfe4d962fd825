"""A bank that cannot be reached: every action says so and hands the call to a person."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-actions" / "bin" / "python"
SCRIPT = """
import asyncio, json, sys
from rasa_sdk.executor import ActionExecutor
from actions.actions import MADE
executor = ActionExecutor()
for action in MADE:
    executor.register_action(action)
customer = {"customer_id": "204815", "verified": True, "cards": []}
slots = {"task": "transfer", "customer": customer, "requested_slot": "transfer_confirm",
         "transfer_amount": 100, "transfer_from": "checking", "transfer_to": "savings"}
parsed = {"intent": {"name": "affirm", "confidence": 0.9}}
user = {"event": "user", "text": "yes", "parse_data": parsed,
        "metadata": {"payload": {"caller": "+15550100"}}}
tracker = {"sender_id": "c", "slots": slots, "latest_message": {}, "events": [user],
           "paused": False, "active_loop": {"name": "transfer_form"}}
call = {"next_action": sys.argv[1], "sender_id": "c", "tracker": tracker,
        "domain": {"forms": {}, "responses": {}}}
done = asyncio.run(executor.run(call))
print(json.dumps([[r["response"] for r in done.responses], done.events]))
"""


@pytest.mark.parametrize("action", ["action_do_transfer", "validate_transfer_form", "action_start"])
def test_the_caller_hears_of_it_and_a_person_takes_over(action: str, tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("the environment .venv-actions is not built (make test does it)")
    done = subprocess.run(
        [str(PYTHON), "-c", SCRIPT, action],
        cwd=ROOT / "nlu-data",
        env=os.environ | {"VOICEBOT_BANK_DB": str(tmp_path)},  # a folder is no database
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    responses, events = json.loads(done.stdout.splitlines()[-1])
    assert responses == ["utter_handoff_failed"]
    assert events[-1]["name"] == "action_listen"
    # Rasa takes a form's action that sets no slot but this one for an answer it could not use.
    assert {event.get("name") for event in events if event["event"] == "slot"} > {"requested_slot"}
    assert "OperationalError" in done.stderr

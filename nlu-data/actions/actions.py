"""Every custom action by its name, as rasa_sdk finds it: thin shells with one safety net.

An error inside an action never ends in silence: the caller is told and handed to a person.

An answer that is only being prepared (a dry run) changes nothing: the bank is opened for reading
only. What the action wanted to write to the audit goes back with its messages; if it wanted to
change more than that, or failed, it says so and the preparation is given up.
"""

import logging
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action

from actions import effects, talk
from actions.bank import Bank
from actions.forms import FormTurn
from actions.outcome import LISTEN, Event, finished, slot
from actions.tasks import BY_NAME, TASKS, Task
from actions.turn import Turn, read_turn

logger = logging.getLogger(__name__)


class Voice:
    """The dispatcher of one action: `say` a response of the domain, `utter` text."""

    def __init__(self, dispatcher: Any) -> None:
        self._dispatcher = dispatcher

    def say(self, response: str, **values: Any) -> None:
        """Utter a response of the domain with these values."""
        self._dispatcher.utter_message(response=response, **values)

    def utter(self, text: str, custom: dict[str, Any]) -> None:
        """Utter a ready text again."""
        self._dispatcher.utter_message(text=text, json_message=custom)


class SafeAction(Action):
    """An action that hands the call to a person when it fails."""

    action_name = ""

    def name(self) -> str:
        """The name in the domain."""
        return self.action_name

    async def run(self, dispatcher: Any, tracker: Any, domain: dict[str, Any]) -> list[Event]:
        """Run the action; what was said so far is dropped if it fails."""
        turn = read_turn(tracker)
        bank = Bank(dry_run=turn.dry_run)
        try:
            events = self.act(turn, Voice(dispatcher), bank, domain)
            if bank.noted:
                dispatcher.utter_message(json_message={"dry_run": {"audit": bank.noted}})
            return events
        except Exception as error:  # noqa: BLE001 - the caller must hear of every failure
            dispatcher.messages.clear()
            if turn.dry_run:
                dispatcher.utter_message(json_message={"dry_run": {"given_up": True}})
                return [LISTEN]
            logger.error("%s failed: %s", self.action_name, type(error).__name__)
            task = BY_NAME.get(str(turn.slots.get("task")))
            dispatcher.utter_message(
                response="utter_handoff_failed",
                topic=task.name if task else "general",
                skill=task.skill if task else "general",
            )
            # Without a slot set, Rasa takes a form's action that failed for one that heard nothing.
            return [*finished(), slot("misses", 0), LISTEN]

    def act(self, turn: Turn, voice: Voice, bank: Bank, domain: dict[str, Any]) -> list[Event]:
        """What the action does."""
        raise NotImplementedError


class WriteAudit(Action):
    """Writes what a dry run noted, now that its turn has come about.

    The channel asks for it, not the dialogue; a failure is an error of the request.
    """

    def name(self) -> str:
        """The name under which the channel asks for it."""
        return "action_write_audit"

    async def run(self, dispatcher: Any, tracker: Any, domain: dict[str, Any]) -> list[Event]:
        """Write the rows."""
        rows = read_turn(tracker).payload["audit"]
        Bank().write_audit([(number, what, detail, call) for number, what, detail, call in rows])
        return []


def _form_action(task: Task) -> type[SafeAction]:
    def act(
        self: SafeAction, turn: Turn, voice: Voice, bank: Bank, domain: dict[str, Any]
    ) -> list[Event]:
        listed = (domain.get("forms") or {}).get(task.form) or {}
        order = listed.get("required_slots") or list(task.slots)
        responses = set(domain.get("responses") or {})
        return FormTurn(task, turn, bank, voice.say, order, responses).run()

    return _made(f"validate_{task.form}", act)


def _effect_action(task: Task) -> type[SafeAction]:
    def act(
        self: SafeAction, turn: Turn, voice: Voice, bank: Bank, domain: dict[str, Any]
    ) -> list[Event]:
        effects.EFFECTS[task.name](turn, bank, voice.say)
        events = talk.after_task(turn)
        if turn.slots.get("paused_form"):
            voice.say("utter_back_to_task")
        else:
            voice.say("utter_anything_else")
        return events

    return _made(f"action_do_{task.name}", act)


def _made(name: str, act: Callable[..., list[Event]]) -> type[SafeAction]:
    return type(f"Made_{name}", (SafeAction,), {"action_name": name, "act": act})


def _talk_action(name: str, step: Callable[[Turn, Voice, Bank, set[str]], list[Event]]) -> None:
    def act(
        self: SafeAction, turn: Turn, voice: Voice, bank: Bank, domain: dict[str, Any]
    ) -> list[Event]:
        return step(turn, voice, bank, set(domain.get("responses") or {}))

    MADE.append(_made(name, act))


MADE: list[type[SafeAction]] = [_form_action(task) for task in TASKS]
MADE += [_effect_action(task) for task in TASKS]
_talk_action("action_begin_task", lambda t, v, b, r: talk.begin_task(t, b, v.say))
_talk_action("action_start", lambda t, v, b, r: talk.start(t, b, v.say))
_talk_action("action_repeat", lambda t, v, b, r: talk.repeat(t, v.utter))
_talk_action("action_slower", lambda t, v, b, r: talk.change_rate(t, talk.SLOW, v.say, v.utter))
_talk_action("action_faster", lambda t, v, b, r: talk.change_rate(t, talk.NORMAL, v.say, v.utter))
_talk_action("action_answer", lambda t, v, b, r: talk.answer(t, v.say))
_talk_action("action_help", lambda t, v, b, r: talk.help_(t, v.say, r))
_talk_action("action_cancel", lambda t, v, b, r: talk.cancel(t, v.say, "utter_cancelled"))
_talk_action("action_start_over", lambda t, v, b, r: talk.cancel(t, v.say, "utter_start_over"))
_talk_action("action_handoff", lambda t, v, b, r: talk.handoff(t, v.say))
_talk_action("action_not_understood", lambda t, v, b, r: talk.not_understood(t, v.say))
_talk_action("action_default_fallback", lambda t, v, b, r: talk.not_understood(t, v.say))
_talk_action("action_silence", lambda t, v, b, r: talk.silence(t, v.say))
_talk_action("action_keys", lambda t, v, b, r: talk.keys(t, v.say))
_talk_action("action_goodbye", lambda t, v, b, r: talk.goodbye(v.say))
_talk_action("action_resume", lambda t, v, b, r: talk.resume(t, v.say))

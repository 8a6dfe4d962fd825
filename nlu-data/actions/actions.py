"""Every custom action by its name, as rasa_sdk finds it: thin shells with one safety net.

An error inside an action never ends in silence: the caller is told and handed to a person.
"""

import logging
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action

from actions import effects, talk
from actions.bank import Bank
from actions.forms import FormTurn
from actions.outcome import LISTEN, Event, finished
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
        try:
            return self.act(turn, Voice(dispatcher), domain)
        except Exception as error:  # noqa: BLE001 - the caller must hear of every failure
            logger.error("%s failed: %s", self.action_name, type(error).__name__)
            dispatcher.messages.clear()
            task = BY_NAME.get(str(turn.slots.get("task")))
            dispatcher.utter_message(
                response="utter_handoff_failed",
                topic=task.name if task else "general",
                skill=task.skill if task else "general",
            )
            return [*finished(), LISTEN]

    def act(self, turn: Turn, voice: Voice, domain: dict[str, Any]) -> list[Event]:
        """What the action does."""
        raise NotImplementedError


def _form_action(task: Task) -> type[SafeAction]:
    def act(self: SafeAction, turn: Turn, voice: Voice, domain: dict[str, Any]) -> list[Event]:
        listed = (domain.get("forms") or {}).get(task.form) or {}
        order = listed.get("required_slots") or list(task.slots)
        responses = set(domain.get("responses") or {})
        return FormTurn(task, turn, Bank(), voice.say, order, responses).run()

    return _made(f"validate_{task.form}", act)


def _effect_action(task: Task) -> type[SafeAction]:
    def act(self: SafeAction, turn: Turn, voice: Voice, domain: dict[str, Any]) -> list[Event]:
        effects.EFFECTS[task.name](turn, Bank(), voice.say)
        events = talk.after_task(turn)
        if turn.slots.get("paused_form"):
            voice.say("utter_back_to_task")
        else:
            voice.say("utter_anything_else")
        return events

    return _made(f"action_do_{task.name}", act)


def _made(name: str, act: Callable[..., list[Event]]) -> type[SafeAction]:
    return type(f"Made_{name}", (SafeAction,), {"action_name": name, "act": act})


def _talk_action(name: str, step: Callable[[Turn, Voice, set[str]], list[Event]]) -> None:
    def act(self: SafeAction, turn: Turn, voice: Voice, domain: dict[str, Any]) -> list[Event]:
        return step(turn, voice, set(domain.get("responses") or {}))

    MADE.append(_made(name, act))


MADE: list[type[SafeAction]] = [_form_action(task) for task in TASKS]
MADE += [_effect_action(task) for task in TASKS]
_talk_action("action_begin_task", lambda t, v, r: talk.begin_task(t, Bank(), v.say))
_talk_action("action_start", lambda t, v, r: talk.start(t, Bank(), v.say))
_talk_action("action_repeat", lambda t, v, r: talk.repeat(t, v.utter))
_talk_action("action_slower", lambda t, v, r: talk.change_rate(t, talk.SLOW, v.say, v.utter))
_talk_action("action_faster", lambda t, v, r: talk.change_rate(t, talk.NORMAL, v.say, v.utter))
_talk_action("action_answer", lambda t, v, r: talk.answer(t, v.say))
_talk_action("action_help", lambda t, v, r: talk.help_(t, v.say, r))
_talk_action("action_cancel", lambda t, v, r: talk.cancel(t, v.say, "utter_cancelled"))
_talk_action("action_start_over", lambda t, v, r: talk.cancel(t, v.say, "utter_start_over"))
_talk_action("action_handoff", lambda t, v, r: talk.handoff(t, v.say))
_talk_action("action_not_understood", lambda t, v, r: talk.not_understood(t, v.say))
_talk_action("action_default_fallback", lambda t, v, r: talk.not_understood(t, v.say))
_talk_action("action_silence", lambda t, v, r: talk.silence(t, v.say))
_talk_action("action_keys", lambda t, v, r: talk.keys(t, v.say))
_talk_action("action_goodbye", lambda t, v, r: talk.goodbye(v.say))
_talk_action("action_resume", lambda t, v, r: talk.resume(t, v.say))

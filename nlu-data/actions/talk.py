"""What is said beside the tasks: repeat, slower, help, silence, keys, hand-over. Pure."""

from collections.abc import Callable
from typing import Any

from spoken.things import ACCOUNTS, last_mention

from actions.bank import Bank
from actions.forms import MISSES_BEFORE_HANDOFF
from actions.outcome import LISTEN, Event, ask_again, finished, follow, loop, slot, waiting
from actions.tasks import BY_FORM, BY_INTENT, BY_NAME, TASKS, all_slots
from actions.turn import Turn, record_of

Say = Callable[..., None]
SLOW, NORMAL = 0.8, 1.0
TASK_SLOTS = (*(name for task in TASKS for name in all_slots(task)), "balance_account")


def begin_task(turn: Turn, bank: Bank, say: Say) -> list[Event]:
    """A task starts; a brief one (balance, hours) lets the running task wait."""
    task = BY_INTENT[turn.intent]
    running = BY_FORM.get(turn.form or "")
    waits = running is not None and running is not task and task.brief and not turn.correction
    keep = set(all_slots(running)) if running and waits else set()
    keep |= set(all_slots(task)) if turn.follow_up else set()
    events = [slot(name, None) for name in TASK_SLOTS if name not in keep]
    if task.name == "balance":
        events.append(slot("balance_account", last_mention(turn.words, ACCOUNTS)))
    return [
        *events,
        slot("paused_form", running.form if running and waits else None),
        slot("last_task", None),
        slot("task", task.name),
        slot("skill", task.skill),
        slot("proposal", None),
        slot("misses", 0),
        slot("requested_slot", None),
    ]


def after_task(turn: Turn) -> list[Event]:
    """A task is done: back to the one that waits, else wait for the caller."""
    done = BY_NAME.get(str(turn.slots.get("task")))
    gone = all_slots(done) if done and not done.brief else ()
    cleared = [slot(name, None) for name in gone]
    paused = BY_FORM.get(str(turn.slots.get("paused_form")))
    events = [*cleared, slot("paused_form", None), slot("proposal", None), slot("misses", 0)]
    events.append(slot("last_task", done.name if done else None))
    if paused:
        return [
            *events,
            slot("task", paused.name),
            slot("skill", paused.skill),
            follow(paused.form),
        ]
    return [*events, slot("task", None), LISTEN]


def start(turn: Turn, bank: Bank, say: Say) -> list[Event]:
    """The call begins: greet, and look the caller's number up for the expert's screen."""
    caller = str(turn.payload.get("caller") or "")
    customer = bank.customer_by_phone(caller) if caller else None
    say("utter_welcome")
    record = record_of(customer, verified=False) if customer else None
    return [slot("customer", record), slot("speech_rate", NORMAL), LISTEN]


def repeat(turn: Turn, utter: Callable[[str, dict[str, Any]], None]) -> list[Event]:
    """Say again what was said last; `utter(text, custom)`."""
    for text, custom in last_answer(turn.events):
        utter(text, custom)
    return waiting(turn.form)


def change_rate(
    turn: Turn, rate: float, say: Say, utter: Callable[[str, dict[str, Any]], None]
) -> list[Event]:
    """Slower: say the last answer again, slowly. Faster: only confirm and go on."""
    if rate < NORMAL:
        for text, custom in last_answer(turn.events):
            utter(text, custom | {"rate": rate})
        return [slot("speech_rate", rate), *waiting(turn.form)]
    say("utter_faster")
    return [slot("speech_rate", rate), *ask_again(turn.form)]


def last_answer(events: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The bot's messages that answered the turn before this one: (text, custom)."""
    answers: list[tuple[str, dict[str, Any]]] = []
    seen_user = 0
    for event in reversed(events):
        if event.get("event") == "user":
            if answers:
                break
            seen_user += 1
        elif event.get("event") == "bot" and seen_user:
            custom = (event.get("data") or {}).get("custom") or {}
            kept = {k: v for k, v in custom.items() if k not in ("handoff", "end")}
            answers.append((event.get("text") or "", kept))
    return list(reversed(answers))


def answer(turn: Turn, say: Say) -> list[Event]:
    """Say `utter_<intent>`; a running form then repeats its question, unless a person takes over
    or the caller asked for a moment."""
    say(f"utter_{turn.intent}")
    stays = turn.intent in ("hold_on", "report_fraud", "complaint", "ask_loan", "bereavement")
    return waiting(turn.form) if stays else ask_again(turn.form)


def help_(turn: Turn, say: Say, responses: set[str]) -> list[Event]:
    """What can be said here: the hint of the open question, or the list of tasks."""
    hint = f"utter_hint_{turn.slots.get('requested_slot')}"
    if turn.form and hint in responses:
        say(hint)
        return ask_again(turn.form)
    say("utter_help")
    return ask_again(turn.form)


def cancel(turn: Turn, say: Say, response: str) -> list[Event]:
    """Drop the running task (cancel, start over)."""
    say(response)
    names = (*TASK_SLOTS, "task", "proposal", "paused_form")
    return [*finished(), *(slot(name, None) for name in names), slot("misses", 0), LISTEN]


def handoff(turn: Turn, say: Say, reason: str = "asked") -> list[Event]:
    """A person takes over; the form keeps its place for when the caller comes back."""
    task = BY_NAME.get(str(turn.slots.get("task")))
    say(
        f"utter_handoff_{reason}",
        topic=task.name if task else "general",
        skill=task.skill if task else "general",
    )
    return [slot("misses", 0), *waiting(turn.form)]


def not_understood(turn: Turn, say: Say) -> list[Event]:
    """Outside a form: help that grows, then a person."""
    misses = int(turn.slots.get("misses") or 0) + 1
    if misses >= MISSES_BEFORE_HANDOFF:
        return handoff(turn, say, "not_understood")
    if misses == 1:
        first = turn.intent == "out_of_scope"
        say("utter_out_of_scope" if first else "utter_didnt_catch_task")
    else:
        say("utter_examples")
    return [slot("misses", misses), *ask_again(turn.form)]


def silence(turn: Turn, say: Say) -> list[Event]:
    """Nothing was heard: ask, help, and at last say goodbye."""
    count = _silences_in_a_row(turn.events)
    if count >= 3:
        say("utter_silence_end")
        return [*finished(), LISTEN]
    say("utter_silence" if count == 1 else "utter_silence_help")
    return ask_again(turn.form)


def _silences_in_a_row(events: list[dict[str, Any]]) -> int:
    count = 0
    for event in reversed(events):
        if event.get("event") == "user":
            intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
            if intent != "EXTERNAL_silence":
                break
            count += 1
    return count


def keys(turn: Turn, say: Say) -> list[Event]:
    """Keys that no open question wants: 0 is a person, 1 and 2 are yes and no."""
    digits = str(turn.payload.get("digits", ""))
    if digits == "0":
        return handoff(turn, say)
    say("utter_keys")
    return ask_again(turn.form)


def goodbye(say: Say) -> list[Event]:
    """The caller takes leave, perhaps within a task: nothing is asked any more."""
    say("utter_goodbye")
    return [*finished(), LISTEN]


def resume(turn: Turn, say: Say) -> list[Event]:
    """The expert gave the call back: on with the task, if one was open."""
    say("utter_resume")
    paused = str(turn.slots.get("paused_form") or "")
    if turn.form:
        return [loop(turn.form)]
    if paused in BY_FORM:
        return [slot("paused_form", None), follow(paused)]
    say("utter_what_else")
    return [LISTEN]

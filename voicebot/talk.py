"""The command `voicebot talk`: a conversation with the dialogue by typing.

A running Rasa is used if there is one, else Rasa and its actions are started for the time being.

    :keys 4821    press keys        :silence    say nothing
    :unclear      be not understood  :quit      hang up (also Ctrl-D)
"""

from __future__ import annotations

import asyncio
import readline  # noqa: F401 - gives `input` line editing and a history
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from voicebot.config import Settings
from voicebot.conversation.events import Expectation, Reply
from voicebot.dialogue.base import DialogueEngine, DialogueError
from voicebot.dialogue.rasa import RasaDialogue
from voicebot.server.children import Supervisor
from voicebot.server.rasa_children import rasa_children, rasa_url, with_ports
from voicebot.server.secrets import Secrets, load_secrets

Answer = TypeVar("Answer")
Echo = Callable[[str], None]
HELP = "type what a caller would say; :keys 4821, :silence, :unclear, :quit"
INTERRUPTED = 130


def talk(
    settings: Settings,
    echo: Echo,
    *,
    verbose: bool = False,
    read: Callable[[str], str] = input,
) -> int:
    """Hold a conversation until it ends or the user hangs up; the exit status.

    Raises DialogueError, ModelNotTrained, EnvironmentMissing, ChildFailed, PortInUse.
    """
    # Lines are read between runs of the loop, in the main thread: line editing works, and Ctrl-C
    # is never caught in a thread that waits for input. The children are watched during the runs.
    with asyncio.Runner() as runner, _dialogue(runner, settings, echo) as dialogue:
        conversation = Conversation(dialogue, echo, verbose)
        echo(HELP)
        try:
            alive = runner.run(conversation.begin())
            while alive:
                alive = runner.run(conversation.take(read("you  ").strip()))
        except EOFError:
            echo("")
        except KeyboardInterrupt:
            echo("")
            return INTERRUPTED
        finally:
            runner.run(conversation.end())
    return 0


@contextmanager
def _dialogue(runner: asyncio.Runner, settings: Settings, echo: Echo) -> Iterator[DialogueEngine]:
    settings = with_ports(settings)
    secrets = load_secrets(settings)
    supervisor: Supervisor | None = None
    dialogue = runner.run(_running(settings, secrets))
    if dialogue is None:
        supervisor = Supervisor(rasa_children(settings, secrets), progress=echo)
        runner.run(supervisor.start())
        dialogue = _client(settings, secrets)
    try:
        yield dialogue
    finally:
        runner.run(dialogue.close())
        if supervisor is not None:
            runner.run(supervisor.stop())


async def _running(settings: Settings, secrets: Secrets) -> RasaDialogue | None:
    """A Rasa that runs already; None when there is none and it is on us to start one."""
    dialogue = _client(settings, secrets)
    try:
        await dialogue.health()
    except DialogueError as error:
        await dialogue.close()
        if settings.rasa_url or not error.retryable:
            raise
        return None
    return dialogue


def _client(settings: Settings, secrets: Secrets) -> RasaDialogue:
    return RasaDialogue(rasa_url(settings), secrets.rasa_secret, settings.limits.dialogue_seconds)


@dataclass(slots=True)
class Conversation:
    """A call by typing. `begin` and `take` say whether it goes on."""

    dialogue: DialogueEngine
    echo: Echo
    verbose: bool = False
    call_id: str = ""
    turn: int = 0

    async def begin(self) -> bool:
        """The greeting."""
        self.call_id = f"talk-{uuid.uuid4()}"
        return await self._event("start", {})

    async def take(self, line: str) -> bool:
        """Do what the user typed."""
        command, _, rest = line.partition(" ")
        match command:
            case "":
                return True
            case ":quit" | ":q":
                return False
            case ":keys":
                return await self._keys(rest.strip())
            case ":silence":
                return await self._event("silence", {})
            case ":unclear":
                return await self._event("not_understood", {})
        if command.startswith(":"):
            self.echo(f"there is no {command}; {HELP}")
            return True
        self.turn += 1
        try:
            reply = await self.dialogue.turn(self.call_id, self.turn, line, confidence=1.0)
        except DialogueError as error:
            return self._failed(error)
        return self._show(reply)

    async def end(self) -> None:
        """Hang up."""
        try:
            await self.dialogue.end(self.call_id)
        except DialogueError as error:
            self._failed(error)

    async def _keys(self, digits: str) -> bool:
        if not digits or set(digits) - set("0123456789*#ABCD"):
            self.echo("keys are 0-9, *, #, A-D: write `:keys 4821`")
            return True
        return await self._event("dtmf", {"digits": digits})

    async def _event(self, name: str, payload: dict[str, str]) -> bool:
        self.turn += 1
        try:
            reply = await self.dialogue.event(self.call_id, self.turn, name, payload)
        except DialogueError as error:
            return self._failed(error)
        return self._show(reply)

    def _failed(self, error: DialogueError) -> bool:
        """A trainer sees the error and goes on: an action that is being written may break."""
        self.echo(f"     (error: {error})")
        return True

    def _show(self, reply: Reply) -> bool:
        if self.verbose:
            for line in understood(reply):
                self.echo(f"     · {line}")
        for text in reply.texts:
            self.echo(f"bot  {text}")
        if reply.handoff is not None:
            topic = f", {reply.handoff.topic}" if reply.handoff.topic else ""
            self.echo(f"     (a person takes over: {reply.handoff.reason}{topic})")
        if reply.end:
            self.echo("     (the bot hangs up)")
        return not reply.end


def understood(reply: Reply) -> list[str]:
    """What the dialogue understood and waits for, in lines."""
    lines = []
    if reply.intent:
        entities = "".join(f", {e.get('entity')}={e.get('value')!r}" for e in reply.entities)
        lines.append(f"{reply.intent} {reply.intent_confidence:.2f}{entities}")
    if set_slots := {name: value for name, value in reply.slots.items() if value is not None}:
        lines.append("slots " + ", ".join(f"{name}={value!r}" for name, value in set_slots.items()))
    if reply.requested_slot:
        lines.append(f"asks for {reply.requested_slot}{_expecting(reply.expects)}")
    lines.append(f"{reply.seconds * 1000:.0f} ms")
    return lines


def _expecting(expects: Expectation | None) -> str:
    if expects is None:
        return ""
    length = f" {expects.length}" if expects.length else ""
    sensitive = ", sensitive" if expects.sensitive else ""
    return f" ({expects.kind}{length}{sensitive})"

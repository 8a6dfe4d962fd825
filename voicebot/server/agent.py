"""The agent as a process: everything started in order, and stopped in the reverse order.

First what can fail for good (secrets, database, models), then the dialogue's processes, then the
doors. When the addresses are printed, a call works.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
import uvicorn

from gateway.fax.receive import FaxInbox, open_inbox
from gateway.lines.inward import Inward
from gateway.lines.server import LineDoor
from voicebot.config import Settings
from voicebot.conversation.prompts import FIXED
from voicebot.desk.seats import Desk
from voicebot.dialogue.fixedtexts import fixed_texts
from voicebot.heap import keep_giving_back
from voicebot.rasa_project import RasaProject
from voicebot.server.admission import Gauges
from voicebot.server.assembly import Engines, assemble, dialogue_of, load_engines, warm_up
from voicebot.server.calls import LiveCalls
from voicebot.server.children import Supervisor
from voicebot.server.control.app import create_app
from voicebot.server.control.context import (
    ControlContext,
    GatewayDoor,
    LiveCall,
    LoadStatus,
    PartStatus,
)
from voicebot.server.edge import MediaEdge
from voicebot.server.gateway_child import door_states, gateway_child, gateway_door
from voicebot.server.lifecycle import ChildStatus, State
from voicebot.server.logs import configure_logs
from voicebot.server.parts import Parts
from voicebot.server.rasa_children import rasa_children, with_ports
from voicebot.server.secrets import Secrets, load_secrets
from voicebot.server.telephone import Telephone
from voicebot.server.tokens import TokenBook
from voicebot.store.calls import CallStore
from voicebot.store.database import Database
from voicebot.store.recovery import recover
from voicebot.store.retention import prune
from voicebot.store.writer import RecordWriter

log = structlog.get_logger(__name__)

GOODBYE_SECONDS = 5.0
"""How long calls in progress may take to be stored when the agent stops."""
PRUNE_EVERY = 6 * 3600.0


@dataclass(slots=True)
class Agent:
    """A running agent; `addresses` are where its doors are."""

    settings: Settings
    secrets: Secrets
    parts: Parts
    store: CallStore
    tokens: TokenBook
    calls: LiveCalls
    supervisor: Supervisor
    gauges: Gauges
    gateway: GatewayDoor | None = None
    telephone: Telephone | None = None
    control_address: str = ""
    edge_address: str = ""


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is what the operator watches


async def serve(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; the exit status. Raises what keeps the agent from starting."""
    os.umask(0o077)  # what is kept of callers is for the agent's own user only
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    end_logs = configure_logs(settings)
    try:
        async with AsyncExitStack() as stack:
            starting = asyncio.create_task(start(settings, stack, _say))
            await _first(starting, stopping)
            if not starting.done():
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
                return 130
            _greet(starting.result())
            await stopping.wait()
            _say("stopping: calls in progress are being ended and stored")
    finally:
        end_logs()
    return 0


async def _first(task: asyncio.Task[Agent], event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def start(settings: Settings, stack: AsyncExitStack, note: Callable[[str], None]) -> Agent:
    """Start everything; `stack` stops it again. Raises what went wrong, with the fix in it."""
    settings = with_ports(settings)
    secrets = load_secrets(settings)
    lines = LineDoor.open()
    stack.callback(lines.close)
    children = [*rasa_children(settings, secrets), gateway_child(settings, lines.environment)]
    supervisor = Supervisor(children, progress=note)
    store, records = await _open_record(settings, stack)
    raising = asyncio.create_task(supervisor.start())
    stack.push_async_callback(supervisor.stop)
    try:
        note("models: loading")
        engines = await asyncio.to_thread(load_engines, settings)
        stack.callback(engines.close)
        note("voice: rendering fixed sentences")
        await warm_up(engines, FIXED)
        await raising
    finally:
        raising.cancel()
        await asyncio.gather(raising, return_exceptions=True)
    agent = await _put_together(
        settings, secrets, store, records, engines, supervisor, lines, stack
    )
    await _open_doors(agent, stack)
    return agent


async def _open_record(settings: Settings, stack: AsyncExitStack) -> tuple[CallStore, RecordWriter]:
    database = Database(settings.database, settings.data_dir)
    stack.push_async_callback(database.close)
    await database.upgrade()
    store = CallStore(database)
    records = RecordWriter(store, settings.data_dir)
    await records.start()
    stack.push_async_callback(records.close)
    closed = await recover(store, datetime.now(UTC))
    if closed:
        log.warning("calls that a crash had left open were closed", count=len(closed))
    return store, records


async def _put_together(
    settings: Settings,
    secrets: Secrets,
    store: CallStore,
    records: RecordWriter,
    engines: Engines,
    supervisor: Supervisor,
    lines: LineDoor,
    stack: AsyncExitStack,
) -> Agent:
    dialogue = dialogue_of(settings, secrets)
    stack.push_async_callback(dialogue.close)
    clock = asyncio.get_running_loop().time
    desk = Desk(settings.limits, records)
    gauges = Gauges(engines.longest_wait)
    calls = LiveCalls(settings.limits.calls, lambda: gauges.full)
    gateway = await asyncio.to_thread(gateway_door, settings)
    stack.push_async_callback(asyncio.to_thread, gateway.intake.close)
    inward = Inward(
        gateway.intake,
        gateway.transforms,
        answers_to=settings.gateway.outcall.answers_to,
        faxes_to=settings.gateway.fax.to,
    )
    fax = await _fax_inbox(settings, inward, stack)
    parts = assemble(settings, engines, dialogue, desk, records, gauges, fax)
    _background(gauges.run(), stack)
    _background(calls.tick(), stack)
    _background(_prune_for_ever(store, settings), stack)
    _background(keep_giving_back(), stack)
    if not settings.rasa_url:  # the dialogue is ours, so its sentences are known
        texts = await asyncio.to_thread(fixed_texts, RasaProject().sources)
        _background(warm_up(engines, texts), stack)
    ours = settings.gateway.at(settings.models_dir, settings.data_dir)
    telephone = Telephone(ours, parts, lines, inward.answered, calls.busy)
    return Agent(
        settings,
        secrets,
        parts,
        store,
        TokenBook(clock),
        calls,
        supervisor,
        gauges,
        gateway,
        telephone,
    )


async def _fax_inbox(settings: Settings, inward: Inward, stack: AsyncExitStack) -> FaxInbox | None:
    accept = inward.fax_came if settings.gateway.fax.to else None
    inbox = open_inbox(settings.gateway.fax, settings.data_dir / "fax" / "in", accept)
    if inbox is None:
        return None
    stack.push_async_callback(asyncio.to_thread, inbox.close)
    if found := await asyncio.to_thread(inbox.recover):
        log.warning("faxes that a crash had cut off were kept", count=found)
    return inbox


async def _open_doors(agent: Agent, stack: AsyncExitStack) -> None:
    settings = agent.settings
    telephone = agent.telephone
    others = telephone.others if telephone else []
    edge = MediaEdge(agent.parts, agent.tokens, agent.calls, others)
    listener = await edge.listen(settings.host, settings.edge_port)
    stack.callback(listener.close)
    if settings.audiosocket_port:
        door = await edge.listen_audiosocket(settings.host, settings.audiosocket_port)
        stack.callback(door.close)
    agent.edge_address = f"ws://{settings.host}:{settings.edge_port}"
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(_context(agent)),
            host=settings.host,
            port=settings.control_port,
            log_config=None,
            access_log=False,
            ws_max_size=64 * 1024,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve(), name="control plane")
    stack.push_async_callback(_stop_control, server, task)
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    if task.done():
        await task
    port = server.servers[0].sockets[0].getsockname()[1]
    agent.control_address = f"http://{settings.host}:{port}"
    if telephone is not None:
        telephone.start()
        stack.push_async_callback(telephone.stop, "the agent was stopped", GOODBYE_SECONDS)
    stack.push_async_callback(agent.calls.shut_down, "the agent was stopped", GOODBYE_SECONDS)


async def _stop_control(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    server.should_exit = True
    await asyncio.gather(task, return_exceptions=True)


def _background(work: asyncio._CoroutineLike[None], stack: AsyncExitStack) -> None:
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _prune_for_ever(store: CallStore, settings: Settings) -> None:
    while True:
        await prune(store, settings.data_dir, settings.record.retention_days, datetime.now(UTC))
        await asyncio.sleep(PRUNE_EVERY)


# ── what the pages may know ───────────────────────────────────────────────────────────────────


def _context(agent: Agent) -> ControlContext:
    in_force = {"seat_password": agent.secrets.seat_password}
    return ControlContext(
        settings=agent.settings.model_copy(update=in_force),
        store=agent.store,
        desk=agent.parts.desk,
        tokens=agent.tokens,
        live_calls=lambda: _live_calls(agent),
        parts=lambda: _part_states(agent),
        admit=agent.calls.busy,
        load=lambda: _load(agent.gauges),
        session_key=agent.secrets.cookie_secret.get_secret_value().encode(),
        gateway=agent.gateway,
    )


def _live_calls(agent: Agent) -> Sequence[LiveCall]:
    return [
        LiveCall(call.call_id, call.caller, call.network, call.state, call.started_at, call.expert)
        for call in agent.calls
    ]


def _load(gauges: Gauges) -> LoadStatus:
    level, pressure = gauges.level, gauges.pressure
    name = level.name.lower()
    return LoadStatus(int(level), name, pressure.wait, pressure.lag, pressure.cpu)


def _part_states(agent: Agent) -> Sequence[PartStatus]:
    children = [_child_state(status) for status in agent.supervisor.status()]
    doors = door_states(agent.settings) if agent.gateway else []
    recognition = agent.parts.recognition
    waiting = f"{recognition.working} at work, {recognition.waiting} waiting"
    pending = f"{agent.parts.records.pending} writes pending"
    return [
        *children,
        *doors,
        PartStatus("recognition", State.READY, waiting),
        PartStatus("record", State.READY, pending),
        PartStatus("edge", State.READY, f"{agent.edge_address}, {len(agent.calls)} calls"),
        *_lines_state(agent.telephone),
    ]


def _lines_state(telephone: Telephone | None) -> list[PartStatus]:
    if telephone is None:
        return []
    return [PartStatus("lines", State.READY, f"{len(telephone)} outbound calls")]


def _child_state(status: ChildStatus) -> PartStatus:
    ago = timedelta(seconds=asyncio.get_running_loop().time() - status.since)
    since = datetime.now(UTC) - ago
    return PartStatus(status.name, status.state, status.last_error, since, status.restarts)


def _greet(agent: Agent) -> None:
    base = agent.control_address
    _say("")
    _say(f"  phone page     {base}/phone")
    _say(f"  expert's seat  {base}/seat      password: see {agent.secrets.path}")
    _say(f"  calls          {base}/calls")
    _say(f"  conversions    {base}/convert")
    _say(f"  status         {base}/status")
    _say(f"  media edge     {agent.edge_address}")
    _say("")
    _say("ready. Ctrl-C stops.")
    log.info("ready", control=base, edge=agent.edge_address)

"""How the agent is doing: the status page, health for load balancers, metrics for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from voicebot.server.control import views
from voicebot.server.control.answers import Front, client_address
from voicebot.server.control.context import ControlContext, LoadStatus
from voicebot.server.lifecycle import State

LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Operations:
    """Handlers of /status, /health and /metrics."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._context = front.context
        self._context.registry.register(LiveCollector(front.context))

    def routes(self) -> list[Route]:
        """Where they are."""
        front = self._front
        return [
            Route("/status", front.private_page(self.status_page)),
            Route("/api/status", front.private_api(self.status)),
            Route("/health", self.health),
            Route("/metrics", self.metrics),
        ]

    async def status_page(self, request: Request) -> Response:
        """The page; it asks for news by itself."""
        return self._front.page(request, "status.html", {})

    async def status(self, _request: Request) -> Response:
        """Parts, calls, seats and the queue, now; and how today's calls ended."""
        context = self._context
        now = context.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        outcomes = await context.store.count_outcomes(midnight)
        return JSONResponse(
            {
                "now": now.isoformat(),
                "busy": context.admit(),
                "limit": context.settings.limits.calls,
                "load": views.load(context.load()),
                "parts": [views.part(status) for status in context.parts()],
                "calls": [views.live_call(call, now) for call in context.live_calls()],
                "seats": [views.seat(seat) for seat in context.desk.seats()],
                "queue": [views.waiting(call) for call in context.desk.waiting()],
                "outcomes": {outcome.value: count for outcome, count in outcomes.items()},
            }
        )

    async def health(self, _request: Request) -> Response:
        """200 when calls can be taken, else 503; says no more than names and states.

        A part that has only lost another system (a mailbox) makes it `degraded`: calls go on.
        """
        parts = {status.name: status.state.value for status in self._context.parts()}
        well = all(state in (State.READY, State.LOST) for state in parts.values())
        status = "degraded" if State.LOST in parts.values() else "ok"
        body = {"status": status if well else "unavailable", "parts": parts}
        return JSONResponse(body, 200 if well else 503)

    async def metrics(self, request: Request) -> Response:
        """In Prometheus' text format, for this machine and for people who signed in."""
        # Behind a proxy everybody comes from this machine; the header tells that there is one.
        proxied = "x-forwarded-for" in request.headers or "forwarded" in request.headers
        local = client_address(request) in LOOPBACK and not proxied
        if not local and self._front.session(request) is None:
            raise HTTPException(403, "Metrics are for this machine and for people who signed in.")
        return Response(generate_latest(self._context.registry), media_type=CONTENT_TYPE_LATEST)


class LiveCollector(Collector):
    """Numbers that are read at the moment of asking."""

    def __init__(self, context: ControlContext) -> None:
        self._context = context

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask for numbers."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Calls, parts, seats and queue."""
        context = self._context
        calls = GaugeMetricFamily("voicebot_calls", "Calls going on", labels=["state"])
        for state, count in Counter(call.state for call in context.live_calls()).items():
            calls.add_metric([state], count)
        yield calls
        seats = GaugeMetricFamily("voicebot_seats", "Seats signed in", labels=["state"])
        for seat, count in Counter(seat.state for seat in context.desk.seats()).items():
            seats.add_metric([seat], count)
        yield seats
        waiting = len(context.desk.waiting())
        yield GaugeMetricFamily("voicebot_waiting", "Callers waiting for a person", value=waiting)
        yield from _load(context.load())
        up = GaugeMetricFamily("voicebot_part_up", "Is the part ready?", labels=["part"])
        restarts = GaugeMetricFamily("voicebot_part_restarts", "Restarts", labels=["part"])
        for part in context.parts():
            up.add_metric([part.name], 1.0 if part.state is State.READY else 0.0)
            restarts.add_metric([part.name], part.restarts)
        yield up
        yield restarts


def _load(load: LoadStatus) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "voicebot_load_level",
        "What is left out: 0 nothing, 1 partial transcripts, 2 answers in advance, 3 new calls",
        value=load.level,
    )
    yield GaugeMetricFamily(
        "voicebot_queue_wait_seconds", "Wait of the oldest job of the engines", value=load.wait
    )
    yield GaugeMetricFamily("voicebot_loop_lag_seconds", "Lag of the event loop", value=load.lag)
    yield GaugeMetricFamily("voicebot_cpu_share", "Share of all cores in use", value=load.cpu)

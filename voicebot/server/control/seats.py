"""The expert's seat: its page, and the signalling between page and desk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from voicebot.server.control.answers import Front
from voicebot.server.control.doors import SEAT_PATH, edge_url
from voicebot.server.control.sessions import Session

log = structlog.get_logger(__name__)

MAX_MESSAGE = 16 * 1024
"""Characters of one message from a page."""

MAX_WAITING = 500
"""Messages that a page may be behind; one that does not read is disconnected."""

SIGNED_OUT = 4401
TRY_LATER = 1013


class BadMessageError(ValueError):
    """A page sent what is not a message; the text is for people."""


class Seats:
    """Handlers of /seat and /seat/ws."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route("/seat", self._front.private_page(self.page)),
            WebSocketRoute("/seat/ws", self.signalling),
        ]

    async def page(self, request: Request) -> Response:
        """The seat."""
        skills = self._front.context.settings.seat_skills
        return self._front.page(request, "seat.html", {"skills": skills})

    async def signalling(self, socket: WebSocket) -> None:
        """Join a page to the desk until one of them leaves."""
        session = self._front.session(socket)
        await socket.accept()
        if session is None:  # only after accepting does the page see the code
            await socket.close(SIGNED_OUT, "sign in first")
            return
        page = SeatPage(socket, session, self._front)
        await page.run()


class SeatPage:
    """One open page of one seat."""

    def __init__(self, socket: WebSocket, session: Session, front: Front) -> None:
        self._socket = socket
        self._session = session
        self._desk = front.context.desk
        self._media = edge_url(front.context.settings, socket, SEAT_PATH)
        self._waiting: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(MAX_WAITING)
        self._behind = asyncio.Event()

    async def run(self) -> None:
        """Carry messages both ways; returns when the page is gone."""
        try:
            self._desk.connect(self._session.id, self._session.name, self.send)
        except ValueError as error:
            await self._socket.send_text(json.dumps({"type": "error", "message": str(error)}))
            await self._socket.close(TRY_LATER, "no seat is free")
            return
        tasks = [
            asyncio.create_task(work, name=f"seat {self._session.id}")
            for work in (self._read(), self._write(), self._behind.wait())
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._behind.is_set():
                log.warning("seat_too_slow", seat=self._session.id)
                await self._socket.close(TRY_LATER, "the page does not read")
        finally:
            self._desk.disconnect(self._session.id, self.send)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _received(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "available" and "skills" in message:
            skills = _skills(message["skills"])
            self._desk.connect(self._session.id, self._session.name, self.send, skills)
        self._desk.receive(self._session.id, message)

    def send(self, message: Mapping[str, Any]) -> None:
        """Queue a message for the page; what the page needs to reach the media edge is added."""
        if message.get("type") == "connect":
            message = {**message, "url": self._media}
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self._behind.set()

    async def _write(self) -> None:
        while True:
            message = await self._waiting.get()
            try:
                await self._socket.send_text(json.dumps(message))
            except WebSocketDisconnect:
                return

    async def _read(self) -> None:
        while True:
            try:
                text = await self._socket.receive_text()
            except (WebSocketDisconnect, KeyError):  # KeyError: it sent bytes
                return
            try:
                self._received(_parse(text))
            except ValueError as error:
                self.send({"type": "error", "message": str(error)})


def _skills(skills: object) -> list[str]:
    if not isinstance(skills, list) or not all(isinstance(skill, str) for skill in skills):
        raise BadMessageError("The skills of a seat are a list of names.")
    return skills


def _parse(text: str) -> Mapping[str, Any]:
    if len(text) > MAX_MESSAGE:
        raise BadMessageError(f"A message may have at most {MAX_MESSAGE} characters.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessageError("That message is not JSON.") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadMessageError("A message is a JSON object with a type.")
    return message

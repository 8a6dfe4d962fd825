"""The gateway's doors for programs and for the page: HTTP, JSON and server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway import planner
from gateway.content import Content, Kind
from gateway.errors import GatewayError, MissingPartError, RefusedError
from gateway.jobs.intake import Intake
from gateway.jobs.intake import Request as JobRequest
from gateway.jobs.job import Job
from gateway.jobs.store import FullError, UnknownJobError
from gateway.rest import views
from gateway.rest.openapi import describe
from gateway.rest.settings import RestSettings
from gateway.rest.upload import TooLargeError, boundary_of, receive_form
from gateway.transform import Transform, Wishes

PATH: Final = "/v1/conversions"
MOST_TEXT: Final = 4 << 20
"""Bytes of a JSON body: a text of a million characters, however it is escaped."""

_LOOK: Final = 0.25  # seconds between two looks at a job's events
_HEARTBEAT: Final = 15.0  # seconds without an event, after which a comment keeps the line open
_RETRY_AFTER: Final = "60"  # seconds
_MOST_KEY: Final = 200
_SHOWN: Final = ("audio/", "image/", "text/plain", "text/vtt", "application/pdf")
_USUAL: Final[Mapping[Kind, Kind]] = {
    Kind.TEXT: Kind.VOICE,
    Kind.VOICE: Kind.TEXT,
    Kind.EMAIL: Kind.VOICE,
    Kind.FAX: Kind.TEXT,
    Kind.SMS: Kind.VOICE,
}
"""What a file becomes when nobody says what."""

Handler = Callable[[Request], Awaitable[Response]]


class Recognise(Protocol):
    """Finds out what a file is."""

    def __call__(self, path: Path, name: str, media_type: str) -> Content:
        """By its contents; `name` and `media_type` are the sender's words. Raises RefusedError."""


class ConversionApi:
    """Handlers of /v1. `allowed` says whether a request may pass, `reporter` who else is told how
    a conversion ended."""

    def __init__(
        self,
        intake: Intake,
        transforms: Sequence[Transform],
        recognise: Recognise,
        settings: RestSettings,
        allowed: Callable[[Request], bool],
        *,
        reporter: str = "",
    ) -> None:
        self._intake = intake
        self._transforms = tuple(transforms)
        self._recognise = recognise
        self._settings = settings
        self._allowed = allowed
        self._reporter = reporter
        self._uploads = self._streams = 0

    def routes(self) -> list[Route]:
        """Where they are."""
        one = PATH + "/{id}"
        return [
            Route("/v1/openapi.json", self.openapi),
            Route("/v1/targets", self._guarded(self.targets)),
            Route(PATH, self._guarded(self.submit), methods=["POST"]),
            Route(PATH, self._guarded(self.newest)),
            Route(one, self._guarded(self.show), methods=["GET"]),
            Route(one, self._guarded(self.cancel), methods=["DELETE"]),
            Route(one + "/result", self._guarded(self.result)),
            Route(one + "/events", self._guarded(self.events)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        """`handler` for those who may; what goes wrong becomes a sentence and a status."""

        async def guarded(request: Request) -> Response:
            if not self._allowed(request):
                headers = {"WWW-Authenticate": "Bearer"}
                error = "This needs a bearer token (the setting gateway.rest.token)."
                return JSONResponse({"error": error}, 401, headers)
            try:
                return await handler(request)
            except GatewayError as error:
                return _problem(error)
            except ClientDisconnect:
                return Response(status_code=400)

        return guarded

    # ── submitting ────────────────────────────────────────────────────────────────────────────

    async def submit(self, request: Request) -> Response:
        """Take a conversion in; it is safe on disk when the answer goes out."""
        if self._uploads >= self._settings.uploads:
            raise FullError("too many uploads at once; try again in a minute")
        key = request.headers.get("idempotency-key", "")
        if len(key) > _MOST_KEY:
            raise RefusedError(f"an idempotency key may have {_MOST_KEY} characters at most")
        self._uploads += 1
        try:
            job = await self._take(request, key)
        finally:
            self._uploads -= 1
        headers = {"Location": f"{PATH}/{job}"}
        return JSONResponse(await asyncio.to_thread(self._view, job), 202, headers)

    async def _take(self, request: Request, key: str) -> str:
        length = request.headers.get("content-length", "0")
        stage = self._intake.stage(int(length) if length.isdigit() else 0)
        staged = await asyncio.to_thread(stage.__enter__)
        try:
            content_type = request.headers.get("content-type", "")
            if boundary := boundary_of(content_type):
                source, wanted, name = await self._form(request, boundary, staged)
            elif content_type.partition(";")[0].strip().lower() == "application/json":
                source, wanted, name = await self._text(request, staged)
            else:
                raise RefusedError("send multipart/form-data with a file, or JSON with a text")
            return await asyncio.to_thread(self._accept, staged, source, wanted, name, key)
        except OSError as error:
            raise FullError("the gateway can't write to its disk; try again later") from error
        finally:
            await asyncio.to_thread(stage.__exit__, None, None, None)

    async def _form(
        self, request: Request, boundary: bytes, staged: Path
    ) -> tuple[Content, _Wanted, str]:
        path = staged / "source" / "source"
        upload = await receive_form(
            request.stream(),
            boundary,
            path,
            most=self._intake.settings.voice_bytes,
            seconds=self._settings.upload_seconds,
            pause=self._settings.pause_seconds,
        )
        wanted = _Wanted.of_form(upload.fields)
        recognised = await asyncio.to_thread(self._recognise, path, upload.name, upload.media_type)
        most = self._intake.settings.source_bytes
        if recognised.kind is not Kind.VOICE and upload.size > most:
            raise TooLargeError(f"such a file may have {most >> 20} MB at most")
        return recognised, wanted, upload.name

    async def _text(self, request: Request, staged: Path) -> tuple[Content, _Wanted, str]:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_TEXT:
                raise TooLargeError(f"a text may have {MOST_TEXT >> 20} MB at most")
        try:
            asked = views.TextRequest.model_validate_json(bytes(body))
        except ValidationError as error:
            raise RefusedError(_explained(error)) from None
        path = staged / "source" / "source.txt"
        await asyncio.to_thread(path.write_text, asked.text, "utf-8")
        source = Content(Kind.TEXT, path, "text/plain")
        return source, _Wanted(asked.to, asked.deliver, asked.wishes), ""

    def _accept(self, staged: Path, source: Content, wanted: _Wanted, name: str, key: str) -> str:
        target = wanted.to or _USUAL[source.kind]
        plan = planner.find(
            self._transforms, source.kind, planner.Goal(target, delivered=wanted.deliver)
        )
        request = JobRequest(
            plan, wanted.wishes, name=name, key=key, owner="rest", reporter=self._reporter
        )
        return self._intake.accept(staged, source, request)

    # ── asking ────────────────────────────────────────────────────────────────────────────────

    async def openapi(self, _request: Request) -> Response:
        """The description of all this."""
        return JSONResponse(describe())

    async def targets(self, _request: Request) -> Response:
        """What can become what."""
        files: dict[Kind, list[Kind]] = {kind: [] for kind in Kind}
        deliveries: dict[Kind, list[Kind]] = {kind: [] for kind in Kind}
        for route in planner.table(self._transforms):
            if route.plan is not None and not route.plan.missing():
                table = deliveries if route.goal.delivered else files
                table[route.start].append(route.goal.kind)
        return _json(views.Targets(files=files, deliveries=deliveries))

    async def newest(self, request: Request) -> Response:
        """The youngest conversions."""
        limit = request.query_params.get("limit", "50")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:4]) <= 200:
            raise RefusedError("limit must be a number from 1 to 200")
        return _json(await asyncio.to_thread(self._newest, int(limit)))

    def _newest(self, limit: int) -> views.Conversions:
        found = []
        for order, job in self._intake.newest(limit):
            found.append(views.conversion(order, job, self._intake.result_of(order, job)))
        return views.Conversions(conversions=found)

    async def show(self, request: Request) -> Response:
        """How a conversion stands."""
        return JSONResponse(await asyncio.to_thread(self._view, request.path_params["id"]))

    def _view(self, job_id: str) -> Any:
        order, job = self._intake.order(job_id), self._intake.job(job_id)
        result = self._intake.result_of(order, job)
        return views.conversion(order, job, result).model_dump(mode="json")

    async def cancel(self, request: Request) -> Response:
        """Call a conversion off."""
        job_id = request.path_params["id"]
        await asyncio.to_thread(self._intake.cancel, job_id)
        return JSONResponse(await asyncio.to_thread(self._view, job_id))

    async def result(self, request: Request) -> Response:
        """The file that came out."""
        job_id = request.path_params["id"]
        order, job, result = await asyncio.to_thread(self._found, job_id)
        if result is None:
            reason = f": {job.reason}" if job.reason else ""
            raise HTTPException(409, f"There is no result: it is {job.state}{reason}.")
        shown = result.media_type.startswith(_SHOWN)
        return FileResponse(
            result.path,
            media_type=result.media_type,
            filename=views.result_name(order, result),
            content_disposition_type="inline" if shown else "attachment",
        )

    def _found(self, job_id: str) -> tuple[Any, Job, Content | None]:
        order, job = self._intake.order(job_id), self._intake.job(job_id)
        result = self._intake.result_of(order, job)
        if result is not None and not result.path.is_file():
            raise UnknownJobError("the result was cleaned away")
        return order, job, result

    # ── following ─────────────────────────────────────────────────────────────────────────────

    async def events(self, request: Request) -> Response:
        """Server-sent events until it is over; after Last-Event-ID, if there is one."""
        job_id = request.path_params["id"]
        given = request.headers.get("last-event-id", "0")
        after = int(given[:9]) if given.isascii() and given.isdigit() else 0
        events = await asyncio.to_thread(self._intake.events, job_id)
        if Job.of(events[:after]).over:
            return Response(status_code=204)
        if self._streams >= self._settings.streams:
            raise FullError("too many clients follow conversions; ask again later")
        return StreamingResponse(self._follow(job_id, after), media_type="text/event-stream")

    async def _follow(self, job_id: str, after: int) -> AsyncIterator[str]:
        self._streams += 1
        try:
            seen, quiet = -1, 0.0
            while True:
                size = await asyncio.to_thread(self._intake.store.size, job_id)
                if size != seen:
                    seen, quiet = size, 0.0
                    lines, over = await asyncio.to_thread(self._news, job_id, after)
                    after += len(lines)
                    for line in lines:
                        yield line
                    if over:
                        return
                elif quiet >= _HEARTBEAT:
                    quiet = 0.0
                    yield ": still here\n\n"
                await asyncio.sleep(_LOOK)
                quiet += _LOOK
        except UnknownJobError:  # it was cleaned away while somebody looked on
            return
        finally:
            self._streams -= 1

    def _news(self, job_id: str, after: int) -> tuple[list[str], bool]:
        """What happened after event number `after`, up to the end of the job."""
        order, job, lines = self._intake.order(job_id), Job(), []
        for event in self._intake.events(job_id):
            job = job.after(event)
            if event.number > after:
                result = self._intake.result_of(order, job)
                data = views.happened(event, order, job, result).model_dump_json()
                lines.append(f"id: {event.number}\nevent: {event.what}\ndata: {data}\n\n")
            if job.over:
                break
        return lines, job.over


class _Wanted:
    """What a file is to become."""

    def __init__(self, to: Kind | None, deliver: bool, wishes: Wishes) -> None:
        self.to = to
        self.deliver = deliver
        self.wishes = wishes

    @classmethod
    def of_form(cls, fields: Mapping[str, str]) -> _Wanted:
        """From the fields of a form; an empty field is none. Raises RefusedError."""
        given = {name: value for name, value in fields.items() if value != ""}
        to, deliver = given.pop("to", ""), given.pop("deliver", "false")
        if to and to not in set(Kind):
            raise RefusedError(f"`to` must be one of {', '.join(Kind)}")
        if deliver not in ("true", "false"):
            raise RefusedError("`deliver` must be true or false")
        try:
            wishes = Wishes.model_validate(given)
        except ValidationError as error:
            raise RefusedError(_explained(error)) from None
        return cls(Kind(to) if to else None, deliver == "true", wishes)


def _problem(error: GatewayError) -> JSONResponse:
    headers = {}
    status = 422
    if isinstance(error, UnknownJobError):
        status = 404
    elif isinstance(error, TooLargeError):
        status = 413
    elif isinstance(error, MissingPartError):
        status = 501
    elif error.retry:
        status, headers = 503, {"Retry-After": _RETRY_AFTER}
    return JSONResponse({"error": _sentence(str(error))}, status, headers)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _explained(error: ValidationError) -> str:
    """What is wrong with what was sent, without quoting it."""
    wrong = error.errors(include_input=False, include_url=False, include_context=False)
    lines = [f"`{'.'.join(map(str, each['loc'])) or 'body'}`: {each['msg']}" for each in wrong]
    return "; ".join(lines[:5])


def _json(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")

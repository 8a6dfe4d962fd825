"""The record of calls, for people who signed in: list, one call, its recording, call-backs."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from voicebot.server.control import views
from voicebot.server.control.answers import Front, query_number, query_text
from voicebot.store.calls import RecordUnknownError
from voicebot.store.records import CallRecord, Outcome

MAX_ID = 128
PAGE = 25
OUTCOMES = {
    Outcome.CONTAINED: "Solved by the bot",
    Outcome.EXPERT: "With an expert",
    Outcome.CALLBACK: "Call-back",
    Outcome.FAX: "Fax",
    Outcome.ABANDONED: "Hung up",
    Outcome.FAILED: "Failed",
}


class Record:
    """Handlers of everything that looks back."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._store = front.context.store

    def routes(self) -> list[Route]:
        """Where they are."""
        page, api = self._front.private_page, self._front.private_api
        return [
            Route("/calls", page(self.calls_page)),
            Route("/calls/{call_id}", page(self.call_page)),
            Route("/calls/{call_id}/recording", api(self.recording)),
            Route("/callbacks", page(self.callbacks_page)),
            Route("/api/calls", api(self.calls)),
            Route("/api/calls/{call_id}", api(self.call)),
            Route("/api/callbacks", api(self.callbacks)),
            Route("/api/callbacks/{callback_id}/done", api(self.finish_callback), methods=["POST"]),
        ]

    async def calls_page(self, request: Request) -> Response:
        """The list; its rows are fetched by the page."""
        outcomes = [(outcome.value, label) for outcome, label in OUTCOMES.items()]
        return self._front.page(request, "calls.html", {"outcomes": outcomes})

    async def call_page(self, request: Request) -> Response:
        """One call."""
        record = await self._get(request)
        values = {"call_id": record.call.id, "here": "/calls"}
        return self._front.page(request, "call.html", values)

    async def callbacks_page(self, request: Request) -> Response:
        """Who waits to be called back."""
        return self._front.page(request, "callbacks.html", {})

    async def calls(self, request: Request) -> Response:
        """Calls, newest first; `before` (the last id of a page) leads to older ones."""
        wanted = query_text(request, "outcome")
        if wanted and wanted not in set(Outcome):
            raise HTTPException(400, f"outcome is one of {', '.join(Outcome)}.")
        limit = query_number(request, "limit", PAGE, 100)
        found = await self._store.list_calls(
            limit + 1,
            query_text(request, "before", MAX_ID),
            caller=query_text(request, "number", 64).replace(" ", ""),
            outcome=Outcome(wanted) if wanted else None,
            text=query_text(request, "text"),
        )
        rows = [views.call_summary(call) for call in found[:limit]]
        return JSONResponse({"calls": rows, "more": len(found) > limit})

    async def call(self, request: Request) -> Response:
        """Everything about one call."""
        return JSONResponse(views.call_record(await self._get(request)))

    async def recording(self, request: Request) -> Response:
        """The WAV file, whole or in ranges."""
        record = await self._get(request)
        path = self._recording_path(record)
        if path is None:
            raise HTTPException(404, "There is no recording of this call.")
        name = f"call-{record.call.started_at:%Y-%m-%d-%H%M}.wav"
        download = "download" in request.query_params
        return FileResponse(
            path,
            media_type="audio/wav",
            filename=name,
            content_disposition_type="attachment" if download else "inline",
            headers={"Cache-Control": "private, no-store"},
        )

    async def callbacks(self, _request: Request) -> Response:
        """Open call-backs, longest waiting first."""
        found = await self._store.open_callbacks()
        return JSONResponse({"callbacks": [views.callback(entry) for entry in found]})

    async def finish_callback(self, request: Request) -> Response:
        """Tick one off; 409 when somebody else did before."""
        session = self._front.session(request)
        callback_id = str(request.path_params["callback_id"])[:MAX_ID]
        try:
            mine = await self._store.finish_callback(
                callback_id, self._front.context.now(), session.name if session else ""
            )
        except RecordUnknownError as error:
            raise HTTPException(404, "There is no such call-back.") from error
        if not mine:
            raise HTTPException(409, "A colleague has done that already.")
        return JSONResponse({"done": True})

    async def _get(self, request: Request) -> CallRecord:
        call_id = str(request.path_params["call_id"])
        record = await self._store.get_call(call_id) if len(call_id) <= MAX_ID else None
        if record is None:
            raise HTTPException(404, "There is no such call.")
        return record

    def _recording_path(self, record: CallRecord) -> Path | None:
        """Where the recording lies; nothing outside data_dir is sent, whatever the record says."""
        if not views.has_recording(record.call):
            return None
        root = self._front.context.settings.data_dir.resolve()
        path = (root / record.call.recording).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None

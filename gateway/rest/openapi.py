"""The description of the REST interface (OpenAPI 3.1), made from the models it uses."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.content import Kind
from gateway.rest import views
from gateway.transform import Wishes

_MODELS: tuple[type[BaseModel], ...] = (
    views.TextRequest,
    views.Conversion,
    views.Conversions,
    views.Targets,
    views.Problem,
    views.Progress,
    Wishes,
)
_REFERENCE = "#/components/schemas/{model}"
_PROBLEMS = {
    "401": "A token is needed, or the one that came is wrong.",
    "404": "There is no such conversion.",
    "409": "There is no result (yet).",
    "413": "The file is too large.",
    "422": "It can't be converted, or not like this; or the idempotency key was used before.",
    "501": "Something has to be installed first.",
    "503": "There is no room for another conversion now.",
}


def describe() -> dict[str, Any]:
    """The OpenAPI document."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template=_REFERENCE
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conversion gateway",
            "version": "1",
            "description": "Text, voice, e-mail, fax and SMS into one another. A conversion that "
            "was accepted is done exactly once, or reported as failed with the reason.",
        },
        "security": [{"bearer": []}, {}],
        "paths": _paths(),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    job = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    return {
        "/v1/conversions": {
            "post": _submit(),
            "get": {
                "summary": "The youngest conversions",
                "parameters": [{"name": "limit", "in": "query", "schema": limit}],
                "responses": _responses("200", "Conversions", "401"),
            },
        },
        "/v1/conversions/{id}": {
            "parameters": [job],
            "get": {
                "summary": "How a conversion stands",
                "responses": _responses("200", "Conversion", "401", "404"),
            },
            "delete": {
                "summary": "Call a conversion off",
                "description": "One at work ends soon; one that is being delivered is not stopped.",
                "responses": _responses("200", "Conversion", "401", "404"),
            },
        },
        "/v1/conversions/{id}/result": {
            "parameters": [job],
            "get": {
                "summary": "What came out",
                "responses": {
                    "200": {"description": "The file.", "content": {"*/*": {}}},
                    **_problems("401", "404", "409"),
                },
            },
        },
        "/v1/conversions/{id}/events": {"parameters": [job], "get": _events()},
        "/v1/targets": {
            "get": {
                "summary": "What can become what",
                "responses": _responses("200", "Targets", "401"),
            }
        },
    }


def _submit() -> dict[str, Any]:
    wishes = Wishes.model_json_schema()["properties"]
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "to": {"type": "string", "enum": [str(kind) for kind in Kind]},
            "deliver": {"type": "boolean", "default": False},
            **wishes,
        },
    }
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key gives the same conversion, however often it is sent.",
        "schema": {"type": "string", "maxLength": 200},
    }
    return {
        "summary": "Convert a file or a text",
        "parameters": [key],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "application/json": {"schema": _ref("TextRequest")},
            },
        },
        "responses": _responses("202", "Conversion", "401", "413", "422", "501", "503"),
    }


def _events() -> dict[str, Any]:
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Go on after this event.",
        "schema": {"type": "integer"},
    }
    return {
        "summary": "Follow a conversion",
        "description": "Server-sent events, each with a `Progress` as its data. The stream ends "
        "with the conversion; 204 when there is nothing to come.",
        "parameters": [last],
        "responses": {
            "200": {
                "description": "The events.",
                "content": {"text/event-stream": {"schema": _ref("Progress")}},
            },
            "204": {"description": "It is over."},
            **_problems("401", "404", "503"),
        },
    }


def _ref(model: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model)}


def _responses(status: str, model: str, *problems: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(model)}}
    return {status: {"description": model, "content": content}, **_problems(*problems)}


def _problems(*statuses: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref("Problem")}}
    return {status: {"description": _PROBLEMS[status], "content": content} for status in statuses}

"""The OpenAPI page: what FastAPI says of the routes, with the models that they name."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.rest.documents.base import Document
from kernel.question import Input

_about = """\
Software raises its hand, a person answers, the answer comes back.

Every error is a problem document (RFC 9457) whose `code` is a word for programs. Commands may carry
an `Idempotency-Key`; a 2xx is only ever given for a command that is durable.

An API key with the ability `act_for` names the linked person for whom it speaks in the header
`Handraise-Act-For`. `X-Correlation-Id` and `traceparent` go along with what a command causes, and
every answer carries an `X-Request-Id`, the caller's if it sent one.
"""


def add_openapi(app: FastAPI) -> None:
    """Lets the app serve this page at its address for it."""

    def page() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = made(app)
        return app.openapi_schema

    app.openapi = page


def made(app: FastAPI) -> dict[str, Any]:
    """The page."""
    found = get_openapi(
        title="Handraise", version="1", description=_about, routes=app.routes, tags=_tags
    )
    for route in app.routes:
        if isinstance(route, APIRoute):
            _put_contents(found, route)
    components = found["components"]
    components["schemas"] |= _definitions()
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (`hr_…`), or a token from `/api/v1/auth/token`.",
        }
    }
    return found


def _put_contents(found: dict[str, Any], route: APIRoute) -> None:
    """Puts in the contents as we declared them: FastAPI adds its own, and drops every null."""
    for method in route.methods or ():
        entry = found["paths"][route.path_format][method.lower()]
        entry["responses"] = {str(status): shown for status, shown in route.responses.items()}
        if body := (route.openapi_extra or {}).get("requestBody"):
            entry["requestBody"] = body


def _definitions() -> dict[str, Any]:
    models = sorted({*_below(Document), *_below(Input)}, key=lambda model: model.__name__)
    _, schema = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    return schema["$defs"]


def _below(root: type[BaseModel]) -> list[type[BaseModel]]:
    return [kind for child in root.__subclasses__() for kind in (child, *_below(child))]


_tags = [
    {"name": "requests", "description": "Questions to people, and what came of them."},
    {"name": "attachments", "description": "Files that questions and answers name."},
    {"name": "kinds", "description": "Kinds of questions: decisions, forms, deadlines, rules."},
    {"name": "standing rules", "description": "Decisions on questions yet to come."},
    {"name": "deliveries", "description": "Callbacks that did not get through."},
    {"name": "identity", "description": "Who calls."},
    {"name": "duty", "description": "Who is there when, and what happens if nobody answers."},
    {"name": "integrations", "description": "Where people are reached, beside the mail."},
]

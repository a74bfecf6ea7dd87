"""The fast path: the person who sits at the client may answer at once, where the kind allows that.

Whoever sits there is the asker's own user, so nothing is offered unless the kind allows whoever
asked to answer (`self_approval`), the connection speaks for a person, and the client can show a
form. The service judges the answer as any other.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp_types import (
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from handraise.errors import Refused
from handraise.mcp.voices import Voices
from handraise.models import Request

ANSWER: Final = "answer"
"""Under which name the client sends back what the person at it said."""


async def offered_decisions(voices: Voices, request: Request, kind: str) -> list[str] | None:
    """The decisions that may be offered at the client; None where none may.

    What has a form of its own is answered on its page.
    """
    if voices.deciding is None or request.form or not request.decisions:
        return None
    definition = (await voices.asking.kind(kind)).get("definition")
    allowed = isinstance(definition, Mapping) and definition.get("self_approval") is True
    return [_name(one) for one in request.decisions] if allowed else None


def can_show_forms(call: Context[Any, Any]) -> bool:
    """Whether the client says that it shows forms to its user."""
    capabilities = call.client_capabilities
    shown = capabilities.elicitation if capabilities else None
    # An empty capability means forms: there was nothing else when it was written.
    return shown is not None and (shown.form is not None or shown.url is None)


def answers_by_return(call: Context[Any, Any]) -> bool:
    """Whether the client is asked by a result that it answers with another call (2026-07-28)."""
    return call.protocol_version in MODERN_PROTOCOL_VERSIONS


def question_for(request: Request, decisions: list[str]) -> ElicitRequest:
    """The form that the client shows."""
    return ElicitRequest(params=_form(request, decisions))


def asked_back(request: Request, decisions: list[str]) -> InputRequiredResult:
    """The result that asks the client; the request's id comes back with its answer."""
    return InputRequiredResult(
        input_requests={ANSWER: question_for(request, decisions)}, request_state=request.id
    )


def answered_back(call: Context[Any, Any]) -> ElicitResult | None:
    """What the client's next call brings along, or None."""
    given = (call.input_responses or {}).get(ANSWER)
    return given if isinstance(given, ElicitResult) else None


async def asked_now(
    call: Context[Any, Any], request: Request, decisions: list[str]
) -> ElicitResult | None:
    """What the person at the client says, asked in the midst of the call; None if it can't be."""
    form = _form(request, decisions)
    try:
        return await call.session.elicit_form(
            form.message, form.requested_schema, call.request_context.request_id
        )
    except MCPError:
        return None


async def put_in(voices: Voices, request: Request, said: ElicitResult | None) -> str | None:
    """Answers the request with what the person at the client said; what to note where it failed."""
    if said is None or said.action != "accept" or not said.content:
        return None
    decision, comment = said.content.get("decision"), said.content.get("comment")
    if not isinstance(decision, str):
        return None
    try:
        await voices.person().respond(
            request.id,
            decision=decision,
            comment=comment if isinstance(comment, str) and comment else "",
            revision=request.revision or 1,
            content_hash=request.content_hash or "",
        )
    except Refused as refused:
        return f"What was said at this client was not taken: {refused}"
    return None


def _form(request: Request, decisions: list[str]) -> ElicitRequestFormParams:
    properties = {
        "decision": {"type": "string", "title": "Decision", "enum": decisions},
        "comment": {"type": "string", "title": "Comment", "maxLength": 2000},
    }
    told = "\n\n".join(text for text in (request.title, request.description) if text)
    return ElicitRequestFormParams(
        message=f"{told}\n\nAll of it: {request.url}" if request.url else told,
        requested_schema={"type": "object", "properties": properties, "required": ["decision"]},
    )


def _name(decision: Any) -> str:
    if isinstance(decision, Mapping):
        return str(cast("Mapping[str, Any]", decision).get("name"))
    return str(decision)

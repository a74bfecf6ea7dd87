"""Long waits as tasks of the protocol (the extension `io.modelcontextprotocol/tasks`, SEP-2663).

A client that knows the extension gets a handle at once where others would wait: it asks now and
then how the task stands, over restarts of both sides, because the handle is the request's id and
all state is the request's. The protocol's SDK has the hooks for it, and no tasks of its own yet.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolRequestParams, RequestParams
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import Field
from starlette.requests import Request as HttpRequest

from handraise.errors import Conflict, HandraiseError, NotFound
from handraise.mcp.shapes import STILL_WAITING, Answer, answer_so_far
from handraise.mcp.voices import Door
from handraise.models import Request

IDENTIFIER: Final = "io.modelcontextprotocol/tasks"
POLL_MILLISECONDS: Final = 5000
WAITING_TOOLS: Final = frozenset({"ask_human", "wait_for_human", "revise_human_task"})
"""The tools whose calls may become tasks."""


class TaskParams(RequestParams):
    """Which task is meant."""

    task_id: str = Field(alias="taskId")


class UpdateParams(TaskParams):
    """Answers to what a task has asked its client."""

    input_responses: dict[str, Any] = Field(alias="inputResponses")


class LongTasks(Extension):
    """Tasks that are requests of Handraise."""

    identifier = IDENTIFIER

    def __init__(self, door: Door) -> None:
        self._door = door

    def methods(self) -> Sequence[MethodBinding]:
        """`tasks/get`, `tasks/update` and `tasks/cancel`."""
        modern = frozenset(MODERN_PROTOCOL_VERSIONS)
        return (
            MethodBinding("tasks/get", TaskParams, self._get, modern),
            MethodBinding("tasks/update", UpdateParams, self._update, modern),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, modern),
        )

    async def intercept_tool_call(
        self,
        params: CallToolRequestParams,
        ctx: ServerRequestContext[Any, Any],
        call_next: CallNext,
    ) -> HandlerResult:
        """Lets a tool that waits return at once, and a handle take the place of its result."""
        wanted = params.name in WAITING_TOOLS and _declared(ctx)
        if not wanted or "wait_seconds" in (params.arguments or {}):
            return await call_next(ctx)
        params.arguments = {**(params.arguments or {}), "wait_seconds": 0}
        result = await call_next(ctx)
        answer = _answer_in(result)
        if answer is None or answer.status != "waiting":
            return result
        async with self._door(_http(ctx)) as voices:
            request = await voices.asking.get(answer.task_id)
        return {"resultType": "task", **_handle(request)}

    async def _get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
        request = await self._request(ctx, params)
        told = _handle(request)
        if told["status"] == "completed":
            return {**told, "result": _result(answer_so_far(request))}
        return told

    async def _update(
        self, ctx: ServerRequestContext[Any, Any], params: UpdateParams
    ) -> HandlerResult:
        # Our tasks ask their client nothing, so there is nothing that could be answered.
        await self._request(ctx, params)
        return {}

    async def _cancel(
        self, ctx: ServerRequestContext[Any, Any], params: TaskParams
    ) -> HandlerResult:
        request = await self._request(ctx, params)
        if request.is_closed:
            return {}
        try:
            async with self._door(_http(ctx)) as voices:
                await voices.asking.cancel(request.id, "Cancelled by the client")
        except Conflict:
            return {}
        except HandraiseError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        return {}

    async def _request(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> Request:
        require_client_extension(ctx, IDENTIFIER)
        try:
            async with self._door(_http(ctx)) as voices:
                return await voices.asking.get(params.task_id)
        except NotFound as missing:
            raise MCPError(INVALID_PARAMS, f"There is no task {params.task_id}") from missing
        except HandraiseError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error


def _declared(ctx: ServerRequestContext[Any, Any]) -> bool:
    capabilities = ctx.session.client_capabilities
    known = capabilities.extensions if capabilities else None
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS and IDENTIFIER in (known or {})


def _http(ctx: ServerRequestContext[Any, Any]) -> HttpRequest | None:
    return ctx.request if isinstance(ctx.request, HttpRequest) else None


def _answer_in(result: HandlerResult) -> Answer | None:
    content: Any = getattr(result, "structured_content", None)
    return Answer.model_validate(content) if isinstance(content, dict) else None


def _handle(request: Request) -> dict[str, Any]:
    done = request.is_closed or request.wants_changes
    status = "cancelled" if request.outcome == "cancelled" else "completed" if done else "working"
    return {
        "taskId": request.id,
        "status": status,
        "statusMessage": f"{request.state}: {request.title or request.id}",
        "createdAt": _instant(request.created_at),
        "lastUpdatedAt": _instant(request.updated_at or request.created_at),
        "ttlMs": None,
        "pollIntervalMs": POLL_MILLISECONDS,
    }


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _result(answer: Answer) -> dict[str, Any]:
    said = answer.model_dump(mode="json")
    text = answer.note if answer.note and answer.note != STILL_WAITING else answer.model_dump_json()
    return {
        "resultType": "complete",
        "content": [{"type": "text", "text": text}],
        "structuredContent": said,
        "isError": False,
    }

"""Opens the door for one tool call, and says in a sentence what went wrong behind it."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from starlette.requests import Request

from handraise.errors import HandraiseError, Refused
from handraise.mcp.voices import Door, NoPerson, Voices


@asynccontextmanager
async def speaking(door: Door, call: Context[Any, Any]) -> AsyncGenerator[Voices]:
    """The caller's voices; what the service refuses becomes a `ToolError` that the model reads."""
    with told_clearly():
        async with door(request_of(call)) as voices:
            yield voices


@contextmanager
def told_clearly() -> Generator[None]:
    """Turns what we foresaw into a `ToolError` with a sentence."""
    try:
        yield
    except HandraiseError as error:
        raise ToolError(sentence(error)) from error
    except (NoPerson, ValueError) as error:
        raise ToolError(str(error)) from error


def request_of(call: Context[Any, Any]) -> Request | None:
    """The HTTP request that brought the call, or None over stdio."""
    found = call.request_context.request
    return found if isinstance(found, Request) else None


def sentence(error: HandraiseError) -> str:
    """What went wrong, the service's word for it, which fields, and whether to try again."""
    parts = [str(error)]
    if isinstance(error, Refused):
        parts += [f"({error.code})"] if error.code else []
        parts += [f"{flaw.get('pointer')}: {flaw.get('detail')}." for flaw in _flaws(error)]
        if error.current_state:
            parts.append(f"It is {error.current_state} now.")
    if error.retriable:
        parts.append("The same call may succeed later; keep its idempotency_key.")
    return " ".join(parts)


def _flaws(error: Refused) -> list[dict[str, Any]]:
    return [flaw for flaw in error.errors if isinstance(flaw, dict)]

"""Between our calls and httpx: how one is sent and what its answer or failure becomes."""

from typing import Any

import httpx

from handraise.calls import Call, Lost, Reply
from handraise.tracing import outgoing

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)
"""Waits hold their connections for a minute, so their number must not be capped."""


def sending(url: str, api_key: str, call: Call, person: str | None = None) -> dict[str, Any]:
    """The keyword arguments of `httpx.Client.request` for a call, in a person's name if one is."""
    own = {"Authorization": f"Bearer {api_key}"}
    if person is not None:
        own["Handraise-Act-For"] = person
    return {
        "method": call.method,
        "url": url + call.path,
        "params": dict(call.params),
        "content": call.body,
        "headers": {**outgoing(), **call.headers(), **own},
        "timeout": httpx.Timeout(call.timeout_seconds, connect=5.0),
        "follow_redirects": False,
    }


def received(response: httpx.Response) -> Reply:
    """A whole answer."""
    return Reply(response.status_code, response.headers, response.content)


def lost(error: httpx.RequestError) -> Lost:
    """No answer, and why, in a few words."""
    return Lost(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

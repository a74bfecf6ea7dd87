"""What an asker says, as typed keywords, and how it is written for the service."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Required, TypedDict

from handraise.models import Json, Priority


class Asking(TypedDict, total=False):
    """The question itself: what is asked, of whom and by when. Only `title` is required."""

    title: Required[str]
    """One line: what is to be decided."""
    description: str
    """What the reviewer should know, in words."""
    context: Json
    """What is being decided, as JSON: the diff, the amounts, the analysis."""
    kind: str
    """The kind of request; it brings form, decisions, deadline and roles. Default: approval."""
    form: Json
    """A JSON Schema that the answer's data must fit."""
    decisions: Sequence[Any]
    """The decisions to offer, where they differ from the kind's."""
    routing: Json
    """Who is told and who may answer: {channels, recipients[{email}|…], roles, people, teams}."""
    priority: Priority
    timeout: timedelta | float
    """The deadline from now: a timedelta, or minutes."""
    principal_id: str
    """The customer or account that this is about."""
    attachments: Sequence[Any]
    metadata: Json
    """Anything; it comes back unchanged."""
    agent_id: str
    """Who asks, as the reviewer will see it."""
    correlation_id: str


class Question(Asking, total=False):
    """A question with what ties it to its asker."""

    workflow_id: str
    checkpoint_id: str
    callback_webhook: str
    """The address that gets the signed callback."""
    callback_secret: str
    """Signs the callback in place of the API key's signing secret."""
    idempotency_key: str
    """The same key opens the same request, once. Default: a fresh one for each call."""


def body_of(question: Question) -> dict[str, Any]:
    """The JSON body of `POST /api/v1/requests` for a question.

    Raises ValueError for an empty title or a deadline that is not after now.
    """
    if not question["title"].strip():
        raise ValueError("A question needs a title")
    body: dict[str, Any] = {
        name: value
        for name, value in question.items()
        if name not in _WRITTEN_APART and value is not None
    }
    if "kind" in question:
        body["type"] = question["kind"]
    if "timeout" in question:
        body |= _deadline(question["timeout"])
    metadata = _metadata(question)
    if metadata:
        body["metadata"] = metadata
    return body


def seconds(span: timedelta | float) -> int:
    """A timedelta, or minutes, as whole seconds, rounded up. Raises ValueError unless positive."""
    exact = span.total_seconds() if isinstance(span, timedelta) else span * _SECONDS_A_MINUTE
    if not 0 < exact < float("inf"):
        raise ValueError(f"A deadline lies in the future, and {span} does not")
    return math.ceil(exact)


_SECONDS_A_MINUTE = 60

_WRITTEN_APART = frozenset(
    {"kind", "timeout", "metadata", "agent_id", "correlation_id", "idempotency_key"}
)


def _deadline(span: timedelta | float) -> dict[str, int]:
    whole = seconds(span)
    if whole % _SECONDS_A_MINUTE == 0:
        return {"timeout_minutes": whole // _SECONDS_A_MINUTE}
    return {"timeout_seconds": whole}


def _metadata(question: Question) -> Mapping[str, Any]:
    metadata = dict(question.get("metadata") or {})
    if "agent_id" in question:
        metadata["agent_id"] = question["agent_id"]
    if "correlation_id" in question:
        metadata["correlation_id"] = question["correlation_id"]
    return metadata

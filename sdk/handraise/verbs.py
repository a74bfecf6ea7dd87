"""What can be done to a request, as typed keywords and the JSON bodies they become."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Required, TypedDict

from handraise.models import Json
from handraise.question import seconds


class Filters(TypedDict, total=False):
    """What a list is narrowed to, how it is sorted, and which page of it is wanted.

    Several values of one filter are alternatives.
    """

    state: str | Sequence[str]
    type: str | Sequence[str]
    principal_id: str | Sequence[str]
    priority: str | Sequence[str]
    assigned_to: str
    """A person's id, team:<name>, me or nobody."""
    requester: str
    workflow_id: str
    agent_id: str
    open: bool
    """Only those that wait for people or for their asker."""
    min_age_minutes: int
    q: str
    """Words to look for."""
    facets: Mapping[str, str]
    """The kind's own facets, by name."""
    sort: Literal["-created_at", "timeout_at", "priority"]
    limit: int
    cursor: str


class Reaction(TypedDict, total=False):
    """An answer. `revision` and `content_hash` bind it to what the answerer saw."""

    decision: Required[str]
    comment: str
    data: Any
    edited: Any
    attachments: Sequence[Any]
    revision: int
    content_hash: str
    idempotency_key: str


class Revision(TypedDict, total=False):
    """What changes in a question for which changes were requested; `note` says why."""

    title: str
    description: str
    context: Json
    form: Json
    attachments: Sequence[Any]
    note: str
    idempotency_key: str


def query_of(filters: Filters) -> dict[str, Any]:
    """The query of a list: the filters, and one `facet.<name>` for each facet."""
    query = {name: value for name, value in filters.items() if name != "facets"}
    for name, value in filters.get("facets", {}).items():
        query[f"facet.{name}"] = value
    return query


def body_without_key(values: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body of an answer or a revision: all that was said but the idempotency key."""
    return {
        name: value
        for name, value in values.items()
        if name != "idempotency_key" and value is not None
    }


def deadline_body(deadline: datetime | timedelta | float) -> dict[str, Any]:
    """The JSON body of `extend`: an instant, a span from now, or minutes from now.

    A span is rounded up to whole minutes.

    Raises ValueError for an instant without a time zone.
    """
    if isinstance(deadline, datetime):
        if deadline.tzinfo is None:
            raise ValueError("A deadline needs a time zone")
        return {"timeout_at": deadline.isoformat()}
    return {"minutes": math.ceil(seconds(deadline) / 60)}


def assignee_body(assignee: str, reason: str | None) -> dict[str, Any]:
    """The JSON body of `assign`: to a person by id, or to `team:<name>`."""
    team = assignee.removeprefix("team:")
    whom = {"person": assignee} if team == assignee else {"team": team}
    return {"assignee": whom, **reason_body(reason)}


def reason_body(reason: str | None) -> dict[str, Any]:
    """The JSON body of what may have a reason."""
    return {} if reason is None else {"reason": reason}


def redeem_body(content_hash: str, spender: str | None) -> dict[str, Any]:
    """The JSON body of `redeem`: what is about to be done, and by whom."""
    body = {"content_hash": content_hash}
    return body if spender is None else {**body, "spender": spender}

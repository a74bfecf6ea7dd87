"""A request: opened, read, waited for, listed, acted on and answered."""

from datetime import datetime
from typing import Any, Literal

from api.rest.documents.base import Document, Outcome, Priority, State


class OpenedDocument(Document):
    """The request that was opened; `timeout_at` is when it closes without an answer."""

    id: str
    workflow_id: str | None
    state: State
    created_at: datetime
    timeout_at: datetime | None
    version: int
    revision: int
    content_hash: str
    url: str


class AcceptedDocument(Document):
    """The command is durable but its outcome is not known yet; look at the Location."""

    id: str
    status: Literal["accepted"]
    detail: str


class AssigneeDocument(Document):
    """A person or a team."""

    person: str | None
    team: str | None


class AttachmentDocument(Document):
    """A file that lies beside the log."""

    id: str
    name: str
    sha256: str
    size_bytes: int
    media_type: str


class UploadedDocument(Document):
    """A file that was put in; questions and answers name it by its id."""

    id: str
    name: str
    sha256: str
    size: int
    type: str


class DecisionDocument(Document):
    """A decision that the reviewer may take, and what it means."""

    name: str
    label: str
    means: Literal["approve", "reject", "answer", "changes", "could_not_complete"]
    needs_comment: bool


class SeenDocument(Document):
    """What the reviewer had before them.

    `proven` is whether our own page signed what it rendered, of which revision and when; else all
    of it is what the caller claims. What was opened, and for how long, is as the reviewer's program
    told it.
    """

    proven: bool
    rendered: str | None
    revision: int | None
    content_hash: str | None
    shown_at: datetime | None
    opened: list[str]
    in_view_seconds: int


class RuleUsedDocument(Document):
    """The standing rule that answered; `maker` is null for a rule of the kind."""

    rule: str
    rule_version: int
    maker: str | None


class ResponseDocument(Document):
    """An answer. `default` is true where the deadline's rule answered for the people."""

    decision: str
    means: str
    comment: str | None
    data: Any
    edited: Any
    patch: Any
    attachments: list[AttachmentDocument]
    responder_id: str | None
    channel: str | None
    revision: int
    content_hash: str
    responded_at: datetime
    default: bool
    seen: SeenDocument | None
    rule: RuleUsedDocument | None


class RequestDocument(Document):
    """A request as it stands: the question, who has it, what came of it, and when."""

    id: str
    workflow_id: str | None
    checkpoint_id: str | None
    type: str
    title: str
    description: str | None
    context: dict[str, Any]
    form: dict[str, Any] | None
    attachments: list[AttachmentDocument]
    decisions: list[DecisionDocument]
    routing: dict[str, Any]
    priority: Priority
    principal_id: str | None
    requester: str
    agent_id: str | None
    metadata: dict[str, Any]
    state: State
    outcome: Outcome | None
    response: ResponseDocument | None
    cancel_reason: str | None
    revision: int
    content_hash: str
    version: int
    callback_webhook: str | None
    callback_status: Literal["pending", "sent", "failed"] | None
    assigned_to: AssigneeDocument | None
    escalation_level: int
    created_at: datetime
    updated_at: datetime
    notified_at: datetime | None
    assigned_at: datetime | None
    responded_at: datetime | None
    responded_by: str | None
    callback_sent_at: datetime | None
    completed_at: datetime | None
    timeout_at: datetime | None
    url: str


class WaitedDocument(RequestDocument):
    """The request, and whether there is something to go on with."""

    done: bool


class ActedDocument(Document):
    """Where the request stands after a command."""

    id: str
    state: State
    version: int
    revision: int
    priority: Priority
    assigned_to: AssigneeDocument | None
    escalation_level: int
    timeout_at: datetime | None


class GivenAnswerDocument(Document):
    """The answer as it was taken."""

    decision: str
    comment: str | None
    responder_id: str
    responded_at: datetime


class RespondedDocument(Document):
    """Where the request stands after an answer, and the answer."""

    id: str
    state: State
    version: int
    response: GivenAnswerDocument


class ListedDocument(Document):
    """A request in a list: what a queue shows of it."""

    id: str
    workflow_id: str | None
    type: str
    title: str
    priority: Priority
    principal_id: str | None
    requester: str
    agent_id: str | None
    state: State
    outcome: Outcome | None
    version: int
    revision: int
    content_hash: str
    group: str
    assigned_to: AssigneeDocument | None
    escalation_level: int
    facets: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    timeout_at: datetime | None
    url: str


class CountsDocument(Document):
    """How many requests the filters leave; `capped` means that there are that many or more."""

    total: int
    open: int
    by_state: dict[State, int]
    by_kind: dict[str, int]
    by_priority: dict[Priority, int]
    capped: bool


class ListDocument(Document):
    """One page of requests, and how to get the next; the first page also counts them."""

    items: list[ListedDocument]
    next_cursor: str | None
    counts: CountsDocument | None

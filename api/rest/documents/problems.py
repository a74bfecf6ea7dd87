"""A problem, as RFC 9457 has it."""

from datetime import datetime

from api.rest.documents.base import Document, State


class FlawDocument(Document):
    """One thing wrong with an input: where (JSON pointer, RFC 6901) and what."""

    pointer: str
    detail: str


class WinnerDocument(Document):
    """What was decided first."""

    event: str
    actor_id: str
    decision: str | None
    at: datetime


class ToSeeDocument(Document):
    """What is still to be looked at before the decision: parts to open, seconds to look."""

    parts: list[str]
    in_view_seconds: int


class ProblemDocument(Document):
    """A problem (RFC 9457); `code` is the word for programs."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    current_state: State | None = None
    revision: int | None = None
    holder: str | None = None
    request_id: str | None = None
    winner: WinnerDocument | None = None
    to_see: ToSeeDocument | None = None
    errors: list[FlawDocument] | None = None

"""What an agent must not forget, and the store that remembers it, as records and protocols."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from handraise.events import Event
from handraise.models import Json
from handraise.statuses import Status
from handraise.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A pause: the state to go on from, and the question whose answer it waits for.

    `request_id` is None until the request is known to be open; `seen_version` is the version of
    the request up to which its answers have been taken in.
    """

    workflow_id: str
    checkpoint_id: str
    agent_id: str
    state: Json
    question: Json
    created_at: datetime
    event_history: Sequence[Json] = ()
    expires_at: datetime | None = None
    request_id: str | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow: where it stands, and the state from which an interrupted leg runs again."""

    workflow_id: str
    agent_id: str
    status: Status
    step: str
    state: Json
    created_at: datetime
    updated_at: datetime
    failure: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a pause, as it came. `answer_key` tells a repeat from another answer."""

    workflow_id: str
    checkpoint_id: str
    answer_key: str
    request: Json
    received_at: datetime
    webhook_id: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An event in the log: its place there, its topic, and when it was published, if it was."""

    id: int
    topic: str
    event: Event
    created_at: datetime
    published_at: datetime | None


class Closed(StrEnum):
    """Why a checkpoint is no more."""

    RESUMED = "resumed"
    EXPIRED = "expired"


class Checkpoints(Protocol):
    """The saved pauses; one per workflow_id and checkpoint_id."""

    async def add(self, checkpoint: Checkpoint) -> bool:
        """Save it; False, and nothing changes, where there is one by these ids already."""
        ...

    async def get(self, workflow_id: str, checkpoint_id: str) -> Checkpoint | None:
        """The checkpoint, or None."""
        ...

    async def of_workflow(self, workflow_id: str) -> Sequence[Checkpoint]:
        """The open checkpoints of a workflow, oldest first."""
        ...

    async def of_agent(self, agent_id: str) -> Sequence[Checkpoint]:
        """The open checkpoints of an agent, oldest first."""
        ...

    async def note_request(
        self, workflow_id: str, checkpoint_id: str, request_id: str, seen_version: int | None
    ) -> None:
        """Write down which request was opened for it, or up to which version it was seen."""
        ...

    async def replace_state(self, workflow_id: str, checkpoint_id: str, state: Json) -> None:
        """Save another state in the place of the first."""
        ...

    async def replace_question(self, workflow_id: str, checkpoint_id: str, question: Json) -> None:
        """Save another question in the place of the first."""
        ...

    async def discard(self, workflow_id: str, checkpoint_id: str) -> None:
        """Delete it as if it had never been."""
        ...

    async def close(self, workflow_id: str, checkpoint_id: str, why: Closed, at: datetime) -> None:
        """Delete it and remember why; no effect where there is none."""
        ...

    async def why_closed(self, workflow_id: str, checkpoint_id: str) -> Closed | None:
        """Why it is no more, or None where it still is or never was."""
        ...

    async def close_expired(self, now: datetime) -> int:
        """Delete all that have expired without an answer; how many there were."""
        ...

    async def forget_closed(self, before: datetime) -> int:
        """Forget what was closed before an instant, with its answers; how many there were."""
        ...


class Workflows(Protocol):
    """Where each workflow stands, and which process is at work on it."""

    async def add(self, workflow: Workflow) -> bool:
        """Register it; False, and nothing changes, where it is known already."""
        ...

    async def get(self, workflow_id: str) -> Workflow | None:
        """The workflow, or None."""
        ...

    async def running(self, agent_id: str) -> Sequence[Workflow]:
        """The workflows of an agent that are in the middle of a leg, oldest first."""
        ...

    async def claim(self, workflow_id: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or prolong the right to work on it; False while another holder has it."""
        ...

    async def save_step(
        self, workflow_id: str, holder: str, step: str, state: Json, now: datetime
    ) -> bool:
        """Move the point from which an interrupted leg runs again; False if not the holder."""
        ...

    async def settle(
        self, workflow_id: str, holder: str, status: Status, failure: str | None, now: datetime
    ) -> bool:
        """End a leg: set the status and keep the claim; False if not the holder."""
        ...

    async def release(self, workflow_id: str, holder: str) -> None:
        """Give the claim back and leave all else as it is."""
        ...


class Answers(Protocol):
    """The answers that came, each once, whatever was delivered twice."""

    async def add(self, answer: Answer) -> bool:
        """Write it down; False where it, or one by the same webhook id, is known already."""
        ...

    async def of_workflow(self, workflow_id: str) -> Sequence[Answer]:
        """All answers of a workflow, in the order in which they came."""
        ...

    async def unfinished(self, agent_id: str) -> Sequence[Answer]:
        """The answers for an agent's open checkpoints that no leg has dealt with yet."""
        ...

    async def finish(
        self, workflow_id: str, checkpoint_id: str, answer_key: str, at: datetime
    ) -> None:
        """Mark an answer as dealt with."""
        ...


class EventLog(Protocol):
    """Every event that an agent published, for debugging and replay, and as its outbox."""

    async def append(self, event: Event, at: datetime) -> bool:
        """Write it down as not yet published; False where its id is known already."""
        ...

    async def mark_published(self, event_id: str, at: datetime) -> None:
        """Note that the bus has taken it."""
        ...

    async def unpublished(self, workflow_id: str) -> Sequence[LoggedEvent]:
        """The events of a workflow that the bus may not have yet, oldest first."""
        ...

    async def workflows_behind(self, agent_id: str, before: datetime) -> Sequence[str]:
        """The workflows that have events, written before an instant, which the bus may lack."""
        ...

    async def of_workflow(self, workflow_id: str) -> Sequence[LoggedEvent]:
        """All events of a workflow, in the order in which they were written."""
        ...

    async def on_topic(self, topic: str, after_id: int, limit: int) -> Sequence[LoggedEvent]:
        """Events of a topic after a place in the log, for replay."""
        ...


@dataclass(frozen=True, slots=True)
class Tables:
    """The memories, seen in one transaction."""

    checkpoints: Checkpoints
    workflows: Workflows
    answers: Answers
    events: EventLog
    work: Work


class Store(Protocol):
    """A durable memory. What happens in a transaction happens whole, or not at all."""

    def transaction(self) -> AbstractAsyncContextManager[Tables]:
        """The tables in a transaction: committed at the end, undone by an exception."""
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...

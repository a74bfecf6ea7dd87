"""One command while it is being judged: the request as it stands, and what happened so far."""

from dataclasses import dataclass
from datetime import datetime

from event_schemas.types import (
    Actor,
    Cancelled,
    Command,
    Completed,
    Event,
    Received,
    Refusal,
    TimedOut,
)
from kernel.request.evolve import evolve
from kernel.request.model import Context, Request, policy_actor

NOT_YET_HASHED = bytes(32)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that a command brought about; `by_policy` if the clock or a rule caused it."""

    event: Event
    by_policy: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What one command comes to: the events, in order, and why it was turned down, if it was."""

    events: tuple[Happened, ...]
    refusal: Refusal | None


class Case:
    """The command, its two times, the request as it stands now, and the events that led there.

    An event is applied when somebody asks for the request after it, which for the last one nobody
    does. The entry's hash is not known before the entry is written, so the request in here has no
    true `last_hash` and `callback_id` after an event; no judgement of the same command needs them.
    """

    __slots__ = ("_applied", "_happened", "_request", "at", "command", "received_at")

    def __init__(
        self, command: Command, received_at: datetime, at: datetime, request: Request | None
    ) -> None:
        self.command = command
        self.received_at = received_at
        self.at = at
        self._request = request
        self._happened: list[Happened] = []
        self._applied = 0

    @property
    def actor(self) -> Actor:
        """Who commands."""
        return self.command.actor

    @property
    def request(self) -> Request | None:
        """The request after everything that happened so far."""
        for index in range(self._applied, len(self._happened)):
            happened = self._happened[index]
            context = self._context(index, by_policy=happened.by_policy)
            self._request = evolve(self._request, happened.event, context)
        self._applied = len(self._happened)
        return self._request

    @property
    def happened(self) -> tuple[Happened, ...]:
        """All events so far, in order."""
        return tuple(self._happened)

    def happens(self, event: Event, *, by_policy: bool = False) -> None:
        """Records an event."""
        self._happened.append(Happened(event, by_policy))

    def ends(
        self,
        event: Received | TimedOut | Cancelled,
        *,
        calls_back: bool,
        by_policy: bool = False,
    ) -> None:
        """Records the end of the request; it is complete at once if no callback is wanted."""
        self.happens(event, by_policy=by_policy)
        if not calls_back:
            self.happens(Completed(), by_policy=by_policy)

    def _context(self, index: int, *, by_policy: bool) -> Context:
        tenant = self.command.tenant
        return Context(
            request_id=self.command.request_id,
            tenant=tenant,
            actor=policy_actor(tenant) if by_policy else self.actor,
            at=self.at,
            received_at=self.received_at,
            entry_hash=NOT_YET_HASHED,
            index=index,
            correlation_id=self.command.correlation_id,
            traceparent=self.command.traceparent,
        )

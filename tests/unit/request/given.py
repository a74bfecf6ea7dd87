"""Given, when, then: tells the story of one request in commands, through the same bytes as the log.

Every command is decided twice, the second time as after a restart, and must come to the same
bytes; its entry is encoded, hashed and decoded again, and only then folded in.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from event_schemas.types import (
    Actor,
    Command,
    CommandBody,
    Entry,
    Event,
    Open,
    Recorded,
    RefusalReason,
    State,
)
from kernel.codec import decode, decode_as, encode
from kernel.request.entry import Applied, fold_entry
from kernel.request.model import Request
from services.request_svc.judging.decide import Decided, decide
from tests.unit.request.samples import BOT, NOON, REQUEST_ID, TENANT, question


def command(actor: Actor, body: CommandBody, *, tenant: str = TENANT, number: int = 0) -> Command:
    return Command(
        command_id=f"c{number}",
        request_id=REQUEST_ID,
        tenant=tenant,
        actor=actor,
        keyed=False,
        issued_at=NOON,
        body=encode(body),
    )


def entry(order: Command, body: CommandBody, decided: Decided, times: "Times") -> Entry:
    return Entry(
        command_id=order.command_id,
        command=type(body).__name__,
        request_id=order.request_id,
        tenant=order.tenant,
        actor=order.actor,
        received_at=times.received_at,
        at=times.at,
        events=tuple(
            Recorded(by_policy=happened.by_policy, body=encode(happened.event))
            for happened in decided.events
        ),
        refusal=decided.refusal,
    )


def restarted(request: Request | None) -> Request | None:
    """The request as it is read back from a checkpoint."""
    if request is None:
        return None
    return Request(decode(encode(request.state)), decode(encode(request.policy)))


@dataclass(frozen=True)
class Times:
    received_at: datetime
    at: datetime


@dataclass
class Story:
    """What has happened to one request, and what the last command came to."""

    now: datetime = NOON
    at: datetime = NOON
    request: Request | None = None
    history: list[Applied] = field(default_factory=list)
    entries: list[tuple[Entry, bytes]] = field(default_factory=list)
    last: Decided = field(default_factory=lambda: Decided((), None))
    news: list[Applied] = field(default_factory=list)

    def when(
        self, actor: Actor, body: CommandBody, *, after: float = 0, tenant: str = TENANT
    ) -> "Story":
        """The command reaches the broker `after` seconds after the one before."""
        self.now += timedelta(seconds=after)
        self.at = max(self.at, self.now)
        order = command(actor, body, tenant=tenant, number=len(self.entries))
        self.last = decide(order, body, self.request, self.now, self.at)
        value = encode(entry(order, body, self.last, Times(self.now, self.at)))
        again = decide(order, decode(order.body), restarted(self.request), self.now, self.at)
        assert encode(entry(order, body, again, Times(self.now, self.at))) == value
        self._admit(decode_as(Entry, value), sha256(value).digest())
        return self

    def _admit(self, admitted: Entry, entry_hash: bytes) -> None:
        folded = fold_entry(self.request, admitted, entry_hash)
        self.entries.append((admitted, entry_hash))
        self.request = folded.request
        self.news = list(folded.applied)
        self.history += folded.applied
        if self.request is not None:
            assert self.request.state.last_hash == entry_hash, "also where nothing happened"
        assert all(step.request.state.last_hash == entry_hash for step in folded.applied)

    @property
    def events(self) -> list[Event]:
        return [applied.event for applied in self.news]

    @property
    def state(self) -> Any:
        assert self.request is not None
        return self.request.state

    def then(self, *expected: Event | type[Event]) -> "Story":
        """These happened, and nothing else; a type stands for any event of it."""
        shown = [
            type(event) if isinstance(wanted, type) else event
            for event, wanted in zip(self.events, expected, strict=False)
        ]
        assert [*expected] == [*shown, *self.events[len(shown) :]], self.last.refusal
        assert self.last.refusal is None
        return self

    def then_nothing(self) -> "Story":
        """Neither an event nor a refusal."""
        return self.then()

    def then_refused(self, reason: RefusalReason, *happened: type[Event]) -> "Story":
        """Turned down; only what the clock did, if anything, happened."""
        assert self.last.refusal is not None, self.events
        assert self.last.refusal.reason is reason, self.last.refusal
        assert self.last.refusal.detail.endswith("."), "a sentence"
        assert [type(event) for event in self.events] == [*happened]
        assert all(applied.by_policy for applied in self.news)
        return self

    def then_is(self, state: State, **fields: Any) -> "Story":
        """The request is in this state, with these values in it."""
        assert self.state.state is state
        assert {name: getattr(self.state, name) for name in fields} == fields
        return self


def given(body: Open | None = None, **over: Any) -> Story:
    """A request that was just opened, with another policy if `rules` says so."""
    story = Story().when(BOT, body or question(**over))
    assert story.last.refusal is None, story.last.refusal
    return story

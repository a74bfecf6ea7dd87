"""A log made by hand for the views: real decisions, framed and chained as the writer does it."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from event_schemas.types import (
    Actor,
    Assign,
    Assignee,
    Cancel,
    Candidates,
    Claim,
    Command,
    CommandBody,
    Comment,
    DeadlineAction,
    DeadlinePolicy,
    Entry,
    Escalate,
    Event,
    Expire,
    Extend,
    Facet,
    FacetType,
    LadderStep,
    Open,
    Policy,
    Priority,
    RecordCallback,
    Recorded,
    RecordNotification,
    Refusal,
    Release,
    Reprioritise,
    Respond,
    Revise,
    Skip,
    Start,
)
from kernel.chain import Admitted, Head, Payload, admit, frame, genesis, hash_of
from kernel.codec import encode
from kernel.ids import derived_id
from kernel.request.entry import fold_entry
from kernel.request.model import Request
from kernel.topics import LOG, partition_for
from projections.view import Slice
from services.request_svc.judging.decide import decide
from tests.unit.request import samples
from tests.unit.request.samples import ANN, BEN, BOT, CLOCK, LEA, NOTIFIER, POSTMAN

PARTITIONS = 3
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACETS = (
    Facet(name="risk", pointer="/risk/level", type=FacetType.STRING),
    Facet(name="lines", pointer="/lines", type=FacetType.NUMBER),
    Facet(name="hot", pointer="/hot", type=FacetType.BOOLEAN),
)


@dataclass
class Book:
    """The records of every partition, and the requests as they stand."""

    topic: str = LOG.name
    partitions: int = PARTITIONS
    now: datetime = START
    values: dict[int, list[bytes]] = field(default_factory=dict)
    admitted: dict[int, list[Admitted]] = field(default_factory=dict)
    requests: dict[str, Request | None] = field(default_factory=dict)
    commands: int = 0

    def __post_init__(self) -> None:
        for partition in range(self.partitions):
            self.values[partition] = []
            self.admitted[partition] = []

    def head(self, partition: int) -> Head:
        """Where a reader of all records stands."""
        told = self.admitted[partition]
        return told[-1].after if told else genesis(self.topic, partition, self.partitions)

    def tell(
        self, request_id: str, actor: Actor, body: CommandBody, *, after: float = 1
    ) -> Admitted:
        """The entry that a command comes to, `after` seconds after the one before."""
        self.now += timedelta(seconds=after)
        self.commands += 1
        command = Command(
            command_id=f"c{self.commands}",
            request_id=request_id,
            tenant=actor.tenant,
            actor=actor,
            keyed=False,
            issued_at=self.now,
            body=encode(body),
        )
        request = self.requests.get(request_id)
        decided = decide(command, body, request, self.now, self.now)
        events = tuple(
            Recorded(by_policy=h.by_policy, body=encode(h.event)) for h in decided.events
        )
        return self.enter(command, type(body).__name__, events, decided.refusal)

    def happens(self, request_id: str, *events: Event, actor: Actor = BOT) -> Admitted:
        """An entry of these events, whatever `decide` would have said."""
        self.now += timedelta(seconds=1)
        self.commands += 1
        command = Command(
            command_id=f"c{self.commands}",
            request_id=request_id,
            tenant=actor.tenant,
            actor=actor,
            keyed=False,
            issued_at=self.now,
            body=b"",
        )
        recorded = tuple(Recorded(by_policy=False, body=encode(event)) for event in events)
        return self.enter(command, "Open", recorded, None)

    def enter(
        self,
        command: Command,
        name: str,
        events: tuple[Recorded, ...],
        refusal: Refusal | None,
    ) -> Admitted:
        """Appends an entry and folds it."""
        request = self.requests.get(command.request_id)
        entry = Entry(
            command_id=command.command_id,
            command=name,
            request_id=command.request_id,
            tenant=command.tenant,
            actor=command.actor,
            received_at=self.now,
            at=self.now,
            request_previous=None if request is None else request.state.last_hash,
            events=events,
            refusal=refusal,
        )
        told = self.append(partition_for(command.request_id, self.partitions), entry)
        folded = fold_entry(request, entry, told.hash)
        self.requests[command.request_id] = folded.request
        return told

    def append(self, partition: int, payload: Payload) -> Admitted:
        """Appends a record that extends the chain."""
        head = self.head(partition)
        value = frame(head, encode(payload))
        told = admit(head, value, len(self.values[partition]))
        assert told is not None
        self.values[partition].append(value)
        self.admitted[partition].append(told)
        return told

    def noise(self, partition: int) -> None:
        """Appends a record that extends nothing."""
        stale = replace(self.head(partition), hash=hash_of(b"another chain"))
        self.values[partition].append(frame(stale, b""))

    def skip(self, partition: int) -> None:
        """Appends a record that stands for lost offsets of the commands."""
        self.append(partition, Skip(to=self.head(partition).next_command_offset + 2, at=self.now))

    @property
    def records(self) -> int:
        """How many records there are."""
        return sum(len(values) for values in self.values.values())

    def slice(self, partition: int, begin: int = 0, end: int | None = None) -> Slice:
        """Some admitted records of a partition."""
        told = self.admitted[partition][begin:end]
        before = (
            self.admitted[partition][begin - 1].after
            if begin
            else genesis(self.topic, partition, self.partitions)
        )
        after = told[-1].after if told else before
        return Slice(partition, before, told, after, after.log_offset + 1)

    def whole(self) -> list[Slice]:
        """Everything, one slice per partition."""
        return [self.slice(p) for p in range(self.partitions) if self.admitted[p]]


def request_id(number: int) -> str:
    """The id of a book's nth request."""
    return derived_id("book", str(number))


def rules(**over: Any) -> Policy:
    """A policy with facets, revisions, a ladder and claims that end."""
    given: dict[str, Any] = {
        "facets": FACETS,
        "max_revisions": 2,
        "claim_seconds": 600,
        "remind_before_seconds": (600,),
        "deadline": DeadlinePolicy(action=DeadlineAction.REJECT, decision="reject"),
        "ladder": (LadderStep(name="lead", after_seconds=900, candidates=Candidates()),),
        "view": "diff",
        "receipt_seconds": 60,
    }
    return samples.policy(**{**given, **over})


def question(**over: Any) -> Open:
    """A question of the bot's with context, facets and a callback."""
    given: dict[str, Any] = {
        "rules": rules(),
        "title": "May this be merged?",
        "description": "Read it *first*.",
        "context": '{"risk":{"level":"high"},"lines":12,"hot":true,"account":"acme-shop"}',
        "callback": samples.CALLBACK,
        "principal_id": "acme",
        "checkpoint_id": "cp1",
    }
    return samples.question(**{**given, **over})


def revision(**over: Any) -> Revise:
    """A changed question."""
    given: dict[str, Any] = {
        "title": "May this be merged now?",
        "context": '{"risk":{"level":"low"},"lines":3}',
        "content_hash": samples.OTHER_HASH,
    }
    return Revise(**{**given, **over})


def random_book(seed: int, steps: int, *, topic: str = LOG.name) -> Book:
    """Several requests' lives, told in turns, with noise and skips between them."""
    dice = random.Random(seed)
    book = Book(topic=topic)
    for step in range(steps):
        number = step // 12 + dice.randrange(4)
        if dice.random() < 0.04:
            book.noise(dice.randrange(book.partitions))
        if dice.random() < 0.02:
            book.skip(dice.randrange(book.partitions))
        known = book.requests.get(request_id(number))
        actor, body = _next(dice, known)
        book.tell(request_id(number), actor, body, after=dice.choice((0, 1, 10, 200)))
    return book


def _next(dice: random.Random, request: Request | None) -> tuple[Actor, CommandBody]:
    if request is None and dice.random() < 0.9:
        asked = question(
            rules=dice.choice((rules(), rules(quorum=2), rules(kind="script", max_revisions=0))),
            priority=dice.choice(tuple(Priority)),
            callback=dice.choice((samples.CALLBACK, None)),
            context=dice.choice(('{"risk":{"level":"low"},"lines":3}', "[1]", '{"hot":false}')),
        )
        return BOT, replace(asked, kind=asked.policy.kind)
    generation = 0 if request is None else request.state.deadline_generation
    delivery = None if request is None else request.state.callback_id
    choices: list[tuple[Actor, CommandBody]] = [
        (NOTIFIER, RecordNotification(notice_id="n1", channels=("web",), sent=1, failed=0)),
        (ANN, Claim()),
        (ANN, Start()),
        (ANN, Release()),
        (LEA, Assign(assignee=Assignee(person="ben"))),
        (BEN, Comment(text="Well\x00?")),
        (LEA, Reprioritise(priority=dice.choice(tuple(Priority)))),
        (LEA, Extend(seconds=600)),
        (LEA, Escalate(reason="now")),
        (BEN, samples.answer("request_changes")),
        (BOT, revision()),
        (ANN, samples.answer("approve", data='{"a":1}')),
        (BEN, samples.answer("reject", edited="not json")),
        (CLOCK, Expire(generation=generation)),
        (POSTMAN, RecordCallback(delivery_id=delivery or "d", delivered=True, attempts=1)),
        (POSTMAN, RecordCallback(delivery_id=delivery or "d", delivered=False, attempts=8)),
    ]
    if dice.random() < 0.05:
        return BOT, Cancel(reason="no more")
    return dice.choice(choices)


def responded(by: Actor, decision: str = "approve", **over: Any) -> tuple[Actor, Respond]:
    """An answer by somebody."""
    return by, samples.answer(decision, **over)

"""Log records of many requests, framed and chained as the writer does it, for filling views."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from event_schemas.types import (
    Actor,
    ActorKind,
    Assigned,
    Assignee,
    CallbackSent,
    Candidates,
    Completed,
    DeadlineAction,
    DeadlinePolicy,
    DecisionOption,
    Entry,
    Event,
    Facet,
    FacetType,
    LadderStep,
    Means,
    Notified,
    Outcome,
    Policy,
    Priority,
    Received,
    Recorded,
    Requested,
    Response,
    Routing,
)
from kernel.chain import Head, advance, frame, genesis, hash_of
from kernel.codec import encode
from kernel.ids import derived_id
from kernel.topics import partition_for

TENANT = "demo"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = ("approval", "code_review", "script_approval", "compliance_review", "decision")
CUSTOMERS, WORKFLOWS, PEOPLE = 500, 20_000, 2000
HASH = "ab" * 32
LAST_STEP = 3
WORDS = ("deploy", "refund", "schema", "banner", "invoice", "export", "consent", "rollback")
_agent = Actor(kind=ActorKind.AGENT, id="bot", tenant=TENANT, auth="api_key", channel="api")
_ann = Actor(kind=ActorKind.PERSON, id="ann", tenant=TENANT, auth="jwt", channel="web")


def rules(kind: str) -> Policy:
    """The rules of a kind, as large as the built-in ones are."""
    return Policy(
        kind=kind,
        kind_version="1" * 64,
        decisions=(
            DecisionOption(name="approve", label="Approve", means=Means.APPROVE),
            DecisionOption(name="reject", label="Reject", means=Means.REJECT),
        ),
        deadline=DeadlinePolicy(action=DeadlineAction.REJECT, decision="reject"),
        candidates=Candidates(roles=("reviewer",)),
        self_approval=False,
        remind_before_seconds=(600,),
        ladder=(LadderStep(name="lead", after_seconds=900, candidates=Candidates()),),
        facets=(
            Facet(name="risk", pointer="/risk/level", type=FacetType.STRING),
            Facet(name="lines", pointer="/lines", type=FacetType.NUMBER),
        ),
    )


_rules = {kind: rules(kind) for kind in KINDS}


def asked(number: int) -> Requested:
    """The nth question; filters find from a few in ten thousand to a third of them."""
    kind = KINDS[number % 7 % len(KINDS)]
    risk = ("low", "medium", "high")[number % 3]
    words = f"{WORDS[number % 8]} {WORDS[number // 8 % 8]}"
    return Requested(
        kind=kind,
        title=f"May we {words}? case {number}",
        description=f"Case {number} concerns the {words} of customer {number % CUSTOMERS}.",
        context=f'{{"risk":{{"level":"{risk}"}},"lines":{number % 97},"case":"case-{number}"}}',
        routing=Routing(channels=("web",)),
        priority=tuple(Priority)[number % 11 % 4],
        deadline=START + timedelta(hours=24, seconds=number * 7919 % 900_000),
        policy=_rules[kind],
        metadata='{"ticket":42}',
        principal_id=f"customer-{number % CUSTOMERS}",
        workflow_id=f"wf-{number % WORKFLOWS}",
        checkpoint_id="cp-1",
        agent_id=f"agent-{number % 40}",
        requester_id=f"agent-{number % 40}",
        content_hash=HASH,
        fingerprint="cd" * 32,
    )


def received() -> Received:
    """An approval."""
    answer = Response(
        decision="approve",
        means=Means.APPROVE,
        comment="Looks good.",
        responder_id="ann",
        channel="web",
        revision=1,
        content_hash=HASH,
        responded_at=START,
    )
    return Received(response=answer, outcome=Outcome.ANSWERED)


_notified = Notified(notice_id="n1", channels=("web",), sent=1, failed=0)
_sent = CallbackSent(delivery_id="d1", attempts=1, status_code=200)


def of_life(number: int) -> list[tuple[str, Actor, tuple[Event, ...]]]:
    """The entries of a whole life: command, actor and events of each."""
    return [
        ("Open", _agent, (asked(number),)),
        ("RecordNotification", _agent, (_notified,)),
        ("Respond", _ann, (received(),)),
        ("RecordCallback", _agent, (_sent, Completed())),
    ]


def of_open(number: int) -> list[tuple[str, Actor, tuple[Event, ...]]]:
    """The entries of a request that waits; every fifth is in somebody's hands."""
    entries: list[tuple[str, Actor, tuple[Event, ...]]] = [("Open", _agent, (asked(number),))]
    if number % 5 == 0:
        person = Assignee(person=f"person-{number % PEOPLE}")
        entries.append(("Claim", _ann, (Assigned(assignee=person, claimed=True),)))
    return entries


@dataclass
class Scribe:
    """Writes entries into the chains of a log's partitions."""

    topic: str
    partitions: int
    heads: dict[int, Head] = field(default_factory=dict[int, Head])
    previous: dict[int, bytes] = field(default_factory=dict[int, bytes])
    told: int = 0

    def __post_init__(self) -> None:
        for partition in range(self.partitions):
            self.heads[partition] = genesis(self.topic, partition, self.partitions)

    def opened(self, first: int, count: int) -> Iterator[tuple[int, bytes]]:
        """The records of requests that wait, each with its partition."""
        for number in range(first, first + count):
            for happening in of_open(number):
                yield self._record(number, *happening)

    def lived(self, count: int, at_once: int) -> Iterator[tuple[int, bytes]]:
        """The records of whole lives, so many of which go on at the same time."""
        for wave in range(count // at_once + LAST_STEP):
            for number in range(at_once):
                for step in range(LAST_STEP + 1):
                    life = (wave - step) * at_once + number
                    if 0 <= life < count:
                        yield self._record(life, *of_life(life)[step])

    def _record(
        self, number: int, command: str, actor: Actor, events: tuple[Event, ...]
    ) -> tuple[int, bytes]:
        request_id = derived_id("bench", str(number))
        partition = partition_for(request_id, self.partitions)
        head = self.heads[partition]
        self.told += 1
        at = START + timedelta(milliseconds=10 * self.told)
        entry = Entry(
            command_id=f"{request_id}-{self.told}",
            command=command,
            request_id=request_id,
            tenant=TENANT,
            actor=actor,
            received_at=at,
            at=at,
            request_previous=self.previous.get(number),
            events=tuple(Recorded(by_policy=False, body=encode(event)) for event in events),
        )
        value = frame(head, encode(entry))
        self.previous[number] = hash_of(value)
        self.heads[partition] = advance(head, entry, self.previous[number], head.log_offset + 1)
        return partition, value

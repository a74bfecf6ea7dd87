"""Plays a question through the judgement of the writer until nothing is left to come.

The clock's steps, the decisions and the public events are those of the services themselves; only
the waiting between them is left out.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from event_schemas.types import (
    Actor,
    ActorKind,
    Command,
    CommandBody,
    Entry,
    Envelope,
    Escalate,
    Expire,
    Open,
    Recorded,
    Refusal,
    Release,
    Remind,
    Requested,
    StepKind,
)
from kernel.codec import decode, encode
from kernel.commands import command_for
from kernel.ids import derived_id
from kernel.outbound.reporting import service_actor
from kernel.request.entry import fold_entry
from kernel.request.model import Request
from kernel.request.steps import next_step
from services.request_svc.judging.decide import decide
from services.request_svc.relaying.outputs import envelope_of

MOST_EVENTS = 200
CLOCK = "timeout_svc"
_triggers: dict[StepKind, Callable[[int], CommandBody]] = {
    StepKind.EXPIRE: lambda generation: Expire(generation=generation),
    StepKind.REMIND: lambda generation: Remind(generation=generation),
    StepKind.ESCALATE: lambda generation: Escalate(generation=generation),
    StepKind.RELEASE: lambda generation: Release(generation=generation),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happens, in order; `cut` where it would go on for too long to be told.

    `refusal` says why the question can't be opened at all.
    """

    events: tuple[Envelope, ...]
    request: Request | None
    cut: bool = False
    refusal: Refusal | None = None


Reacts = Callable[[Envelope, Request, Requested], Awaitable[Command | None]]
"""What a service does about an event of a request and its question, if anything."""


async def played(question: Open, tenant: str, at: datetime, reacts: Reacts) -> Course:
    """The course of a question that is opened at `at` and that nobody answers.

    `reacts` stands for the service that hands requests out; its command reaches the writer at the
    instant of the event.
    """
    game = _Game(tenant, derived_id("simulated", tenant, question.fingerprint), at)
    asker = Actor(
        kind=ActorKind.AGENT,
        id=question.requester_id,
        tenant=tenant,
        auth="api_key",
        channel="api",
    )
    refusal = game.take(asker, question, at)
    heard = 0
    while refusal is None and len(game.events) <= MOST_EVENTS:
        while heard < len(game.events) <= MOST_EVENTS and game.request is not None:
            command = await reacts(game.events[heard], game.request, game.asked)
            if command is not None:
                game.take(command.actor, _body(command), game.events[heard].timestamp)
            heard += 1
        step = None if game.request is None else next_step(game.request)
        if step is None:
            break
        clock = service_actor(CLOCK, tenant)
        game.take(clock, _triggers[step.kind](step.generation), max(step.at, game.now))
    return Course(
        events=tuple(game.events[:MOST_EVENTS]),
        request=game.request,
        cut=len(game.events) > MOST_EVENTS,
        refusal=refusal,
    )


class _Game:
    """One request, and the commands for it, each an entry as the writer would make it."""

    def __init__(self, tenant: str, request_id: str, now: datetime) -> None:
        self._tenant = tenant
        self._request_id = request_id
        self._entries = 0
        self.now = now
        self.request: Request | None = None
        self.events: list[Envelope] = []

    @property
    def asked(self) -> Requested:
        """The question, as the writer put it into the log."""
        first = self.events[0].data
        assert isinstance(first, Requested)
        return first

    def take(self, actor: Actor, body: CommandBody, at: datetime) -> Refusal | None:
        command = command_for(
            body,
            request_id=self._request_id,
            actor=actor,
            now=at,
            command_id=f"{self._request_id} {self._entries}",
        )
        decided = decide(command, body, self.request, at, at)
        entry = Entry(
            command_id=command.command_id,
            command=type(body).__name__,
            request_id=self._request_id,
            tenant=self._tenant,
            actor=actor,
            received_at=at,
            at=at,
            events=tuple(
                Recorded(by_policy=one.by_policy, body=encode(one.event)) for one in decided.events
            ),
            refusal=decided.refusal,
        )
        self._entries, self.now = self._entries + 1, at
        self.events += self._folded(entry)
        return decided.refusal

    def _folded(self, entry: Entry) -> Iterator[Envelope]:
        folded = fold_entry(self.request, entry, sha256(encode(entry)).digest())
        self.request = folded.request
        for step in folded.applied:
            yield envelope_of(step, entry, partition=0, log_offset=self._entries)


def _body(command: Command) -> CommandBody:
    body = decode(command.body)
    assert isinstance(body, CommandBody)
    return body

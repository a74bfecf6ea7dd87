"""Gives requests to people by themselves: hears of events, chooses, and sends `Assign`."""

from collections.abc import Sequence
from typing import Protocol

from event_schemas.types import (
    Assign,
    Assignee,
    Command,
    Envelope,
    Escalated,
    Released,
    Requested,
    Revised,
    StageOpened,
    State,
)
from kernel.clock import Clock, utc_now
from kernel.commands import command_for
from kernel.ids import derived_id
from kernel.outbound.reporting import Commands, service_actor
from kernel.roster import Roster
from services.notifier_svc.assigning.book import Book, Holding
from services.notifier_svc.assigning.chooser import Chooser
from services.notifier_svc.assigning.choosing import Chosen

SERVICE = "notifier_svc"
_CAUSES = (Requested, Revised, StageOpened, Released, Escalated)
_UNHELD = frozenset({State.PENDING, State.NOTIFIED})


class Rosters(Protocol):
    """Knows who is there."""

    async def roster(self, tenant: str) -> Roster:
        """The tenant's roster; raises `Unavailable` while the directory is away."""
        ...


class AssigningDesk:
    """Sees to it that requests find somebody, where their kind or a rung says so."""

    def __init__(
        self,
        book: Book,
        chooser: Chooser,
        rosters: Rosters,
        commands: Commands,
        clock: Clock = utc_now,
    ) -> None:
        self._book = book
        self._chooser = chooser
        self._rosters = rosters
        self._commands = commands
        self._clock = clock

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Notes who holds what, and gives away what nobody holds.

        Raises:
            Unavailable: database, directory or broker are away; the same events may be handled
                again, and come to the same.
        """
        await self._book.note(envelopes)
        for one in sorted(envelopes, key=lambda one: one.metadata.version):
            if is_cause(one):
                await self._give(one)

    async def _give(self, envelope: Envelope) -> None:
        holding = await self._book.holding(envelope.metadata.request_id)
        if holding is not None and not _is_free(holding):
            return
        roster = await self._rosters.roster(envelope.metadata.tenant)
        async with self._book.choosing(envelope.metadata.tenant) as choosing:
            made = await choosing.made(envelope.event_id)
            if made is None:
                made = await self._chooser.chosen(envelope, holding, roster, choosing), False
                await choosing.keep(envelope, made[0])
        chosen, sent = made
        if chosen is not None and not sent:
            await self._commands.send(assign_for(envelope, chosen, self._clock))
            await self._book.sent(envelope.event_id)


def assign_for(envelope: Envelope, chosen: Chosen, clock: Clock) -> Command:
    """The command that gives a request to whoever was chosen on an event."""
    return command_for(
        Assign(assignee=Assignee(person=chosen.person), reason=chosen.reason),
        request_id=envelope.metadata.request_id,
        actor=service_actor(SERVICE, envelope.metadata.tenant),
        now=clock(),
        command_id=derived_id("assign", envelope.event_id),
    )


def is_cause(envelope: Envelope) -> bool:
    """Whether an event leaves a request with nobody who holds it, though somebody may have to."""
    data, status = envelope.data, envelope.request
    if not isinstance(data, _CAUSES) or status.state not in _UNHELD:
        return False
    if status.assignee is not None and status.assignee.person is not None:
        return False
    return data.policy.assign is not None if isinstance(data, Requested) else True


def _is_free(holding: Holding) -> bool:
    return holding.open and holding.person is None

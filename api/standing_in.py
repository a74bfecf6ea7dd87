"""Lets people act in the place of somebody who is away, where they could not act for themselves.

Whoever stands in needs to say nothing: the command is sent on behalf of the absent person if, and
only if, the request is asked of that person and not of whoever acts. The writer judges it by its
own rules; votes, exclusions and the asker count for both. While the directory or the views are
away, people act for themselves alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.errors import views_away
from api.sending import REPLY_SECONDS, Commands
from event_schemas.types import (
    Actor,
    ActorKind,
    Assign,
    Claim,
    Command,
    Escalate,
    Extend,
    Release,
    Reply,
    Reprioritise,
    Respond,
    Start,
)
from kernel.clock import Clock
from kernel.codec import decode
from kernel.directory.directory import Directory
from kernel.directory.principals import Role
from kernel.errors import Unavailable
from kernel.request.model import Request
from kernel.tenancy import within
from projections.inbox.judged import judged
from services.request_svc.judging.authority import Matter, Party, parties_of
from services.request_svc.judging.holding import held_from

_REVIEWS = (Respond, Claim, Start, Release, Assign, Escalate, Extend, Reprioritise)
_not_lent = (Role.ADMIN, Role.OPERATOR)


class StandInCommands:
    """Commands, of which those of substitutes name whose place they take."""

    def __init__(self, commands: Commands, directory: Directory, pool: Any, clock: Clock) -> None:
        """`pool` gives connections to the views."""
        self._commands = commands
        self._directory = directory
        self._pool = pool
        self._clock = clock

    async def ask(self, command: Command, timeout_seconds: float = REPLY_SECONDS) -> Reply | None:
        """As `Commands.ask`."""
        return await self._commands.ask(await self._in_place(command), timeout_seconds)

    async def _in_place(self, command: Command) -> Command:
        if command.actor.kind is not ActorKind.PERSON:
            return command
        try:
            with within(command.tenant):
                return replace(command, actor=await self._actor(command))
        except (Unavailable, *views_away):
            return command

    async def _actor(self, command: Command) -> Actor:
        actor, tenant = command.actor, command.tenant
        roster = await self._directory.duty.roster(tenant)
        away = roster.stands_in_for(actor.id, self._clock())
        if not away or not isinstance(decode(command.body), _REVIEWS):
            return actor
        request = await judged(self._pool, tenant, command.request_id)
        return actor if request is None else acting(actor, await self._lent(actor, away), request)

    async def _lent(self, actor: Actor, away: Sequence[str]) -> list[Actor]:
        """The actor in the place of each absent person, with that person's part in the house."""
        found: list[Actor] = []
        for absent in away:
            person = await self._directory.people.get(actor.tenant, absent)
            if person is not None and person.is_active:
                roles = [one for one in person.roles if one.partition(":")[0] not in _not_lent]
                found.append(
                    replace(
                        actor,
                        on_behalf_of=absent,
                        roles=tuple(dict.fromkeys((*actor.roles, *roles))),
                        teams=tuple(dict.fromkeys((*actor.teams, *person.teams))),
                    )
                )
        return found


def acting(actor: Actor, lent: Sequence[Actor], request: Request) -> Actor:
    """Who acts: the actor, or the first of those in whose place they could do what they can't."""
    return next((one for one in (actor, *lent) if _can_work(one, request)), actor)


def _can_work(actor: Actor, request: Request) -> bool:
    asked = Party.REVIEWER in parties_of(Respond, actor, Matter.of(request))
    return asked and held_from(actor, request) is None

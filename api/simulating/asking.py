"""Simulates a question for a tenant, with what the directory and the book of holdings say now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.simulating.simulator import Handing, Simulation, Simulator, no_link
from event_schemas.types import Open
from kernel.calendars import business_hours
from kernel.directory.directory import Directory
from kernel.errors import Flaw, Invalid, NotFound
from kernel.opening import Requester, open_command
from kernel.question import Question
from kernel.resolution import terms_for
from kernel.settings import Settings
from services.notifier_svc.assigning.book import Choosing
from services.notifier_svc.assigning.chooser import Chooser
from services.notifier_svc.assigning.present import PresentPeople
from services.notifier_svc.audience import Audiences
from services.notifier_svc.papers import Papers
from services.notifier_svc.people import DirectoryPeople
from services.notifier_svc.places import Places
from services.notifier_svc.reach import CHAT, EMAIL, PUSH, SLACK, SMS, WEBHOOK

SOMEBODY = "agent"
"""Who asks, where nobody is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A question, its course, and what its people are called, by id."""

    question: Open
    at: datetime
    simulation: Simulation
    names: Mapping[str, str]


async def simulated(
    settings: Settings,
    directory: Directory,
    pool: Any,
    *,
    tenant: str,
    question: Question,
    asker: str,
    at: datetime,
) -> Simulated:
    """What would happen to a question asked at `at` that nobody answers; nothing is changed.

    `pool` gives connections to the notifier's book of who holds what.

    Raises:
        Invalid: it can't be asked so; all flaws, by JSON pointer into the question.
        Unavailable: the directory is away.
    """
    asked = await _command(directory, tenant, question, asker, at)
    people = DirectoryPeople(directory)
    simulator = Simulator(
        Audiences(PresentPeople(people, directory.duty)),
        Places(directory.kinds, directory.tenant_notices),
        Papers(settings.public_url.rstrip("/"), channels_of(settings), no_link),
        Handing(Chooser(directory.people), directory.duty, Choosing(pool, tenant)),
    )
    simulation = await simulator.simulate(asked, tenant, at)
    ids = {one.person for step in simulation.steps for one in step.told if one.person}
    holders = [one.envelope.request.assignee for one in simulation.steps]
    ids |= {one.person for one in holders if one is not None and one.person is not None}
    found = [await directory.people.get(tenant, one) for one in sorted(ids)]
    names = {one.id: one.name for one in found if one is not None}
    return Simulated(question=asked, at=at, simulation=simulation, names=names)


def channels_of(settings: Settings) -> frozenset[str]:
    """The channels that the notifier has with these settings."""
    always = {EMAIL, CHAT, PUSH, SLACK, WEBHOOK}
    return frozenset(always | {SMS} if settings.sms_url else always)


async def _command(
    directory: Directory, tenant: str, question: Question, asker: str, at: datetime
) -> Open:
    try:
        kind = await directory.kinds.get(tenant, question.kind)
    except NotFound as unknown:
        raise Invalid("the question has 1 flaw(s)", (Flaw("/type", str(unknown)),)) from None
    people = await directory.people.named(tenant, question.people)
    roster, name = await directory.duty.roster(tenant), terms_for(question, kind).business
    calendar = None if name is None else roster.calendars.get(name)
    hours = None if name is None or calendar is None else business_hours(name, calendar, at)
    requester = Requester(id=asker, secret_ref="simulated")  # noqa: S106 -- a name, no secret
    return open_command(question, kind, requester, people, hours=hours)

"""What can be chosen for several requests at once: decisions that all offer, and who takes them."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.door import FrontDoor
from kernel.directory.person import Person
from projections.inbox.glance import Glance

MAX_PEOPLE = 500
_filled_in = ("approve", "answer")


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision, what it means, and whether it wants a comment."""

    name: str
    label: str
    means: str
    needs_comment: bool


@dataclass(frozen=True, slots=True)
class Assignable:
    """Who can be given requests."""

    people: Sequence[Person]
    teams: Sequence[str]


def choices_of(asked: Sequence[Glance | None]) -> list[Choice]:
    """The decisions that all of these questions offer with the same meaning, in the first's order.

    A question with a form of its own must be looked at to be answered, so it offers only what
    leaves the form empty.
    """
    offers = [_offered(glance) for glance in asked]
    if not offers:
        return []
    common = set(offers[0]).intersection(*offers[1:])
    return [
        Choice(name, offers[0][name, means], means, any(needs for needs in _needs(asked, name)))
        for name, means in offers[0]
        if (name, means) in common
    ]


def _offered(glance: Glance | None) -> dict[tuple[str, str], str]:
    if glance is None:
        return {}
    return {
        (one["name"], one["means"]): one["label"]
        for one in glance.decisions
        if not (glance.has_form and one["means"] in _filled_in)
    }


def _needs(asked: Sequence[Glance | None], name: str) -> list[bool]:
    offered = (one for glance in asked if glance for one in glance.decisions)
    return [one["needs_comment"] for one in offered if one["name"] == name]


async def assignable(door: FrontDoor, tenant: str) -> Assignable:
    """The active people of a tenant and their teams.

    Raises:
        Unavailable: the directory is away.
    """
    people = [one for one in await door.directory.people.every(tenant) if one.is_active]
    teams = sorted({team for person in people for team in person.teams})
    return Assignable(people[:MAX_PEOPLE], teams)

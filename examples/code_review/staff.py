"""The people of the shop: a reviewer, and the owner of its database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from handraise import Handraise

from examples.common.household import Household
from examples.common.surroundings import Surroundings

REVIEWER = "rita@shop.example"
DATABASE_OWNER = "omar@shop.example"
_TEAM = "database_owners"
_KINDS = Path(__file__).parent / "kinds"


@dataclass(frozen=True, slots=True)
class Staff:
    """Each answers in their own name."""

    rita: Handraise
    """Reviews code."""
    omar: Handraise
    """Owns the database."""


@asynccontextmanager
async def at_their_desks(found: Surroundings) -> AsyncGenerator[Staff]:
    """The people, with the kind and the team that the shop needs; all made where missing."""
    async with Household(found) as household:
        await household.team(_TEAM, "Database owners")
        await household.kind(_KINDS / "schema_change.yaml")
        rita = await household.person(REVIEWER, "Rita Reviewer")
        omar = await household.person(DATABASE_OWNER, "Omar Owner", teams=[_TEAM])
        key = await household.key("shop.staff", ["read", "act_for"], [rita, omar])
    async with Handraise(found.url, key.bearer) as hand:
        yield Staff(hand.acting_for(rita), hand.acting_for(omar))

"""Who works at the platform: kinds, teams, people with their roles, and the platform's key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from examples.ad_tasks.duties import DUTIES
from examples.ad_tasks.tasks import TaskType
from examples.common.household import Household, Key
from examples.common.surroundings import Surroundings

KINDS: Final = Path(__file__).parent / "kinds"
PLATFORM: Final = "ad-platform"

CREATIVE, OPERATIONS, TECHNICAL, COMPLIANCE, ACME_ONLY, LEAD = (
    "cora@ads.example",
    "omar@ads.example",
    "tess@ads.example",
    "lena@ads.example",
    "paul@acme.example",
    "dana@ads.example",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The people's ids by their e-mail addresses, who assigns tasks, and the platform's key."""

    people: Mapping[str, str]
    dispatcher: str
    key: Key


async def take_on(found: Surroundings) -> Staff:
    """Make whatever is missing; to be called at every start."""
    async with Household(found) as house:
        for kind in TaskType:
            await house.kind(KINDS / f"{kind}.yaml")
        for duty in DUTIES.values():
            await house.team(duty.team, duty.team_title)
        people = {
            CREATIVE: await _member(house, CREATIVE, "Cora Lind", TaskType.CREATIVE_APPROVAL),
            OPERATIONS: await _member(
                house, OPERATIONS, "Omar Haddad", TaskType.PERMISSION_EXCEPTION
            ),
            TECHNICAL: await _member(
                house, TECHNICAL, "Tess Okafor", TaskType.CONFIGURATION_REQUIRED
            ),
            COMPLIANCE: await _member(house, COMPLIANCE, "Lena Weiss", TaskType.COMPLIANCE_REVIEW),
            ACME_ONLY: await house.person(
                ACME_ONLY, "Paul Acme", roles=[f"reviewer:{TaskType.CREATIVE_APPROVAL}:acme"]
            ),
            LEAD: await house.person(
                LEAD, "Dana Petrov", roles=[f"lead:{kind}" for kind in TaskType]
            ),
        }
        key = await house.key(PLATFORM, ["ask", "read", "act_for"], list(people.values()))
    return Staff(people=people, dispatcher=people[LEAD], key=key)


async def _member(house: Household, email: str, name: str, task_type: TaskType) -> str:
    """A member of the team of a type; the team is what lets them answer."""
    return await house.person(email, name, roles=["requester"], teams=[DUTIES[task_type].team])

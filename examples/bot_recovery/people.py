"""Who works in the example: two campaign managers, their team, and the key that speaks for them."""

from dataclasses import dataclass
from pathlib import Path

from examples.common.household import Household, Key
from examples.common.surroundings import Surroundings

TEAM = "campaigns"
KIND = Path(__file__).parent / "kinds" / "failed_operation.yaml"
_MANAGERS = (
    ("mara.lindqvist@example.org", "Mara Lindqvist"),
    ("teo.okafor@example.org", "Teo Okafor"),
)


@dataclass(frozen=True, slots=True)
class Manager:
    """A campaign manager, by the id that Handraise knows."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class People:
    """The managers, and the key with which the desk speaks for them and the bot asks."""

    managers: tuple[Manager, ...]
    key: Key

    def manager(self, person_id: str) -> Manager | None:
        """The manager with this id."""
        return next((one for one in self.managers if one.id == person_id), None)


async def settle(found: Surroundings, kind: Path = KIND) -> People:
    """Make the team, the managers, the kind of question and the key, where they are missing."""
    async with Household(found) as household:
        await household.team(TEAM, "Campaign managers")
        await household.kind(kind)
        managers = [
            Manager(await household.person(email, name, teams=[TEAM]), name, email)
            for email, name in _MANAGERS
        ]
        key = await household.key(
            "bot-recovery", ["ask", "read", "act_for"], [one.id for one in managers]
        )
    return People(tuple(managers), key)

"""The places that the bar on top of every page leads to, for those who may go there."""

from dataclasses import dataclass

from api.identity.access import RULES, Operation
from kernel.directory.principals import Principal


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the bar; `keys` are pressed one after the other to go there.

    `name` is what the page's template sets as `place`, so that the bar shows where one is.
    """

    name: str
    label: str
    path: str
    operation: Operation
    keys: str


PLACES: tuple[Place, ...] = (
    Place("queue", "Queue", "/", Operation.READ, "g q"),
    Place("groups", "Groups", "/groups", Operation.READ, "g s"),
    Place("rules", "Rules", "/rules", Operation.READ_RULES, "g r"),
    Place("notices", "Notices", "/notices", Operation.BE_TOLD, "g n"),
    Place("activity", "My activity", "/activity", Operation.READ, "g a"),
    Place("load", "Team load", "/load", Operation.READ_LOAD, "g l"),
    Place("simulator", "Simulator", "/simulator", Operation.SIMULATE, "g i"),
    Place("admin", "Admin", "/admin", Operation.REDRIVE, "g m"),
    Place("settings", "Settings", "/settings", Operation.BE_TOLD, "g t"),
)


def places_for(person: Principal) -> tuple[Place, ...]:
    """The places that this person may go to."""
    return tuple(place for place in PLACES if RULES[place.operation].admits(person))

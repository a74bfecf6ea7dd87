"""Why something was not done, in words for people: who was first, who holds it, what changed."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.door import FrontDoor
from api.problems import Problem
from api.web.people import names_of
from event_schemas.types import RefusalReason


async def names_in(
    door: FrontDoor, tenant: str, problems: Iterable[Problem | None]
) -> Mapping[str, str]:
    """The names of the people whom problems tell of.

    Raises:
        Unavailable: the directory is away.
    """
    told = [problem.members for problem in problems if problem is not None]
    winners: list[Mapping[str, Any]] = [one.get("winner") or {} for one in told]
    ids = [*(one.get("holder") for one in told), *(one.get("actor_id") for one in winners)]
    return await names_of(door.directory, tenant, ids)


def told_to_people(problem: Problem, names: Mapping[str, str]) -> str:
    """The problem in a sentence."""
    holder: str | None = problem.members.get("holder")
    winner: Mapping[str, Any] | None = problem.members.get("winner")
    match problem.code:
        case RefusalReason.STALE_REVISION:
            return "The question has changed since you looked at it; look again."
        case RefusalReason.HELD_BY if holder:
            return f"{names.get(holder, holder)} holds it."
        case RefusalReason.LATE:
            return "Its time had run out."
        case RefusalReason.ALREADY_DECIDED | RefusalReason.WRONG_STATE if winner:
            who = names.get(winner["actor_id"], winner["actor_id"])
            what = str(winner.get("decision") or winner["event"]).replace("_", " ").lower()
            return f"{who} was first: {what}."
        case _:
            return f"{problem.kind.title}. {problem.detail}"

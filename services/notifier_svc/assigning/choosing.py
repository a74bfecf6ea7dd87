"""Chooses somebody for a request among those who are able: the same from the same facts."""

from collections.abc import Sequence
from dataclasses import dataclass

from event_schemas.types import AssignBy, Assigning


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """Somebody who may get the request.

    `load` is how many open requests they hold, `last_turn` the number of their last turn (0 for
    none yet), `stands_in_for` the absent person whose place they take.
    """

    id: str
    load: int = 0
    last_turn: int = 0
    skills: frozenset[str] = frozenset()
    stands_in_for: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who gets the request, and why in one sentence."""

    person: str
    reason: str


def choose(
    rule: Assigning, able: Sequence[Able], given_back_by: str | None = None
) -> Chosen | None:
    """Whoever comes first by the rule; who has just given it back only where there is nobody else.

    Among equals it is whose turn is longest ago, then the first by id.
    None where nobody is able, or nobody has all the skills: then it waits for whoever takes it.
    """
    pool = [one for one in able if rule.by is not AssignBy.SKILL or _skilled(one, rule)]
    pool = [one for one in pool if one.id != given_back_by] or pool
    if not pool:
        return None
    if rule.by is AssignBy.ROUND_ROBIN:
        best = min(pool, key=lambda one: (one.last_turn, one.id))
    else:
        best = min(pool, key=lambda one: (one.load, one.last_turn, one.id))
    return Chosen(best.id, _reason(rule, best))


def _skilled(one: Able, rule: Assigning) -> bool:
    return one.skills.issuperset(rule.skills)


def _reason(rule: Assigning, best: Able) -> str:
    match rule.by:
        case AssignBy.ROUND_ROBIN:
            why = "By turns."
        case AssignBy.LEAST_LOADED:
            why = f"Holds the fewest requests: {best.load}."
        case AssignBy.SKILL:
            why = f"Knows {', '.join(rule.skills)}; holds the fewest requests: {best.load}."
    return why if best.stands_in_for is None else f"{why} Stands in for {best.stands_in_for}."

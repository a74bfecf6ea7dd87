"""Counts votes: one per person and per place taken, the last one counts."""

from collections import Counter

from event_schemas.types import Vote


def cast(votes: tuple[Vote, ...], vote: Vote) -> tuple[Vote, ...]:
    """The votes that count after another one.

    Nobody counts twice, neither by voting again nor through a substitute: the new vote replaces
    every earlier one that shares its voter or the person whose place was taken.
    """
    stands_for = _people(vote)
    return (*(earlier for earlier in votes if not _people(earlier) & stands_for), vote)


def votes_for(votes: tuple[Vote, ...], decision: str) -> int:
    """How many votes a decision has."""
    return sum(vote.decision == decision for vote in votes)


def leading(votes: tuple[Vote, ...]) -> int:
    """How many votes the leading decision has."""
    return max(Counter(vote.decision for vote in votes).values(), default=0)


def _people(vote: Vote) -> frozenset[str]:
    return frozenset(person for person in (vote.person, vote.in_place_of) if person is not None)

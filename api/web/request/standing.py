"""How a request stands that several people decide: the votes so far, and the stages."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.web.context_view import spoken
from api.web.request.decisions import Decision
from event_schemas.types import Policy
from projections.inbox.shown import RequestLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a page needs of a request beside the API's document; `stages` are their names."""

    view: str = "json"
    votes: Sequence[Mapping[str, Any]] = ()
    votes_needed: int = 1
    stages: tuple[str, ...] = ()
    stage: int = 0

    @classmethod
    def of(cls, line: RequestLine, policy: Policy) -> "Standing":
        """How a request of the queue stands, by its own rules."""
        return cls(
            view=line.view,
            votes=line.votes,
            votes_needed=line.votes_needed,
            stages=tuple(stage.name for stage in policy.stages),
            stage=line.stage,
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote that counts so far."""

    who: str
    says: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voting:
    """The votes so far, how many the leading decision has and needs, and the stages in order."""

    votes: tuple[Vote, ...]
    leading: int
    needed: int
    stages: tuple[str, ...]
    stage: int


def voting_of(
    standing: Standing, decisions: Sequence[Decision], called: Callable[[str], str]
) -> Voting | None:
    """The votes of a request; None where one person decides alone."""
    if standing.votes_needed <= 1 and not standing.stages:
        return None
    labels = {decision.name: decision.label for decision in decisions}
    counted = Counter(vote["decision"] for vote in standing.votes)
    return Voting(
        votes=tuple(
            Vote(
                called(vote["person"]),
                labels.get(vote["decision"], spoken(vote["decision"])),
                vote["means"],
            )
            for vote in standing.votes
        ),
        leading=max(counted.values(), default=0),
        needed=standing.votes_needed,
        stages=standing.stages,
        stage=standing.stage,
    )

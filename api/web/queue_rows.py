"""A request as a row of the queue: what is at stake, how long is left, and who has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.identity.access import RULES, Operation
from api.web.time_words import span
from api.web.urgency import Left, left_of
from event_schemas.types import Outcome, State
from kernel.directory.principals import Principal
from projections.inbox.glance import Glance
from projections.inbox.shown import RequestLine

_stakes = ("risk", "severity", "level", "amount", "impact")
_tones = {"approve": "good", "answer": "good", "reject": "bad", "changes": "warn"}
PERSON_ID_CHARS = 36
NOTHING = Glance("", (), has_form=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; `gone` says that the list has it no more, and `done` what came of it.

    `item` is what a form sends of it: its id and the revision that was looked at.
    """

    id: str
    version: int
    revision: int
    title: str
    priority: str
    kind: str
    principal: str
    asker: str
    age: str
    created: str
    stake_name: str
    stake: str
    excerpt: str
    left: Left | None
    ended: str
    state: str
    tone: str
    holder: str
    is_mine: bool
    may_claim: bool
    may_release: bool
    may_pick: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at a list, when, and the names of the people in it."""

    person: Principal
    now: datetime
    names: Mapping[str, str]

    def called(self, party: str) -> str:
        """A party as people call it."""
        return self.names.get(party, party)


def people_in(lines: list[RequestLine]) -> set[str]:
    """The ids in the rows that may be people's; programs have names, which nobody looks up."""
    shown = [line.assigned_to.person for line in lines if line.assigned_to]
    shown += [line.requester_id for line in lines if line.agent_id is None]
    shown += [line.responded_by for line in lines]
    return {one for one in shown if one and len(one) == PERSON_ID_CHARS}


def row_of(line: RequestLine, glance: Glance, looking: Looking, *, gone: bool = False) -> Row:
    """The row that shows a request."""
    assignee, me = line.assigned_to, looking.person
    held_by_me = assignee is not None and assignee.person == me.id
    name, stake = _stake(line)
    state, tone = _standing(line, glance, looking)
    free = assignee is None or assignee.person is None
    takes = RULES[Operation.CLAIM].admits(me) and line.open and line.state is not State.REVISING
    return Row(
        id=line.id,
        version=line.version,
        revision=line.revision,
        title=line.title,
        priority=line.priority,
        kind=line.kind.replace("_", " "),
        principal=line.principal_id or "",
        asker=line.agent_id or looking.called(line.requester_id),
        age=_ago(line.created_at, looking.now),
        created=f"{line.created_at:%Y-%m-%d %H:%M} UTC",
        stake_name=name,
        stake=stake,
        excerpt=glance.excerpt,
        left=left_of(line.timeout_at, looking.now) if line.open else None,
        ended="" if line.open else _ago(line.closed_at or line.updated_at, looking.now),
        state=state,
        tone=tone,
        holder=_holder(line, looking),
        is_mine=held_by_me,
        may_claim=takes and free and line.votes_needed <= 1 and not gone,
        may_release=takes and held_by_me and not gone,
        may_pick=line.open and not gone,
        gone=gone,
    )


def _stake(line: RequestLine) -> tuple[str, str]:
    """The facet that says most: the risk where there is one, else the kind's first."""
    names = sorted(line.facets, key=_rank)
    if not names:
        return "", ""
    value = line.facets[names[0]]
    said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return names[0].replace("_", " "), said


def _rank(name: str) -> int:
    found = (place for place, word in enumerate(_stakes) if word in name.lower())
    return next(found, len(_stakes))


def _standing(line: RequestLine, glance: Glance, looking: Looking) -> tuple[str, str]:
    """Where it stands, in words and in tone; of what is decided, the decision."""
    if line.state is State.REVISING:
        return "changes requested", "warn"
    if line.open:
        return _open_words(line, looking), ""
    decision = _decision(line, glance)
    by = f" by {looking.called(line.responded_by)}" if line.responded_by else ""
    match line.outcome:
        case Outcome.CANCELLED:
            return "withdrawn", "quiet"
        case Outcome.TIMED_OUT:
            return f"timed out{': ' + decision if decision else ''}", "bad"
        case _:
            means = (line.response or {}).get("means", "")
            return f"{decision or 'answered'}{by}", _tones.get(means, "state")


def _open_words(line: RequestLine, looking: Looking) -> str:
    if line.votes_needed > 1:
        return f"{len(line.votes)} of {line.votes_needed} answers"
    if line.state is State.IN_PROGRESS:
        return "in progress"
    if line.assigned_to is not None:
        return "taken" if line.assigned_to.person else "with a team"
    return "waiting"


def _decision(line: RequestLine, glance: Glance) -> str:
    name = (line.response or {}).get("decision")
    labels = {one["name"]: one["label"] for one in glance.decisions}
    return labels.get(name, str(name).replace("_", " ")) if name else ""


def _ago(then: datetime, now: datetime) -> str:
    """How long ago, by the largest unit alone."""
    if now - then < timedelta(minutes=1):
        return "just now"
    return f"{' '.join(span(now - then).split()[:2])} ago"


def _holder(line: RequestLine, looking: Looking) -> str:
    assignee = line.assigned_to
    if assignee is None:
        return ""
    return looking.called(assignee.person) if assignee.person else f"team {assignee.team}"

"""What a person may do with a request, by the same table that judges their commands.

What is not offered would be refused; what is offered may still be, when someone else was first.
"""

from api.identity.access import RULES, Operation
from event_schemas.types import (
    Actor,
    ActorKind,
    Assign,
    Claim,
    CommandBody,
    Comment,
    Escalate,
    Extend,
    Policy,
    Release,
    Reprioritise,
    RequestState,
    Respond,
    Start,
    State,
    Vote,
)
from kernel.directory.principals import Principal, actor_for
from kernel.request.model import Request, is_shared
from projections.inbox.shown import RequestLine
from services.request_svc.judging.authority import Matter, parties_of
from services.request_svc.judging.holding import held_from, is_of

ANSWERABLE = frozenset({State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS})
_commands: dict[str, tuple[type[CommandBody], Operation]] = {
    "respond": (Respond, Operation.RESPOND),
    "claim": (Claim, Operation.CLAIM),
    "release": (Release, Operation.RELEASE),
    "start": (Start, Operation.START),
    "assign": (Assign, Operation.ASSIGN),
    "escalate": (Escalate, Operation.ESCALATE),
    "reprioritise": (Reprioritise, Operation.REPRIORITISE),
    "extend": (Extend, Operation.EXTEND),
    "comment": (Comment, Operation.COMMENT),
}


def allowed(person: Principal, line: RequestLine, policy: Policy) -> frozenset[str]:
    """The words of what this person may do with a request as it stands now."""
    if not line.open or person.kind is not ActorKind.PERSON:
        return frozenset()
    request = request_of(line, policy)
    actor = actor_for(person, "web")
    matter = Matter.of(request)
    may = {
        word
        for word, (command, operation) in _commands.items()
        if RULES[operation].admits(person) and parties_of(command, actor, matter)
    }
    return frozenset(may - _pointless(actor, request, line))


def _pointless(actor: Actor, request: Request, line: RequestLine) -> set[str]:
    """What would change nothing as the request stands, or be refused because of who holds it."""
    assignee = request.state.assignee
    mine = assignee is not None and is_of(actor, assignee)
    found: set[str] = set()
    if line.state not in ANSWERABLE:
        found |= {"respond", "claim", "start", "release"}
    if held_from(actor, request) is not None:
        found |= {"respond", "claim", "start"}
    if is_shared(request) or (mine and assignee is not None and assignee.person is not None):
        found.add("claim")
    if assignee is None:
        found |= {"release"}
    if line.state is State.IN_PROGRESS or not mine:
        found.add("start")
    if line.escalation_level >= len(request.policy.ladder):
        found.add("escalate")
    if line.timeout_at is None:
        found.add("extend")
    return found


def request_of(line: RequestLine, policy: Policy) -> Request:
    """The request as far as authority looks at it; the rest of its state is not known here."""
    state = RequestState(
        request_id=line.id,
        tenant=line.tenant,
        version=line.version,
        state=line.state,
        policy_id="",
        principal_id=line.principal_id,
        metadata="{}",
        requester_id=line.requester_id,
        revision=line.revision,
        revisions_used=line.revisions_used,
        content_hash=line.content_hash,
        fingerprint="",
        priority=line.priority,
        notified=line.notified_at is not None,
        deadline=line.timeout_at,
        deadline_generation=0,
        reminders_sent=0,
        escalation_level=line.escalation_level,
        ladder_from=line.created_at,
        assignee=line.assigned_to,
        claim_generation=0,
        stage=line.stage,
        votes=tuple(Vote.from_record(dict(vote)) for vote in line.votes),
        redeemed=False,
        created_at=line.created_at,
        last_hash=b"",
    )
    return Request(state, policy)

"""Who holds a request, and from whom it is held."""

from event_schemas.types import Actor, Assignee
from kernel.request.model import Request, is_shared


def held_from(actor: Actor, request: Request) -> str | None:
    """The person or team that keeps the actor from working on the request; None if nobody does.

    A team's members, and whoever takes the place of a holder, are not kept from it. With a quorum
    above 1 nobody holds a request alone.
    """
    assignee = request.state.assignee
    if assignee is None or is_shared(request) or is_of(actor, assignee):
        return None
    return assignee.person or assignee.team


def is_of(actor: Actor, assignee: Assignee) -> bool:
    """Whether the actor is the assignee, takes its place, or is a member of it."""
    if assignee.person is not None:
        return assignee.person in (actor.id, actor.on_behalf_of)
    return assignee.team in actor.teams

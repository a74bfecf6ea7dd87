"""Which requests may be decided only by a person who has signed in, whatever link they came by."""

from api.door import FrontDoor
from kernel.errors import NotFound
from projections.inbox.shown import RequestInFull


async def needs_sign_in(door: FrontDoor, found: RequestInFull) -> bool:
    """Whether the request's kind wants a sign-in (`step_up`); so does one that is gone.

    So does one that wants proof of what the reviewer looked at: only the request's own page, with
    its script, gives that.

    Raises:
        Unavailable: the directory is away.
    """
    try:
        kind = await door.directory.kinds.get(found.line.tenant, found.line.kind)
    except NotFound:
        return True
    return kind.step_up or kind.oversight is not None

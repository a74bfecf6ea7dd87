"""Makes the command that answers a request: its data checked against the question's form."""

from dataclasses import dataclass, replace
from typing import Any

from api.door import FrontDoor
from api.errors import Behind, views_away
from api.reading import find, find_revision
from event_schemas.types import Means, Oversight, Respond
from kernel.asking import files_of
from kernel.content import check_answer, patch_between
from kernel.errors import Unavailable
from kernel.question import GivenAttachment
from kernel.text import to_text
from projections.inbox.shown import RequestInFull


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer as it was given; data and edited are JSON values, None where there are none.

    `revision` and `content_hash` are those that the reviewer looked at, if they say so; `seen` is
    what they had before them, as our page proved or the caller claims.
    """

    decision: str
    comment: str | None = None
    data: Any = None
    edited: Any = None
    attachments: tuple[GivenAttachment, ...] = ()
    revision: int | None = None
    content_hash: str | None = None
    seen: Oversight | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it is a decision alone, without content of its own."""
        return self.data is None and self.edited is None


async def respond_command(
    door: FrontDoor, tenant: str, request_id: str, given: GivenAnswer
) -> Respond:
    """The command that gives this answer.

    With the views away a bare decision still goes through: the writer knows whether the form lets
    it, and judges the rest. An answer with content that names no revision is bound to the one that
    it was checked against.

    Raises:
        NotFound: the tenant has no such request.
        Invalid: the data misses the question's form, or a file is not there.
        Behind: the view has not the question yet.
        Unavailable: the views are away, and the answer has content.
    """
    files = await files_of(door.directory, tenant, given.attachments)
    command = await _checked(door, tenant, request_id, given)
    return replace(command, attachments=files)


async def _checked(door: FrontDoor, tenant: str, request_id: str, given: GivenAnswer) -> Respond:
    try:
        asked = await _question(door, tenant, request_id, given)
    except Behind:
        raise
    except (*views_away, Unavailable) as error:
        if given.is_bare:
            return _command(given, None)
        raise Unavailable("The question can't be read now, so its answer not checked") from error
    if not asked.line.open or given.revision not in (None, asked.line.revision):
        # The writer says best what is wrong with an answer that comes too late.
        return _command(given, None)
    means = next((d["means"] for d in asked.decisions if d["name"] == given.decision), None)
    if means is not None:
        check_answer(given.data, asked.form, Means(means))
    return _command(given, asked)


async def _question(
    door: FrontDoor, tenant: str, request_id: str, given: GivenAnswer
) -> RequestInFull:
    """The question; content for a revision that the view has not yet waits to be checked."""
    if given.is_bare or given.revision is None:
        return await find(door, tenant, request_id)
    return await find_revision(door, tenant, request_id, given.revision)


def _command(given: GivenAnswer, asked: RequestInFull | None) -> Respond:
    patch, revision = None, given.revision
    if asked is not None and not given.is_bare:
        revision = asked.line.revision
    if asked is not None and given.edited is not None:
        patch = to_text(patch_between(asked.context, given.edited))
    return Respond(
        decision=given.decision,
        comment=given.comment,
        data=None if given.data is None else to_text(given.data),
        edited=None if given.edited is None else to_text(given.edited),
        patch=patch,
        revision=revision,
        content_hash=given.content_hash,
        seen=given.seen,
    )

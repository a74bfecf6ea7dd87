"""The question as a link in a message shows it: what the request's own page shows this person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.door import FrontDoor
from api.rest.shapes import request_document
from api.web.people import names_of
from api.web.request.allowed import allowed
from api.web.request.decisions import Decision
from api.web.request.page import RequestPage, Viewer, page_of
from api.web.request.showing import shown_content
from api.web.request.standing import Standing
from api.web.request.typed import Typed
from api.web.views.layout import Wish
from event_schemas.types import Means
from kernel.directory.principals import Principal
from kernel.errors import NotFound
from kernel.ids import new_id
from projections.inbox.shown import RequestInFull

_answering = frozenset({Means.APPROVE, Means.ANSWER})


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkQuestion:
    """What the page shows, and the decisions that it offers; `why_not` where it offers none."""

    page: RequestPage
    content: Markup
    seen: str
    decisions: tuple[Decision, ...]
    needs_form: bool
    why_not: str

    def values(self) -> Mapping[str, Any]:
        """What the template asks for."""
        return {
            "page": self.page,
            "content": self.content,
            "seen": self.seen,
            "decisions": self.decisions,
            "needs_form": self.needs_form,
            "why_not": self.why_not,
        }


async def question_for(
    door: FrontDoor,
    person: Principal,
    found: RequestInFull,
    *,
    comment: str = "",
    wish: Wish,
) -> LinkQuestion:
    """The question for this person, with what they had typed, laid out as they wish.

    A decision that takes the answer of a form is left to the request's own page.

    Raises:
        NotFound: there is no such request.
    """
    policy = await door.inbox.policy_of(person.tenant, found.line.id)
    if policy is None:
        raise NotFound("There is no such request")
    document = request_document(found, door.url_of(found.line.id))
    holder = found.line.assigned_to.person if found.line.assigned_to else None
    parties = (document["requester"], document["responded_by"], holder)
    may = allowed(person, found.line, policy) & {"respond"}
    viewer = Viewer(
        now=door.clock(),
        me=person.id,
        names=await names_of(door.directory, person.tenant, parties),
        # What the request's own page offers beside the decision needs a session.
        may=frozenset(),
        attempt=new_id(),
        typed=Typed(comment=comment),
        wish=wish,
    )
    made = page_of(document, Standing.of(found.line, policy), (), viewer)
    content, seen = shown_content(door, person.id, made)
    needs_form = found.form is not None
    offered = [d for d in made.decisions if not needs_form or d.means not in _answering]
    return LinkQuestion(
        page=made,
        content=content,
        seen=seen,
        decisions=tuple(offered) if may else (),
        needs_form=needs_form,
        why_not="" if may else _why_not(viewer, holder),
    )


def _why_not(viewer: Viewer, holder: str | None) -> str:
    if holder is not None and holder != viewer.me:
        return f"{viewer.called(holder)} holds this request."
    return "You may look at this request, but your roles do not let you decide it."

"""The frame of the admin pages: the sections that one may see, and where one is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.identity.access import RULES, Operation
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session
from kernel.directory.principals import Principal


@dataclass(frozen=True, slots=True)
class Section:
    """A group of admin pages, for those who may see them."""

    label: str
    path: str
    operation: Operation


SECTIONS: tuple[Section, ...] = (
    Section("People", "/admin/people", Operation.MANAGE_PEOPLE),
    Section("Invitations", "/admin/invitations", Operation.MANAGE_PEOPLE),
    Section("Teams", "/admin/teams", Operation.MANAGE_PEOPLE),
    Section("Keys", "/admin/keys", Operation.MANAGE_PEOPLE),
    Section("Kinds", "/admin/kinds", Operation.DEFINE_KINDS),
    Section("Deliveries", "/admin/deliveries", Operation.REDRIVE),
    Section("Dead letters", "/admin/dead-letters", Operation.READ_DEAD_LETTERS),
    Section("Audit", "/admin/audit", Operation.READ_AUDIT),
)


def sections_for(person: Principal) -> tuple[Section, ...]:
    """The sections that this person may see."""
    return tuple(one for one in SECTIONS if RULES[one.operation].admits(person))


def admin_page(
    session: Session, template: str, values: Mapping[str, Any], status: int = 200
) -> Response:
    """An admin page, with the ways to the others."""
    shown = {**frame(session), "sections": sections_for(session.person), **values}
    return page(f"admin/{template}", shown, status)


def told(request: Request, words: Mapping[str, str]) -> str:
    """What the address says was done, in a sentence of ours; empty for words that are not ours."""
    return words.get(request.query_params.get("done", ""), "")


async def show_admin(_request: Request, session: Session) -> Response:
    """Leads to the first section that one may see."""
    return RedirectResponse(sections_for(session.person)[0].path, SEE_OTHER)


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/admin", Operation.REDRIVE, show_admin),)

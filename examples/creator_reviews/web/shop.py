"""What the pages and endpoints are made with, and who is calling them."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from examples.creator_reviews.catalog import Catalog, User
from examples.creator_reviews.creator_acts import CreatorActs
from examples.creator_reviews.executions import Executions
from examples.creator_reviews.hub import Hub
from examples.creator_reviews.reading import ReviewReader
from examples.creator_reviews.refusals import NotSignedIn
from examples.creator_reviews.sessions import Session, Sessions
from examples.creator_reviews.user_acts import UserActs

COOKIE = "agent_market"
_MAX_FORM_BYTES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The marketplace as the web sees it."""

    catalog: Catalog
    executions: Executions
    reader: ReviewReader
    pool: Any
    user_acts: UserActs
    creator_acts: CreatorActs
    sessions: Sessions
    hub: Hub
    handraise_url: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in."""

    user: User
    session: Session


@dataclass(frozen=True, slots=True)
class Posted:
    """A form of ours, and who sent it; `once` names what is to be done only once."""

    user: User
    fields: dict[str, str]

    @property
    def once(self) -> str:
        """The word under which the form's act is done once."""
        return self.fields.get("once", "")

    def group(self, name: str) -> dict[str, str]:
        """The fields `<name>.<field>`."""
        prefix = f"{name}."
        return {
            key.removeprefix(prefix): value
            for key, value in self.fields.items()
            if key.startswith(prefix)
        }


def shop_of(request: Request) -> Shop:
    """The marketplace behind a request."""
    return request.app.state.shop


async def visitor_of(request: Request) -> Visitor:
    """Who is signed in. Raises NotSignedIn."""
    shop = shop_of(request)
    session = shop.sessions.session(request.cookies.get(COOKIE, ""))
    return Visitor(await shop.catalog.user(session.user_id), session)


async def posted(request: Request) -> Posted:
    """What was sent with a form. Raises NotSignedIn for a form that is not ours."""
    visitor = await visitor_of(request)
    fields = await fields_of(request)
    shop_of(request).sessions.check_form(visitor.session, fields.pop("form_token", ""))
    return Posted(visitor.user, fields)


async def fields_of(request: Request) -> dict[str, str]:
    """The text fields of a form. Raises NotSignedIn where another site sends it, or too much."""
    origin = request.headers.get("origin")
    if origin not in (None, f"{request.url.scheme}://{request.headers.get('host')}"):
        raise NotSignedIn("This form comes from another site")
    if int(request.headers.get("content-length") or _MAX_FORM_BYTES + 1) > _MAX_FORM_BYTES:
        raise NotSignedIn("This form is too large")
    form = await request.form(max_files=0, max_fields=50)
    return {name: value for name, value in form.items() if isinstance(value, str)}

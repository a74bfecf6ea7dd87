"""Pages from templates; whatever users and agents wrote is escaped."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from examples.creator_reviews.accounts import balance_of
from examples.creator_reviews.ledger import account_of
from examples.creator_reviews.web.shop import Visitor, shop_of

FOLDER = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page for anybody."""
    shown = {"viewer": None, **values}
    return HTMLResponse(_TEMPLATES.get_template(f"{name}.html").render(shown), status)


async def own_page(request: Request, visitor: Visitor, name: str, /, **values: Any) -> HTMLResponse:
    """A page for somebody who is signed in, with what every page shows of them."""
    shop = shop_of(request)
    viewer = {
        "name": visitor.user.name,
        "balance": await balance_of(shop.pool, account_of(visitor.user.id)),
        "creates": await shop.catalog.creates(visitor.user.id),
        "waiting": await shop.reader.waiting_for(visitor.user.id),
        "form_token": shop.sessions.form_token(visitor.session),
    }
    return page(name, 200, viewer=viewer, once=secrets.token_urlsafe(12), **values)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%d %b %H:%M UTC")


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _rows(text: str) -> str:
    return str(min(max(text.count("\n") + len(text) // 70 + 2, 6), 22))


_TEMPLATES.filters["moment"] = _moment
_TEMPLATES.filters["spoken"] = _spoken
_TEMPLATES.filters["rows"] = _rows

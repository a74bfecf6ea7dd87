"""Renders the templates: everything is escaped, and what is missing is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from api.web.assets import address_of
from api.web.context_view import severity_of
from api.web.visible import plain, visible

HERE = Path(__file__).parent


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    cast("dict[str, Any]", made.globals)["static"] = address_of
    made.filters["visible"] = visible
    made.filters["plain"] = plain
    made.filters["severity"] = severity_of
    return made


_templates = _environment()


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template with its values, as HTML."""
    return _templates.get_template(template).render(values)


def page(template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page for one person, never to be kept by a cache."""
    html = render(template, values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})

"""How a request of a kind will look, before there is one."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.web.admin.kind_words import answering, course
from api.web.rendering import render
from api.web.request.decisions import Decision, decisions_of
from api.web.request.form_fields import Field, Fields
from api.web.request.typed import Typed
from api.web.views.layout import Wish, layout_of
from event_schemas.types import Priority
from kernel.errors import Invalid
from kernel.text import read_json
from task_kinds.kind import Kind
from task_kinds.pointers import MISSING, value_at

EXAMPLE = '{\n  "amount": 1240.5,\n  "reason": "Delivered twice"\n}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A kind as a reviewer will meet it.

    `courses` are what happens while nobody answers, by the priorities that have terms of their own;
    `facets` what the example context has at their places.
    """

    name: str
    title: str
    description: str
    priority: str
    decisions: tuple[Decision, ...]
    form: Field | None
    content: Markup
    answering: tuple[str, ...]
    courses: tuple[tuple[str, tuple[str, ...]], ...]
    facets: tuple[tuple[str, str], ...]
    fault: str


def preview_of(kind: Kind, example: str) -> Preview:
    """The preview with an example of a context, as JSON."""
    context, fault = _context(example)
    layout = layout_of(context, kind.view, (), Wish(side_by_side=False))
    page = {"layout": layout, "talk": (), "id": "", "may_answer": False}
    offered = [option.as_record() for option in kind.decisions]
    courses = [(str(p), tuple(course(kind, terms))) for p, terms in kind.priorities.items()]
    usual = "otherwise" if courses else ""
    return Preview(
        name=kind.name,
        title=kind.title,
        description=kind.description,
        priority=Priority(kind.priority).value,
        decisions=decisions_of(offered),
        form=None if kind.form is None else Fields(kind.form, Typed(), {}).root(),
        # Rendered from our own template, which escapes.
        content=Markup(render("views/content.html", {"page": page})),  # noqa: S704
        answering=tuple(answering(kind)),
        courses=(*courses, (usual, tuple(course(kind, kind.usual)))),
        facets=tuple((facet.name, _found(context, facet.pointer)) for facet in kind.facets),
        fault=fault,
    )


def _context(example: str) -> tuple[dict[str, Any], str]:
    if not example.strip():
        return {}, ""
    try:
        return read_json(example.encode()), ""
    except Invalid as error:
        told = "; ".join(flaw.detail for flaw in error.flaws) or str(error)
        return {}, f"The example is no JSON object: {told}."


def _found(context: dict[str, Any], pointer: str) -> str:
    value = value_at(context, pointer)
    return "" if value is MISSING else str(value)

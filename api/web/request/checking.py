"""Looks over an answer before it is sent, so that what is missing is told beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.web.notices import Notice
from api.web.request.decisions import Decision, decisions_of
from api.web.request.form_data import data_of
from api.web.request.showing import Telling
from api.web.request.typed import Typed
from api.web.views.draft import edited_context
from api.web.views.layout import Layout, layout_of
from kernel.errors import Invalid
from kernel.text import check_json
from projections.inbox.shown import RequestInFull

INVALID = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An answer's content; or what to tell instead, where it can't be sent as it is."""

    data: Any | None = None
    edited: Any | None = None
    telling: Telling | None = None


def checked(found: RequestInFull, fields: Mapping[str, str], typed: Typed) -> Checked:
    """What was filled in, once nothing is missing that can be told here.

    What is wrong with a request that was closed or changed meanwhile, the writer says best.
    """
    data = data_of(found.form, typed)
    if not found.line.open or fields.get("revision") != str(found.line.revision):
        return Checked()
    layout = layout_of(found.context, found.line.view)
    decision = _pressed(found, layout, fields.get("decision", ""))
    if decision is None:
        return _told("Choose one of the decisions.")
    if decision.needs_comment and not typed.comment.strip():
        words = f"{decision.label} needs a comment."
        return Checked(telling=Telling(comment_flaw=words, notice=_bad(words), status=INVALID))
    try:
        edited = _edited(found, layout, typed)
        check_json(data)
    except (ValueError, Invalid):
        return _told("What you typed is no JSON that we can take; everything is still there.")
    if _is_empty(decision, found, typed) and edited is None:
        return _told("The form is empty. Fill it in, or say in a comment why you can't.")
    if decision.guarded and fields.get("confirmed") != decision.name:
        text = f"This is said to be a high risk. Press “{decision.label}” once more to confirm."
        return Checked(telling=Telling(confirms=decision.name, notice=Notice("warn", text)))
    return Checked(data=data, edited=edited)


def _pressed(found: RequestInFull, layout: Layout, name: str) -> Decision | None:
    offered = decisions_of(found.decisions, grave=layout.is_grave)
    return next((decision for decision in offered if decision.name == name), None)


def _is_empty(decision: Decision, found: RequestInFull, typed: Typed) -> bool:
    """Whether an answer would say nothing at all; to approve or reject says something by itself."""
    asks = bool((found.form or {}).get("properties"))
    says = not typed.is_blank or typed.comment.strip() or typed.files
    return decision.means == "answer" and asks and not says


def _edited(found: RequestInFull, layout: Layout, typed: Typed) -> Any | None:
    if typed.edited is None or layout.editable is None:
        return None
    edited = edited_context(found.context, layout.editable, typed.edited)
    if edited is not None:
        check_json(edited)
    return edited


def _bad(words: str) -> Notice:
    return Notice("bad", f"Your answer was not taken. {words}")


def _told(words: str) -> Checked:
    return Checked(telling=Telling(notice=_bad(words), status=INVALID))

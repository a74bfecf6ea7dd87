"""What the page of one request shows, made from the request as the API gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from api.web.context_view import Named, spoken
from api.web.markdown import markdown
from api.web.notices import Notice
from api.web.request.answered import answer_in, edit_made, may_become_rule, outcome_line
from api.web.request.decisions import Decision, comment_hint, decisions_of
from api.web.request.form_fields import Field, Fields, Flaws
from api.web.request.history import Revision, Told, comments_in, revisions_of, told
from api.web.request.neighbours import Neighbours
from api.web.request.standing import Standing, Voting, voting_of
from api.web.request.typed import Typed
from api.web.time_words import moment
from api.web.urgency import Left, left_of
from api.web.views.draft import Draft
from api.web.views.layout import Layout, Wish, layout_of
from api.web.views.pictures import File, files_of
from api.web.views.split import Saying
from api.web.views.words import Change, Piece, compare
from api.web.visible import hidden_in

OPEN_STATES = frozenset({"pending", "notified", "assigned", "in_progress"})
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """For whom and when a page is made: what they may do, what they typed, what to tell them.

    `attempt` names the form that is about to be filled in, so that sending it twice is one answer.
    `names` are those of the people whose ids the request and its history hold. `flaws` say what is
    wrong with what was typed; `confirms` is the decision that was pressed once already.
    """

    now: datetime
    me: str
    names: Mapping[str, str]
    may: frozenset[str]
    attempt: str
    typed: Typed = field(default_factory=Typed)
    notice: Notice | None = None
    flaws: Flaws = field(default_factory=dict[str, Sequence[str]])
    comment_flaw: str = ""
    confirms: str = ""
    wish: Wish = field(default_factory=Wish)
    lookers: tuple[str, ...] = ()
    colleagues: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    neighbours: Neighbours = field(default_factory=Neighbours)
    share_url: str = ""

    def called(self, party: str) -> str:
        """A party as people call it."""
        return self.names.get(party, party)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """The text that may be changed with the answer, as it stands, and how it differs."""

    draft: Draft
    text: str
    changes: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """All that the template asks for."""

    id: str
    version: int
    title: str
    state: str
    priority: str
    kind: str
    left: Left
    is_open: bool
    outcome_line: str
    hidden: int
    description: Markup
    layout: Layout
    talk: tuple[Saying, ...]
    revision: int
    content_hash: str
    form: Field | None
    editing: Editing | None
    comment_hint: str
    decisions: tuple[Decision, ...]
    answer: tuple[Named, ...]
    answer_files: tuple[File, ...]
    edit_made: tuple[Piece, ...]
    may_become_rule: bool
    facts: tuple[Named, ...]
    holder: str
    voting: Voting | None
    history: tuple[Told, ...]
    history_lags: bool
    revisions: tuple[Revision, ...]
    viewer: Viewer

    @property
    def may_answer(self) -> bool:
        """Whether the decisions are offered."""
        return self.is_open and "respond" in self.viewer.may


def page_of(
    request: Mapping[str, Any],
    standing: Standing,
    history: Sequence[Mapping[str, Any]],
    viewer: Viewer,
) -> RequestPage:
    """The page of a request, given as the API's own document, with its history."""
    is_open = request["state"] in OPEN_STATES
    layout = layout_of(request["context"], standing.view, request["attachments"], viewer.wish)
    description = request["description"] or ""
    decisions = decisions_of(request["decisions"], grave=layout.is_grave)
    asks_form = bool(request["form"])
    return RequestPage(
        id=request["id"],
        version=request["version"],
        title=request["title"],
        state=spoken(request["state"]),
        priority=request["priority"],
        kind=spoken(request["type"]),
        left=left_of(request["timeout_at"] if is_open else None, viewer.now),
        is_open=is_open,
        outcome_line=outcome_line(request, viewer.called),
        hidden=sum(
            hidden_in(text)
            for text in (request["title"], description, layout.json, str(request["form"]))
        ),
        description=markdown(description),
        layout=layout,
        talk=_talk(layout, history, viewer),
        revision=request["revision"],
        content_hash=request["content_hash"],
        form=Fields(request["form"], viewer.typed, viewer.flaws).root() if asks_form else None,
        editing=_editing(layout.editable, viewer.typed) if is_open else None,
        comment_hint=comment_hint(decisions),
        decisions=decisions,
        answer=answer_in(request, viewer.called),
        answer_files=files_of((request["response"] or {}).get("attachments") or ()),
        edit_made=edit_made(request, layout),
        may_become_rule=may_become_rule(request, viewer.me),
        facts=_facts(request, viewer),
        holder=_holder(request["assigned_to"], viewer),
        voting=voting_of(standing, decisions, viewer.called),
        history=tuple(told(entry, viewer.called) for entry in history),
        history_lags=max((entry["version"] for entry in history), default=0) < request["version"],
        revisions=revisions_of(history),
        viewer=viewer,
    )


def _talk(
    layout: Layout, history: Sequence[Mapping[str, Any]], viewer: Viewer
) -> tuple[Saying, ...]:
    """What was said in the question's own conversation, and here in comments."""
    said = layout.split.talk if layout.split is not None else ()
    return said + tuple(
        Saying(viewer.called(entry["actor"]["id"]), str(entry["data"]["text"]), moment(entry["at"]))
        for entry in comments_in(history)
    )


def _editing(draft: Draft | None, typed: Typed) -> Editing | None:
    if draft is None:
        return None
    text = draft.text if typed.edited is None else typed.edited
    changes = compare(draft.text.strip("\n"), text.strip("\n"))
    changed = any(piece.change is not Change.SAME for piece in changes)
    return Editing(draft=draft, text=text, changes=changes if changed else ())


def _facts(request: Mapping[str, Any], viewer: Viewer) -> tuple[Named, ...]:
    known = (
        ("Asked by", request["agent_id"] or viewer.called(request["requester"])),
        ("Asked", moment(request["created_at"])),
        ("Deadline", moment(request["timeout_at"])),
        ("Concerns", request["principal_id"]),
        ("With", _holder(request["assigned_to"], viewer)),
        ("Escalated", request["escalation_level"] or ""),
        ("Workflow", request["workflow_id"]),
        ("Checkpoint", request["checkpoint_id"]),
    )
    return tuple(Named(name=name, text=str(value)) for name, value in known if value)


def _holder(assignee: Mapping[str, Any] | None, viewer: Viewer) -> str:
    if assignee is None:
        return ""
    return viewer.called(assignee["person"]) if assignee["person"] else f"team {assignee['team']}"

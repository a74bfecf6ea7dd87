"""What the page of one request shows, made from the request as the API gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.web.answer_form import Field, fields_of
from api.web.context_view import ContextView, Named, named, view_of
from api.web.time_words import moment, time_left
from api.web.visible import hidden_in

OPEN_STATES = frozenset({"pending", "notified", "assigned", "in_progress"})
SOON = timedelta(hours=1)
_primary = ("approve", "answer")


@dataclass(frozen=True, slots=True)
class Notice:
    """A line above the request that tells what came of the last action; tone is good or bad."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a person had typed before, shown again so that nothing is lost."""

    comment: str = ""
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A button: what it sends, says and means; the first that agrees is the primary one."""

    name: str
    label: str
    means: str
    primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the history."""

    event: str
    who: str
    text: str
    at: str
    at_iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """All that the template asks for."""

    id: str
    title: str
    state: str
    priority: str
    kind: str
    time_left: str
    soon: bool
    outcome_line: str
    notice: Notice | None
    hidden: int
    description: str
    context: ContextView
    attachments: tuple[Mapping[str, str], ...]
    may_answer: bool
    attempt: str
    revision: int
    content_hash: str
    fields: tuple[Field, ...]
    comment: str
    comment_hint: str
    decisions: tuple[Decision, ...]
    answer: tuple[Named, ...]
    facts: tuple[Named, ...]
    history: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """For whom and when a page is made: may they answer, what they had typed, what to tell them.

    `attempt` names the form that is about to be filled in, so that sending it twice is one answer.
    `names` are those of the people whose ids the request and its history hold.
    """

    now: datetime
    names: Mapping[str, str]
    may_answer: bool
    attempt: str
    typed: Typed
    notice: Notice | None = None

    def called(self, party: str) -> str:
        """A party as people call it."""
        return self.names.get(party, party)


def page_of(
    request: Mapping[str, Any], history: Sequence[Mapping[str, Any]], viewer: Viewer
) -> RequestPage:
    """The page of a request, given as the API's own document, with its history."""
    is_open = request["state"] in OPEN_STATES
    deadline: datetime | None = request["timeout_at"]
    context = view_of(request["context"])
    description = request["description"] or ""
    return RequestPage(
        id=request["id"],
        title=request["title"],
        state=request["state"].replace("_", " "),
        priority=request["priority"],
        kind=request["type"].replace("_", " "),
        time_left=time_left(deadline, viewer.now) if is_open else "closed",
        soon=is_open and deadline is not None and deadline - viewer.now < SOON,
        outcome_line=_outcome_line(request, viewer),
        notice=viewer.notice,
        hidden=sum(hidden_in(text) for text in (request["title"], description, context.json)),
        description=description,
        context=context,
        attachments=tuple(_attachment(file) for file in request["attachments"]),
        may_answer=is_open and viewer.may_answer,
        attempt=viewer.attempt,
        revision=request["revision"],
        content_hash=request["content_hash"],
        fields=fields_of(request["form"], viewer.typed.data),
        comment=viewer.typed.comment,
        comment_hint=_comment_hint(request["decisions"]),
        decisions=_decisions(request["decisions"]),
        answer=_answer(request, viewer),
        facts=_facts(request, viewer),
        history=tuple(_told(entry, viewer) for entry in history),
    )


def _decisions(offered: Sequence[Mapping[str, Any]]) -> tuple[Decision, ...]:
    first = next((d["name"] for d in offered if d["means"] in _primary), None)
    return tuple(
        Decision(name=d["name"], label=d["label"], means=d["means"], primary=d["name"] == first)
        for d in offered
    )


def _comment_hint(offered: Sequence[Mapping[str, Any]]) -> str:
    labels = [d["label"] for d in offered if d["needs_comment"]]
    if not labels:
        return ""
    return f"{' and '.join(labels)} {'needs' if len(labels) == 1 else 'need'} a comment."


def _attachment(file: Mapping[str, Any]) -> Mapping[str, str]:
    about = f"{file['media_type']}, {file['size_bytes']:,} bytes"
    return {"id": str(file["id"]), "name": str(file["name"]), "about": about}


def _outcome_line(request: Mapping[str, Any], viewer: Viewer) -> str:
    outcome, response = request["outcome"], request["response"] or {}
    if outcome is None:
        return ""
    words = outcome.replace("_", " ")
    decision = str(response.get("decision") or "").replace("_", " ")
    by = "by the deadline's rule" if response.get("default") else ""
    who = by or (f"by {viewer.called(request['responded_by'])}" if request["responded_by"] else "")
    return " ".join(filter(None, (f"{words}:" if decision else words, decision, who)))


def _answer(request: Mapping[str, Any], viewer: Viewer) -> tuple[Named, ...]:
    response = request["response"]
    if response is None:
        return ()
    told = {key: response[key] for key in ("decision", "comment", "data", "edited")}
    shown = tuple(named(key, value) for key, value in told.items() if value is not None)
    when = Named(name="Answered", text=moment(request["responded_at"]))
    responder = response["responder_id"]
    by = (Named(name="By", text=viewer.called(responder)),) if responder else ()
    return (*shown, *by, when)


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


def _told(entry: Mapping[str, Any], viewer: Viewer) -> Told:
    data: Mapping[str, Any] = entry["data"]
    response: Mapping[str, Any] = data.get("response") or {}
    decision = str(response.get("decision") or "").replace("_", " ")
    why = data.get("detail") or data.get("reason")
    words = (decision, response.get("comment"), data.get("text"), why)
    actor: Mapping[str, Any] = entry["actor"]
    return Told(
        event=_spoken_event(entry["event"]),
        who="by the policy" if actor["kind"] == "policy" else f"by {viewer.called(actor['id'])}",
        text="\n".join(str(word) for word in words if word),
        at=moment(entry["at"]),
        at_iso=f"{entry['at']:%Y-%m-%dT%H:%M:%SZ}",
    )


def _spoken_event(name: str) -> str:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return words[:1].upper() + words[1:]

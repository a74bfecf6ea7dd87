"""Puts a notice into words for one reader: in their language and time zone, nothing personal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import orjson

from event_schemas.types import Priority
from kernel.directory.preferences import zone_of
from kernel.masking import masked
from services.notifier_svc.catalog import Catalog, catalog
from services.notifier_svc.message import Choice, Fact, Item, Message, utc
from services.notifier_svc.notice import INFORMS, Brief, Notice
from services.notifier_svc.wording import one_line, paragraphs
from task_kinds.notices import NO_NOTICES, KindNotices
from task_kinds.pointers import value_at

LABEL_MAX_CHARS = 80
NOTE_MAX_CHARS = 300
_pressing = (Priority.HIGH, Priority.URGENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a notice is written."""

    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What surrounds a notice: where links lead, and what its kind says of notices."""

    public_url: str
    notices: KindNotices = field(default_factory=lambda: NO_NOTICES)


def message_of(
    notice: Notice, brief: Brief, reader: Reader, setting: Setting, link: str | None = None
) -> Message:
    """What this reader is told; `link` where it is not the request's page."""
    words, question = catalog(reader.language), brief.question
    own = setting.notices.words_for(words.language)
    asks = notice.why not in INFORMS

    def line(text: str, limit: int = LABEL_MAX_CHARS) -> str:
        return one_line(masked(one_line(text, 10 * limit), brief.personal), limit)

    title, note = line(brief.title, 160), line(notice.note or "", NOTE_MAX_CHARS)
    until = moment(notice.deadline, reader.time_zone)
    priority = words.priorities[notice.priority.value]
    decisions = tuple(
        Choice(name=one.name, label=line(one.label or one.name), means=one.means.value)
        for one in question.policy.decisions
    )
    known = {
        "asker": line(question.agent_id or question.requester_id),
        "kind": line(question.kind),
        "principal": line(notice.principal_id or ""),
        "priority": priority,
        "risk": line(_risk(notice, brief)) if asks else "",
        "deadline": until or words.labels["no_deadline"],
        "decisions": ", ".join(one.label for one in decisions) if asks else "",
        "note": note,
    }
    pressing = f"[{priority}] " if asks and notice.priority in _pressing else ""
    lead_word = (own and own.subject) or words.subjects[notice.why.value]
    return Message(
        request_id=notice.request_id,
        why=notice.why.value,
        language=words.language,
        at=utc(notice.at),
        subject=one_line(f"{pressing}{lead_word}: {title}"),
        lead=(own and own.lead) or words.leads[notice.why.value],
        title=title,
        description=masked(paragraphs(brief.description or ""), brief.personal) if asks else "",
        facts=tuple(Fact(words.labels[name], value) for name, value in known.items() if value),
        button=words.phrases["button" if asks else "look"],
        link=link or link_to(setting.public_url, notice.request_id),
        small=words.phrases["small" if asks else "informs"],
        kind=known["kind"],
        priority=notice.priority.value,
        until=until,
        deadline="" if notice.deadline is None else utc(notice.deadline).isoformat(),
        note=note,
        decisions=decisions if asks else (),
        needs_form=question.form is not None,
        may_claim=question.policy.quorum <= 1 and not question.policy.stages,
        revision=notice.revision,
        content_hash=notice.content_hash,
        asks=asks,
    )


def _risk(notice: Notice, brief: Brief) -> str:
    """What the kind's facet `risk` says of the question, where the event tells its context."""
    facet = next((one for one in brief.question.policy.facets if one.name == "risk"), None)
    if facet is None or notice.context is None:
        return ""
    found = value_at(orjson.loads(notice.context), facet.pointer)
    return str(found) if isinstance(found, str | int | float) else ""


def summary_of(messages: Sequence[Message], public_url: str, reader: Reader) -> Message:
    """Several notices to one reader as one; there must be at least one."""
    words = catalog(reader.language)
    first = messages[0]
    return Message(
        request_id="",
        why="summary",
        language=words.language,
        at=max(one.at for one in messages),
        subject=_filled(words, "summary", len(messages)),
        lead=words.leads["summary"] if any(one.asks for one in messages) else first.lead,
        title=_filled(words, "summary", len(messages)),
        description="",
        facts=(),
        button=words.phrases["queue"],
        link=public_url,
        small=words.phrases["together"],
        asks=False,
        items=tuple(
            Item(
                title=f"{words.subjects[one.why]}: {one.title}",
                priority=words.priorities[one.priority],
                until=one.until and words.phrases["until"].format(deadline=one.until),
                link=one.link,
            )
            for one in messages
        ),
    )


def _filled(words: Catalog, name: str, count: int) -> str:
    return words.subjects[name].format(count=count)


def moment(at: datetime | None, time_zone: str) -> str:
    """An instant by a clock of the reader's, with its zone; without one nothing."""
    return "" if at is None else f"{at.astimezone(zone_of(time_zone)):%Y-%m-%d %H:%M %Z}"


def link_to(public_url: str, request_id: str) -> str:
    """The page on which a request is answered; opening it changes nothing."""
    return f"{public_url}/requests/{quote(request_id, safe='')}"

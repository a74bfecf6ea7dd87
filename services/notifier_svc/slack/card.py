"""A notice as a message in Slack: what is asked, until when, and buttons; and how it ended.

A button decides nothing. It takes the request, or opens a modal in which a person says so; the last
leads to our own page. Buttons carry tenant, request, revision and decision, so that what comes back
is judged by what this message showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.notifier_svc.message import Amendment, Message, read_message
from services.notifier_svc.slack.markup import (
    ACTIONS_MAX,
    FALLBACK_CHARS,
    FIELDS_MAX,
    Block,
    button,
    context,
    escaped,
    fields,
    header,
    line,
    link_button,
    moment,
    prose,
    section,
)

CLAIM, DECIDE, OPEN = "claim", "decide", "open"
EXCERPT_CHARS = 1200
VALUE_CHARS = 300
ITEMS_MAX = 20
_buttons_besides_decisions = 2
_danger = ("reject",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a button of ours says when it is pressed."""

    tenant: str
    request_id: str
    revision: int
    decision: str | None = None


def message_of(tenant: str, said: Message) -> dict[str, Any]:
    """The message, as `chat.postMessage` takes it but for the channel."""
    blocks = [header(said.title), *_facts(said), *_words(said), *_items(said)]
    return _message(said.subject, [*blocks, _buttons(tenant, said), context(line(said.small))])


def amended_message(tenant: str, amendment: Amendment) -> dict[str, Any]:
    """The message of a request that ended: how, and the way to its page; nothing to press else.

    One that only changed hands can still be decided, by whoever has it now; one that nobody has any
    more is as it was.
    """
    if amendment.still_asks:
        asking = message_of(tenant, read_message(amendment.still_asks.encode()))
        return taken_message(asking, escaped(amendment.said)) if amendment.said else asking
    about = Pressed(tenant=tenant, request_id=amendment.request_id, revision=0)
    page = link_button("Open", OPEN, amendment.link, value_of(about))
    blocks = [
        header(amendment.title),
        prose(amendment.said),
        {"type": "actions", "elements": [page]},
    ]
    return _message(f"{amendment.title}: {amendment.said}", blocks)


def taken_message(message: Mapping[str, Any], words: str) -> dict[str, Any]:
    """A message of ours, as Slack gives it back, once somebody has taken its request.

    `words` is mrkdwn that was escaped.
    """
    blocks = [_without_claim(block) for block in message.get("blocks", ())]
    return {"text": words, "blocks": [*blocks, context(words)]}


def pressed(value: Any) -> Pressed | None:
    """What a button's value says; None where it is none of ours."""
    try:
        said = orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        return None
    match said:
        case [str(tenant), str(request_id), int(revision), str() | None as decision]:
            return Pressed(
                tenant=tenant, request_id=request_id, revision=revision, decision=decision
            )
        case _:
            return None


def value_of(what: Pressed) -> str:
    """The value that says this."""
    return orjson.dumps([what.tenant, what.request_id, what.revision, what.decision]).decode()


def _message(fallback: str, blocks: list[Block]) -> dict[str, Any]:
    return {
        "text": escaped(fallback, FALLBACK_CHARS),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _facts(said: Message) -> list[Block]:
    if not said.facts:
        return []
    told = [(line(one.label), line(one.value, VALUE_CHARS)) for one in said.facts]
    if said.deadline:
        # In the reader's own time zone, with the time left; the other is for where that is not.
        left = moment(datetime.fromisoformat(said.deadline))
        told = [(name, left if value == line(said.until) else value) for name, value in told]
    return [fields(told[:FIELDS_MAX])]


def _words(said: Message) -> list[Block]:
    lead = [context(line(said.lead))]
    return [*lead, *([prose(said.description, EXCERPT_CHARS)] if said.description else [])]


def _items(said: Message) -> list[Block]:
    shown = [f"• {line(one.title)} {line(one.until)}".rstrip() for one in said.items[:ITEMS_MAX]]
    return [section("\n".join(shown))] if shown else []


def _buttons(tenant: str, said: Message) -> Block:
    def says(decision: str | None = None) -> str:
        return value_of(
            Pressed(
                tenant=tenant,
                request_id=said.request_id,
                revision=said.revision,
                decision=decision,
            )
        )

    claim = [button("Claim", CLAIM, says())] if said.asks and said.may_claim else []
    offered = () if said.needs_form else said.decisions
    decisions = [
        button(
            f"{choice.label}…",
            f"{DECIDE}:{index}",
            says(choice.name),
            style="danger" if choice.means in _danger else None,
        )
        for index, choice in enumerate(offered[: ACTIONS_MAX - _buttons_besides_decisions])
    ]
    page = link_button(said.button, OPEN, said.link, says())
    return {"type": "actions", "elements": [*claim, *decisions, page]}


def _without_claim(block: Block) -> Block:
    if block.get("type") != "actions":
        return block
    return {**block, "elements": [e for e in block["elements"] if e.get("action_id") != CLAIM]}

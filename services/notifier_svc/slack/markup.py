"""Words from strangers, made fit for Slack: no mention, link or command can be smuggled in.

Slack reads `<…>` in mrkdwn as mentions, links and dates, so `&`, `<` and `>` become entities
(https://docs.slack.dev/messaging/formatting-message-text). All limits here are Slack's own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from services.notifier_svc.wording import one_line, paragraphs, shortened

Block: TypeAlias = dict[str, Any]

SECTION_CHARS = 3000
HEADER_CHARS = 150
FIELD_CHARS = 2000
FIELDS_MAX = 10
BUTTON_CHARS = 75
ACTIONS_MAX = 25
FALLBACK_CHARS = 3000
_LONGEST_ENTITY = 5
_entities = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: str, limit: int = SECTION_CHARS) -> str:
    """A text as mrkdwn that says just this, in at most so many characters of markup."""
    room = limit
    while True:
        made = shortened(text, room).translate(_entities)
        if len(made) <= limit:
            return made
        room -= (len(made) - limit) // _LONGEST_ENTITY + 1


def line(text: str, limit: int = HEADER_CHARS) -> str:
    """A stranger's text on one line, as mrkdwn."""
    return escaped(one_line(text, limit), limit)


def mrkdwn(markup: str) -> Block:
    """A text object; nothing in it becomes a link or a mention by itself."""
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def plain(text: str, limit: int) -> Block:
    """A text object without markup."""
    return {"type": "plain_text", "text": one_line(text, limit) or "-", "emoji": False}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text, HEADER_CHARS)}


def section(markup: str) -> Block:
    """A paragraph of mrkdwn that was escaped."""
    return {"type": "section", "text": mrkdwn(markup)}


def prose(text: str, limit: int = SECTION_CHARS) -> Block:
    """A stranger's paragraphs."""
    return section(escaped(paragraphs(text, limit), limit) or "-")


def fields(named: Sequence[tuple[str, str]]) -> Block:
    """Named values side by side; the values are mrkdwn that was escaped."""
    shown = [mrkdwn(f"*{name}*\n{value}"[:FIELD_CHARS]) for name, value in named[:FIELDS_MAX]]
    return {"type": "section", "fields": shown}


def context(markup: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [mrkdwn(markup)]}


def moment(at: datetime) -> str:
    """A moment in the reader's own time zone, and how far off it is (Slack's date markup)."""
    fallback = f"{at:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}} ({{ago}})|{fallback}>"


def button(label: str, action: str, value: str, *, style: str | None = None) -> Block:
    """A button that calls us with its action and value."""
    made: Block = {
        "type": "button",
        "text": plain(label, BUTTON_CHARS),
        "action_id": action,
        "value": value,
    }
    return made if style is None else {**made, "style": style}


def link_button(label: str, action: str, url: str, value: str) -> Block:
    """A button that opens a page; it calls us too."""
    return {**button(label, action, value), "url": url}

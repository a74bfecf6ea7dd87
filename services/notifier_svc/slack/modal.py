"""The modals in Slack: where a person says what they decide, and what they are told instead."""

from dataclasses import dataclass
from typing import Any

import orjson

from services.notifier_svc.slack.card import Pressed, pressed, value_of
from services.notifier_svc.slack.markup import Block, context, line, plain, prose, section

ANSWER = "handraise:answer"
COMMENT = "comment"
TITLE_CHARS = 24
COMMENT_CHARS = 3000
EXCERPT_CHARS = 2000
_label_chars = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person is asked to confirm, and as whom; all words are strangers'."""

    title: str
    label: str
    description: str
    needs_comment: bool
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What a person confirmed; `response_url` is where they can be told of it for half an hour."""

    what: Pressed
    decision: str
    comment: str
    response_url: str


def decision_modal(what: Pressed, asked: Asked, response_url: str) -> dict[str, Any]:
    """The view in which a person confirms a decision, with a comment."""
    blocks: list[Block] = [section(f"*{line(asked.label)}*: {line(asked.title)}")]
    if asked.description:
        blocks.append(prose(asked.description, EXCERPT_CHARS))
    blocks.append(_comment(asked.needs_comment))
    blocks.append(context(f"You answer as {line(asked.who)}, revision {what.revision}."))
    return {
        "type": "modal",
        "callback_id": ANSWER,
        "private_metadata": orjson.dumps([value_of(what), response_url]).decode(),
        "title": plain("Your decision", TITLE_CHARS),
        "submit": plain(asked.label, TITLE_CHARS),
        "close": plain("Cancel", TITLE_CHARS),
        "blocks": blocks,
    }


def told_modal(words: str) -> dict[str, Any]:
    """A view that only tells something; the words are mrkdwn that was escaped."""
    return {
        "type": "modal",
        "title": plain("Handraise", TITLE_CHARS),
        "close": plain("Close", TITLE_CHARS),
        "blocks": [section(words)],
    }


def submitted(view: Any) -> Submitted | None:
    """What a submitted view says; None where it is none of ours."""
    match view:
        case {"callback_id": str(word), "private_metadata": str(kept)} if word == ANSWER:
            what, response_url = _kept(kept)
        case _:
            return None
    if what is None or what.decision is None:
        return None
    match view:
        case {"state": {"values": {"comment": {"comment": {"value": str(comment)}}}}}:
            pass
        case _:
            comment = ""
    return Submitted(what=what, decision=what.decision, comment=comment, response_url=response_url)


def _kept(text: str) -> tuple[Pressed | None, str]:
    try:
        kept = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, ""
    match kept:
        case [str(value), str(response_url)]:
            return pressed(value), response_url
        case _:
            return None, ""


def _comment(needed: bool) -> Block:
    return {
        "type": "input",
        "block_id": COMMENT,
        "optional": not needed,
        "label": plain("Comment", _label_chars),
        "element": {
            "type": "plain_text_input",
            "action_id": COMMENT,
            "multiline": True,
            "max_length": COMMENT_CHARS,
        },
    }

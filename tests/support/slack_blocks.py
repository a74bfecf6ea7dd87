"""Checks Block Kit as Slack documents it: which blocks and elements there are, and their limits.

https://docs.slack.dev/reference/block-kit
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

BLOCKS_MAX = {"message": 50, "modal": 100}
TEXT_MAX = {
    "section": 3000,
    "header": 150,
    "field": 2000,
    "context": 3000,
    "button": 75,
    "label": 2000,
    "title": 24,
    "submit": 24,
    "close": 24,
}
_PLAIN, _ANY = {"plain_text"}, {"plain_text", "mrkdwn"}
_control = re.compile(r"<[^<>]*>")
_link_or_date = re.compile(r"<(https?://[^|<>]+(\|[^<>]*)?|!date\^[0-9]+\^[^|<>]+\|[^<>]+)>\Z")


def block_faults(blocks: Any, surface: str) -> Iterator[str]:
    """All that Slack would refuse in the blocks of a message or modal."""
    if not isinstance(blocks, list) or len(blocks) > BLOCKS_MAX[surface]:
        yield f"no list of at most {BLOCKS_MAX[surface]} blocks"
        return
    for block in blocks:
        yield from _block_faults(block, surface)


def _block_faults(block: Any, surface: str) -> Iterator[str]:
    match block:
        case {"type": "header", "text": text}:
            yield from text_faults(text, "header", _PLAIN)
        case {"type": "section", "text": text}:
            yield from text_faults(text, "section", _ANY)
        case {"type": "section", "fields": [_, *_] as fields} if len(fields) <= 10:
            yield from (fault for one in fields for fault in text_faults(one, "field", _ANY))
        case {"type": "context", "elements": [_, *_] as elements} if len(elements) <= 10:
            yield from (fault for one in elements for fault in text_faults(one, "context", _ANY))
        case {"type": "actions", "elements": [_, *_] as elements} if len(elements) <= 25:
            yield from _action_faults(elements)
        case {"type": "input", "label": label, "element": element} if surface == "modal":
            yield from text_faults(label, "label", _PLAIN)
            if element.get("type") != "plain_text_input":
                yield "an input of another type"
            if not 0 < element.get("max_length", 3000) <= 3000:
                yield "max_length out of range"
        case _:
            yield f"no block that {surface}s have: {block!r:.200}"


def view_faults(view: Any) -> Iterator[str]:
    """All that Slack would refuse in a modal."""
    if view.get("type") != "modal":
        yield "no modal"
    for name in ("title", "submit", "close"):
        if name == "title" or name in view:
            yield from text_faults(view.get(name), name, {"plain_text"})
    inputs = any(block["type"] == "input" for block in view["blocks"])
    if inputs and "submit" not in view:
        yield "inputs without a submit"
    if len(view.get("private_metadata", "")) > 3000:
        yield "private_metadata too long"
    if len(view.get("callback_id", "")) > 255:
        yield "callback_id too long"
    yield from block_faults(view["blocks"], "modal")


def text_faults(text: Any, place: str, kinds: set[str]) -> Iterator[str]:
    """All that Slack would refuse in a text object, or read as a command that nobody meant."""
    match text:
        case {"type": str(kind), "text": str(words)} if kind in kinds and words:
            if len(words) > TEXT_MAX[place]:
                yield f"{place}: {len(words)} characters, at most {TEXT_MAX[place]}"
            if kind == "mrkdwn":
                yield from markup_faults(words)
        case _:
            yield f"{place}: no text of {kinds}: {text!r:.200}"


def markup_faults(markup: str) -> Iterator[str]:
    """What in mrkdwn is neither words, a link of ours nor a date."""
    for command in _control.findall(markup):
        if not _link_or_date.match(command):
            yield f"a command in mrkdwn: {command!r:.100}"
    rest = _control.sub("", markup)
    if "<" in rest or ">" in rest:
        yield f"a bare angle bracket in mrkdwn: {rest!r:.100}"


def _action_faults(elements: Sequence[Any]) -> Iterator[str]:
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) < len(ids):
        yield "an action_id twice"
    for element in elements:
        if element.get("type") != "button":
            yield "no button"
        yield from text_faults(element.get("text"), "button", {"plain_text"})
        if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
            yield "value or url too long"
        if element.get("style") not in {None, "primary", "danger"}:
            yield "no such style"
        if len(element.get("action_id", "")) > 255:
            yield "action_id too long"

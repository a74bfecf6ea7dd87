"""What a reviewer sees: diff, risks and the rest; every text from strangers stays text."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from markupsafe import Markup

from api.rest.examples.facts import HASH
from api.rest.examples.requests import REQUEST
from api.web.rendering import render
from api.web.request.page import Viewer, page_of
from api.web.request.standing import Standing
from api.web.request.typed import Typed
from api.web.views.layout import Wish
from tests.unit.api.moments import NOON

EVERYTHING = frozenset(
    {"respond", "claim", "release", "start", "assign", "extend", "escalate", "comment"}
    | {"reprioritise"}
)
FRAME = {"person": "Kim", "csrf": "c", "places": (), "now": "2026-01-15T12:00:00Z"}
VIEWS = ("json", "text", "diff", "form", "comparison", "media", "failure")
DIFF = "--- a/pay.py\n+++ b/pay.py\n@@ -1 +1 @@\n-old\n+{}\n"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><iframe src=//evil.test>",
    "<style>*{display:none}</style>",
    "[x](javascript:alert(1))",
    '<a href="data:text/html,x">x</a>',
    "<form action=//evil.test><button>Approve</button></form>",
    "{{ 7 * 7 }}{% raw %}",
    "<base href=//evil.test>",
    "<meta http-equiv=refresh content=0>",
]


def a_request(**fields: Any) -> dict[str, Any]:
    names = ("created_at", "updated_at", "responded_at", "notified_at", "timeout_at")
    moments = dict.fromkeys(names, NOON)
    return {**REQUEST, **moments, "state": "notified", "outcome": None, **fields}


def a_viewer(**fields: Any) -> Viewer:
    given: dict[str, Any] = {
        "now": NOON,
        "me": "kim",
        "names": {},
        "may": EVERYTHING,
        "attempt": "a1",
    }
    return Viewer(**(given | fields))


def shown(
    request: dict[str, Any], history: Any = (), standing: Standing | None = None, **viewer: Any
) -> str:
    page = page_of(request, standing or Standing(), history, a_viewer(**viewer))
    content = Markup(render("views/content.html", {"page": page}))
    risks = Markup(render("views/risks.html", {"page": page}))
    values = {"page": page, "content": content, "risks": risks, "seen": "stamp"}
    return render("request.html", FRAME | values)


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def everywhere(text: str) -> dict[str, Any]:
    """A request that holds the text in every place that a stranger can write to."""
    return a_request(
        title=text,
        description=text,
        principal_id=text,
        workflow_id=text,
        checkpoint_id=text,
        agent_id=text,
        type=text,
        context={
            text: text,
            "deep": {text: {text: [text, {text: text}]}},
            "list": [text],
            "records": [{text: text, "plain": text}],
            "script": text,
            "original": f"was {text}",
            "inputs": {text: text},
            "output": text,
            "conversation": [{"from": text, "text": text, "at": text}, text],
            "failure": {"type": text, "message": text, text: text},
            "actions": [{"action": text, "status": text, "at": text, text: text}, text],
            "page_text": text,
            "code_diff": DIFF.format(text) + f"--- {text}\n+++ {text}\n@@ -1 +1 @@ {text}\n-x\n+y",
            "risk_assessment": {
                "level": text,
                "summary": text,
                "findings": [{"severity": text, "message": text, "path": text, text: text}, text],
                text: text,
            },
        },
        form={
            "title": text,
            "properties": {
                text: {"title": text, "description": text, "enum": [text]},
                "deep": {"properties": {text: {"type": "string", "default": text}}},
                "rows": {"type": "array", "items": {"type": "string"}, "default": [text]},
                "some": {"type": "array", "uniqueItems": True, "items": {"enum": [text]}},
                "json": {"default": {text: text}},
            },
        },
        decisions=[{"name": text, "label": text, "means": "approve", "needs_comment": True}],
        attachments=[
            {"id": "f1", "name": text, "media_type": text, "size_bytes": 1},
            {"id": "f2", "name": text, "media_type": "image/png", "size_bytes": 1},
        ],
    )


VOTE = {"decision": "approve", "means": "approve"}
CONTENT = {"context": '{"a": 1}', "form": None, "attachments": [], "title": "{}"}
HISTORY = [
    {
        "version": 1,
        "at": NOON,
        "event": "Requested",
        "actor": {"kind": "agent", "id": "a", "via": None, "channel": "api"},
        "data": CONTENT | {"description": "was {}"},
    },
    {
        "version": 2,
        "at": NOON,
        "event": "Revised",
        "actor": {"kind": "agent", "id": "{}", "via": None, "channel": "api"},
        "data": CONTENT | {"description": "{}", "note": "{}"},
    },
    {
        "version": 3,
        "at": NOON,
        "event": "Commented",
        "actor": {"kind": "person", "id": "{}", "via": None, "channel": "api"},
        "data": {"text": "{}", "reason": "{}", "response": {"comment": "{}", "decision": "{}"}},
    },
]


def filled(template: Any, text: str) -> Any:
    if isinstance(template, dict):
        return {name: filled(value, text) for name, value in template.items()}
    return text if template == "{}" else template


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_from_strangers_becomes_markup(payload: str) -> None:
    for view in VIEWS:
        dangerous, harmless = tags(written(payload, view)), tags(written("x", view))
        # What was compared word by word has as many marks as there are words that differ.
        assert counted(dangerous) == counted(harmless), view
        for _, attributes in dangerous:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
        links = {a.get("href") for _, a in dangerous} | {a.get("action") for _, a in dangerous}
        assert not [link for link in links if link and not link.startswith(("/", "#", "?"))]


def counted(found: list[tuple[str, Any]]) -> Counter[str]:
    return Counter(tag for tag, _ in found if tag not in {"ins", "del", "mark", "span", "p"})


def written(text: str, view: str) -> str:
    history = [filled(entry, text) for entry in HISTORY]
    typed = Typed(comment=text, data={"/deep": text}, edited=text)
    people = (("p1", text),)
    standing = Standing(view=view, stages=(text,), votes=({**VOTE, "person": text},))
    return shown(
        everywhere(text),
        history,
        standing,
        typed=typed,
        names={"kim": text},
        colleagues=people,
        lookers=("kim", text),
        share_url=text,
        comment_flaw=text,
        flaws={"/rows/0": (text,)},
    )


def test_a_page_has_no_inline_script_and_no_inline_style() -> None:
    request = shown(a_request(form={"properties": {"x": {"type": "string"}}}))
    for _, attributes in tags(request):
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|javascript:|<style", request)


def test_the_form_carries_what_binds_the_answer_to_what_was_seen() -> None:
    html = shown(a_request(revision=3))
    values = {a["name"]: a["value"] for _, a in tags(html) if a.get("type") == "hidden"}
    assert (values["revision"], values["content_hash"]) == ("3", HASH)
    assert (values["csrf"], values["attempt"]) == ("c", "a1")


@pytest.mark.parametrize(
    ("state", "may", "offered"),
    [
        ("pending", EVERYTHING, True),
        ("in_progress", EVERYTHING, True),
        ("revising", EVERYTHING, False),
        ("completed", EVERYTHING, False),
        ("pending", frozenset[str](), False),
    ],
)
def test_decisions_are_offered_while_they_can_be_taken(
    state: str, may: frozenset[str], offered: bool
) -> None:
    assert ('name="decision"' in shown(a_request(state=state), may=may)) is offered


def test_enter_in_a_field_presses_a_button_that_decides_nothing() -> None:
    buttons = [
        a
        for tag, a in tags(shown(a_request(form={"properties": {"x": {"type": "string"}}})))
        if tag == "button" and (a.get("form") == "answer" or a.get("name") == "decision")
    ]
    assert buttons[0]["name"] == "do"
    assert buttons[0]["formaction"] != buttons[-1].get("formaction")
    assert buttons[-1]["name"] == "decision"


@pytest.mark.parametrize("context", [{"": ""}, {"risk": []}, {"risks": [[], {}, 1]}, [1], "text"])
@pytest.mark.parametrize("view", VIEWS)
def test_any_context_can_be_shown_in_any_view(context: Any, view: str) -> None:
    assert "Raw JSON" in shown(a_request(context=context), standing=Standing(view=view))


def test_a_large_diff_is_cut_and_all_of_it_can_be_asked_for() -> None:
    lines = "".join(f"-old {n}\n+new {n}\n" for n in range(3000))
    context = {"diff": f"--- a/x.py\n+++ b/x.py\n@@ -1,3000 +1,3000 @@\n{lines}"}
    cut = shown(a_request(context=context), standing=Standing(view="diff"))
    assert "5600 lines of this diff are not shown" in cut
    assert 'value="all:1"' in cut
    whole = shown(
        a_request(context=context), standing=Standing(view="diff"), wish=Wish(everything=True)
    )
    assert "too large for a page" in whole
    assert whole.count('class="no"') > cut.count('class="no"')


def test_what_is_wrong_stands_at_its_field_and_the_cursor_goes_there() -> None:
    form = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["b"]}
    html = shown(a_request(form=form), flaws={"/b": ("this is required",)})
    (wrong,) = [a for _, a in tags(html) if a.get("aria-invalid") == "true"]
    assert wrong["name"] == "data/b"
    assert "autofocus" in wrong
    assert str(wrong["aria-describedby"]) in html


def test_keys_are_shown_on_the_buttons_and_no_two_are_alike() -> None:
    means = ["approve", "approve", "reject", "changes", "could_not_complete", "answer"]
    offered = [
        {"name": f"d{n}", "label": f"D{n}", "means": one, "needs_comment": False}
        for n, one in enumerate(means)
    ]
    html = shown(a_request(decisions=offered))
    keys = [a["data-keys"] for _, a in tags(html) if a.get("name") == "decision"]
    assert keys == ["a", "2", "x", "m", "5", "6"]


def test_what_is_said_to_be_grave_is_approved_by_two_presses_only() -> None:
    approve = {"name": "ok", "label": "OK", "means": "approve", "needs_comment": False}
    for level, guarded in (("high", True), ("Critical", True), ("low", False)):
        request = a_request(decisions=[approve], context={"risk": {"level": level}})
        (button,) = [a for _, a in tags(shown(request)) if a.get("name") == "decision"]
        assert ("data-guarded" in button) is guarded


def test_the_pictures_of_a_question_are_ours_and_of_types_that_run_nothing() -> None:
    files = [
        {"id": f"f{n}", "name": kind, "media_type": kind, "size_bytes": 1}
        for n, kind in enumerate(("image/png", "image/svg+xml", "text/html"))
    ]
    html = shown(a_request(attachments=files))
    sources = [a["src"] for tag, a in tags(html) if tag == "img" and "attachments" in str(a["src"])]
    assert sources == ["/attachments/f0/picture"]
    assert 'href="/attachments/f1"' in html


def test_a_revision_shows_what_it_changed_and_what_was_asked_for() -> None:
    def entry(event: str, **data: Any) -> dict[str, Any]:
        actor = {"kind": "person", "id": "kim", "via": None, "channel": "web"}
        return {"version": 1, "at": NOON, "event": event, "actor": actor, "data": data}

    history = [
        entry("Requested", **CONTENT, description="no test"),
        entry("ChangesRequested", response={"decision": "x", "comment": "test it, please"}),
        entry("Revised", **CONTENT, description="one test", note="done"),
    ]
    html = shown(a_request(revision=2), history)
    assert "Asked for: test it, please" in html
    assert "<del>no</del><ins>one</ins> test" in html


def test_votes_are_shown_while_they_are_gathered() -> None:
    standing = Standing(
        votes=({**VOTE, "person": "kim"},), votes_needed=2, stages=("law", "board"), stage=1
    )
    html = shown(a_request(), standing=standing, names={"kim": "Kim"})
    assert "1 of 2 needed" in html
    assert '<li aria-current="step">board</li>' in html

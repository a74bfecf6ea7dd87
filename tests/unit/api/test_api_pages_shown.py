"""What a reviewer sees: diff, risks and the rest; every text from strangers stays text."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from api.rest.examples.facts import HASH
from api.rest.examples.requests import REQUEST
from api.web.context_view import view_of
from api.web.rendering import render
from api.web.request_page import Typed, Viewer, page_of
from tests.unit.api.moments import NOON

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
    typed = Typed(data={})
    given = {"now": NOON, "names": {}, "may_answer": True, "attempt": "a1", "typed": typed}
    return Viewer(**(given | fields))


def shown(request: dict[str, Any], history: Any = (), **viewer: Any) -> str:
    page = page_of(request, history, a_viewer(**viewer))
    return render("request.html", {"person": "Kim", "csrf": "c", "page": page})


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
            "code_diff": DIFF.format(text) + f"--- {text}\n+++ {text}\n@@ -1 +1 @@ {text}\n-x\n+y",
            "risk_assessment": {
                "level": text,
                "summary": text,
                "findings": [{"severity": text, "message": text, "path": text, text: text}, text],
                text: text,
            },
        },
        form={"properties": {text: {"title": text, "description": text, "enum": [text]}}},
        decisions=[{"name": text, "label": text, "means": "approve", "needs_comment": True}],
        attachments=[{"id": "f1", "name": text, "media_type": text, "size_bytes": 1}],
    )


HISTORY = [
    {
        "at": NOON,
        "event": "Commented",
        "actor": {"kind": "person", "id": "{}", "via": None, "channel": "api"},
        "data": {"text": "{}", "reason": "{}", "response": {"comment": "{}", "decision": "{}"}},
    }
]


def filled(template: Any, text: str) -> Any:
    if isinstance(template, dict):
        return {name: filled(value, text) for name, value in template.items()}
    return text if template == "{}" else template


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_from_strangers_becomes_markup(payload: str) -> None:
    history = [filled(HISTORY[0], payload)]
    typed = Typed(comment=payload, data={payload: payload})
    dangerous = tags(shown(everywhere(payload), history, typed=typed, names={"kim": payload}))
    harmless = tags(shown(everywhere("x"), [filled(HISTORY[0], "x")], typed=Typed(data={"x": "x"})))
    assert [tag for tag, _ in dangerous] == [tag for tag, _ in harmless]
    for _, attributes in dangerous:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    links = {a.get("href") for _, a in dangerous} | {a.get("action") for _, a in dangerous}
    assert not [link for link in links if link and not link.startswith(("/", "#"))]


def test_a_page_has_no_script_and_no_inline_style() -> None:
    for template, values in (
        ("sign_in.html", {"next": "/", "email": "", "problem": ""}),
        ("queue.html", {"rows": [], "next_page": None, "summary": "0 open"}),
        ("message.html", {"title": "t", "detail": "d"}),
    ):
        html = render(template, {"person": "Kim", "csrf": "c", **values})
        assert not re.search(r"<script|style=|\son\w+=|javascript:", html)


def test_the_form_carries_what_binds_the_answer_to_what_was_seen() -> None:
    html = shown(a_request(revision=3))
    values = {a["name"]: a["value"] for tag, a in tags(html) if a.get("type") == "hidden"}
    assert (values["revision"], values["content_hash"]) == ("3", HASH)
    assert (values["csrf"], values["attempt"]) == ("c", "a1")


@pytest.mark.parametrize(
    ("state", "may_answer", "offered"),
    [
        ("pending", True, True),
        ("in_progress", True, True),
        ("revising", True, False),
        ("completed", True, False),
        ("pending", False, False),
    ],
)
def test_decisions_are_offered_while_they_can_be_taken(
    state: str, may_answer: bool, offered: bool
) -> None:
    assert ('name="decision"' in shown(a_request(state=state), may_answer=may_answer)) is offered


def test_a_diff_is_laid_out_and_other_text_under_its_name_is_not() -> None:
    view = view_of({"code_diff": DIFF.format("new"), "diff": "..."})
    assert [diff.name for diff in view.diffs] == ["Code diff"]
    assert [(item.name, item.text) for item in view.rest] == [("Diff", "...")]


def test_risks_come_gravest_first_with_their_places() -> None:
    found = [
        {"severity": "low", "message": "print", "path": "a.py", "line": 3, "rule": "T201"},
        {"severity": "Critical", "title": "drop", "file": "b.sql"},
        "just words",
    ]
    (risk,) = view_of({"risk_assessment": {"level": "high", "findings": found, "score": 1}}).risks
    assert [finding.text for finding in risk.findings] == ["drop", "print", "just words"]
    assert risk.findings[1].place == "a.py:3"
    assert risk.findings[1].more == (("Rule", "T201"),)
    assert (risk.severity, risk.rest[0].name) == ("high", "Score")


@pytest.mark.parametrize("context", [{"": ""}, {"risk": []}, {"risks": [[], {}, 1]}, [1], "text"])
def test_any_context_can_be_shown(context: Any) -> None:
    shown(a_request(context=context))

"""What a message in Slack shows, that no stranger's words can bend it, and what its buttons say."""

import json
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier_svc.message import Amendment, Choice, Fact, written_message
from services.notifier_svc.slack.card import (
    Pressed,
    amended_message,
    message_of,
    pressed,
    taken_message,
    value_of,
)
from services.notifier_svc.slack.markup import SECTION_CHARS, escaped
from services.notifier_svc.slack.modal import Asked, decision_modal, submitted
from tests.support.slack_blocks import block_faults, markup_faults, view_faults
from tests.unit.hooks.messages import message

HOSTILE = [
    "<!channel> <@U0ADMIN> <https://evil.test|Approve>",
    "&lt;!everyone&gt; & <",
    "<" * 5000,
    "&" * 5000,
    "*bold* _it_ `code` ~no~",
    "zero\u200bwidth \u202egnirts",
    "\x00nul",
    "🙋🏽‍♀️" * 2000,
    " ",
    "",
]


def actions(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for block in made["blocks"] if block["type"] == "actions" for e in block["elements"]]


def faults(made: dict[str, Any]) -> list[str]:
    return [*block_faults(made["blocks"], "message"), *markup_faults(made["text"])]


def ended(*, title: str, said: str) -> Amendment:
    return Amendment(
        brought="d",
        provider_id="C1:1",
        request_id="r",
        title=title,
        said=said,
        link="https://h.example",
        language="en",
    )


def test_a_message_says_what_is_asked_and_offers_to_claim_decide_and_open() -> None:
    made = message_of("acme", message())
    assert faults(made) == []
    shown = json.dumps(made)
    for words in ("Drop the table?", "It holds 4 rows.", "migrator", "[urgent]"):
        assert words in shown
    assert [e["text"]["text"] for e in actions(made)] == ["Claim", "Approve…", "Reject…", "Open"]
    assert actions(made)[-1]["url"] == message().link


def test_the_time_left_is_told_by_the_readers_own_clock() -> None:
    shown = json.dumps(message_of("acme", message()))
    assert "<!date^1795255200^{date_short_pretty} {time} ({ago})|2026-11-21 10:00 UTC>" in shown


def test_each_button_says_which_request_revision_and_decision_it_is_about() -> None:
    claim, approve, *_ = actions(message_of("acme", message(revision=3)))
    about = Pressed(tenant="acme", request_id=message().request_id, revision=3)
    assert pressed(claim["value"]) == about
    assert pressed(approve["value"]) == replace(about, decision="approve")


def test_what_needs_a_form_is_decided_on_the_page_and_what_several_answer_is_not_claimed() -> None:
    form = actions(message_of("acme", message(needs_form=True)))
    shared = actions(message_of("acme", message(may_claim=False)))
    assert [e["action_id"] for e in form] == ["claim", "open"]
    assert [e["action_id"] for e in shared] == ["decide:0", "decide:1", "open"]


def test_more_decisions_than_slack_takes_buttons_leave_the_way_to_the_page() -> None:
    many = tuple(Choice(name=f"d{n}", label=f"D{n}", means="answer") for n in range(60))
    made = message_of("acme", message(decisions=many))
    assert faults(made) == []
    assert actions(made)[-1]["action_id"] == "open"


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_of_strangers_become_commands_of_slack(words: str) -> None:
    said = message(
        title=words,
        description=words,
        subject=words,
        note=words,
        facts=(Fact("Asked by", words), Fact("Deadline", words)),
        decisions=(Choice(name=words[:100], label=words, means="approve"),),
    )
    assert faults(message_of("acme", said)) == []
    assert faults(amended_message("acme", ended(title=words, said=words))) == []
    asked = Asked(title=words, label=words, description=words, needs_comment=True, who=words)
    what = Pressed(tenant="acme", request_id="r", revision=1, decision="approve")
    assert list(view_faults(decision_modal(what, asked, "https://hooks.slack.com/x"))) == []


@given(st.text(max_size=4000))
def test_an_escaped_text_fits_and_commands_nothing(text: str) -> None:
    made = escaped(text)
    assert len(made) <= SECTION_CHARS
    assert list(markup_faults(made)) == []


def test_a_request_that_ended_has_only_its_page_left_to_open() -> None:
    made = amended_message("acme", ended(title="Drop the table?", said="Kim approved."))
    assert [e["action_id"] for e in actions(made)] == ["open"]
    assert "Kim approved." in made["text"]


def test_a_request_that_changed_hands_can_still_be_decided_but_not_claimed() -> None:
    still = written_message(message()).decode()
    made = amended_message("acme", replace(ended(title="?", said="Kim has it."), still_asks=still))
    assert faults(made) == []
    assert [e["action_id"] for e in actions(made)] == ["decide:0", "decide:1", "open"]
    assert "Kim has it." in json.dumps(made)


def test_a_request_that_is_anybodys_again_is_shown_as_it_was() -> None:
    still = written_message(message()).decode()
    made = amended_message("acme", replace(ended(title="?", said=""), still_asks=still))
    assert made == message_of("acme", message())


def test_a_message_that_somebody_has_taken_can_be_decided_but_not_claimed() -> None:
    made = taken_message(message_of("acme", message()), "*Kim* has taken this.")
    assert faults(made) == []
    assert [e["action_id"] for e in actions(made)] == ["decide:0", "decide:1", "open"]
    assert "*Kim* has taken this." in json.dumps(made)


@pytest.mark.parametrize(
    "value", [None, "", "x", "[]", '["a"]', '["a","b","c","d"]', "{}", "[1,2,3,4]"]
)
def test_a_button_of_somebody_else_says_nothing(value: Any) -> None:
    assert pressed(value) is None


def test_a_modal_gives_back_what_was_asked_and_the_comment() -> None:
    what = Pressed(tenant="acme", request_id="r", revision=2, decision="reject")
    asked = Asked(title="?", label="Reject", description="", needs_comment=True, who="Kim")
    view = decision_modal(what, asked, "https://hooks.slack.com/x")
    view["state"] = {"values": {"comment": {"comment": {"value": "no"}}}}
    given = submitted(view)
    assert given is not None
    assert (given.what, given.decision, given.comment) == (what, "reject", "no")
    assert given.response_url == "https://hooks.slack.com/x"


@pytest.mark.parametrize(
    "view",
    [
        None,
        {},
        {"callback_id": "other", "private_metadata": "[]"},
        {"callback_id": "handraise:answer", "private_metadata": "no"},
        {"callback_id": "handraise:answer", "private_metadata": '["[]", "x"]'},
        {
            "callback_id": "handraise:answer",
            "private_metadata": orjson.dumps(
                [value_of(Pressed(tenant="a", request_id="r", revision=1)), "x"]
            ).decode(),
        },
    ],
)
def test_a_view_that_names_no_decision_submits_nothing(view: Any) -> None:
    assert submitted(view) is None

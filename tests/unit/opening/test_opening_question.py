"""Questions: the seed's own is taken as it is; what does not fit is refused at its place."""

import json
from typing import Any

import pytest

from kernel.errors import Invalid
from kernel.opening import parse_question
from tests.unit.opening.seed import SEED


def flaws(**over: Any) -> dict[str, str]:
    body = {**SEED, **over}
    with pytest.raises(Invalid) as caught:
        parse_question(json.dumps(body).encode())
    return {flaw.pointer: flaw.detail for flaw in caught.value.flaws}


def parsed(**over: Any) -> Any:
    return parse_question(json.dumps({**SEED, **over}).encode())


def test_the_question_of_the_seed_is_taken_as_it_is() -> None:
    question = parsed()
    assert question.kind == "approval"
    assert question.timeout_minutes == 1440
    assert question.routing.recipients[1].slack_user_id == "U123456"
    assert question.metadata == SEED["metadata"]


def test_a_title_is_enough() -> None:
    assert parse_question(b'{"title": "May I?"}').kind == "approval"


def test_null_counts_as_left_out() -> None:
    fields = [name for name in SEED if name != "title"]
    question = parsed(**dict.fromkeys(fields))
    assert question.kind == "approval"
    assert question.timeout_seconds is None
    assert question.people == ()


@pytest.mark.parametrize(
    ("over", "place"),
    [
        ({"title": None}, "/title"),
        ({"title": ""}, "/title"),
        ({"title": "   "}, "/title"),
        ({"title": "x" * 256}, "/title"),
        ({"title": "one\r\nBcc: two"}, "/title"),
        ({"title": 3}, "/title"),
        ({"state": "completed"}, "/state"),
        ({"tenant": "other"}, "/tenant"),
        ({"responded_by": "me"}, "/responded_by"),
        ({"type": "Approval"}, "/type"),
        ({"context": []}, "/context"),
        ({"context": "text"}, "/context"),
        ({"metadata": []}, "/metadata"),
        ({"priority": "p1"}, "/priority"),
        ({"timeout_minutes": 0}, "/timeout_minutes"),
        ({"timeout_minutes": -5}, "/timeout_minutes"),
        ({"timeout_minutes": 1.5}, "/timeout_minutes"),
        ({"timeout_minutes": "60"}, "/timeout_minutes"),
        ({"timeout_minutes": True}, "/timeout_minutes"),
        ({"timeout_minutes": 10**15}, "/timeout_minutes"),
        ({"timeout_minutes": 5 * 365 * 24 * 60 + 1}, "/timeout_minutes"),
        ({"timeout_seconds": 60}, ""),
        ({"callback_webhook": "ftp://host/x"}, "/callback_webhook"),
        ({"callback_webhook": "//host/x"}, "/callback_webhook"),
        ({"callback_webhook": "https://"}, "/callback_webhook"),
        ({"callback_webhook": "https://host:99999/"}, "/callback_webhook"),
        ({"callback_webhook": "https://host:0/"}, "/callback_webhook"),
        ({"callback_webhook": "https://a b/"}, "/callback_webhook"),
        ({"callback_webhook": "https://host/\t"}, "/callback_webhook"),
        ({"callback_webhook": "https://host\\@other/"}, "/callback_webhook"),
        ({"callback_webhook": "https://me:pass@host/"}, "/callback_webhook"),
        ({"callback_webhook": "https://h\u00f6st/"}, "/callback_webhook"),
        ({"callback_webhook": "https://[::1/"}, "/callback_webhook"),
        ({"callback_webhook": "https://host/" + "x" * 2048}, "/callback_webhook"),
        ({"callback_secret": ""}, "/callback_secret"),
        ({"callback_secret": "x" * 256}, "/callback_secret"),
        ({"callback_secret": "whsec_short"}, "/callback_secret"),
        ({"callback_secret": "whsec_" + "!" * 40}, "/callback_secret"),
        ({"callback_secret": "text", "callback_webhook": None}, ""),
        ({"decisions": []}, "/decisions"),
        ({"decisions": ["Ship it"]}, "/decisions/0/name"),
        ({"decisions": [{"name": "a", "means": "maybe"}]}, "/decisions/0/means"),
        ({"decisions": [{"name": "a", "weight": 1}]}, "/decisions/0/weight"),
        ({"routing": {"channels": ["pigeon"]}}, "/routing/channels/0"),
        ({"routing": {"recipients": [{}]}}, "/routing/recipients/0"),
        (
            {"routing": {"recipients": [{"email": "a@b.c", "phone": "+4912345678"}]}},
            "/routing/recipients/0",
        ),
        ({"routing": {"recipients": [{"email": "nobody"}]}}, "/routing/recipients/0/email"),
        (
            {"routing": {"recipients": [{"email": "a@b.c\nBcc: d@e.f"}]}},
            "/routing/recipients/0/email",
        ),
        ({"routing": {"recipients": [{"email": "a@b.c,d@e.f"}]}}, "/routing/recipients/0/email"),
        ({"routing": {"recipients": [{"phone": "0800"}]}}, "/routing/recipients/0/phone"),
        (
            {"routing": {"recipients": [{"slack_channel": "<!channel>"}]}},
            "/routing/recipients/0/slack_channel",
        ),
        ({"routing": {"recipients": [{"email": "a@b.c"}] * 51}}, "/routing/recipients"),
        ({"routing": {"people": ["a b"]}}, "/routing/people/0"),
        ({"attachments": [{"id": "a", "sha256": "x"}]}, "/attachments/0/sha256"),
        ({"attachments": [{"name": "a"}]}, "/attachments/0/id"),
        ({"attachments": ["a b"]}, "/attachments/0/id"),
        ({"attachments": ["a"] * 21}, "/attachments"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(over: dict[str, Any], place: str) -> None:
    assert place in flaws(**over)


def test_all_flaws_come_at_once_and_repeat_no_value() -> None:
    found = flaws(title="", priority="hunter2", timeout_minutes=0)
    assert set(found) == {"/title", "/priority", "/timeout_minutes"}
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8080/resume",
        "https://agent.example.com/resume?a=b",
        "http://127.0.0.1:1/",
        "https://[2001:db8::1]:8443/x",
    ],
)
def test_a_web_address_is_taken_wherever_it_points(address: str) -> None:
    assert parsed(callback_webhook=address).callback_webhook == address


@pytest.mark.parametrize("secret", ["s", "s3cret with spaces", "whsec_" + "A" * 32])
def test_a_callback_secret_is_text_or_one_of_standard_webhooks(secret: str) -> None:
    question = parsed(callback_secret=secret)
    assert question.callback_secret == secret
    assert secret not in repr(question) or secret == "s"

"""That nothing personal leaves the house, on no channel."""

import json
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import Commented, Escalated, Revised
from kernel.masking import MASK, masked, masked_context, personal_values
from services.notifier_svc.chat import chat_text
from services.notifier_svc.composing import Reader, Setting, message_of, summary_of
from services.notifier_svc.mail import MailWriter, letterhead
from services.notifier_svc.message import Message, written_message
from services.notifier_svc.slack.card import message_of as slack_message
from services.notifier_svc.sms_text import sms_text
from services.notifier_svc.web_push import shown
from services.notifier_svc.webhook import webhook_body
from tests.unit.notifier.notices import PUBLIC_URL, brief, notice
from tests.unit.outbound.envelopes import policy, requested

NAME, MAIL, CARD = "Grace Hopper", "grace@navy.example", 4111111111111111
CONTEXT = json.dumps(
    {
        "customer": {"name": NAME, "mails": [MAIL]},
        "payment": {"card": CARD, "amount": 12},
        "reason": f"{NAME} wants it back",
    }
)
POINTERS = ("/customer", "/payment/card")
QUESTION = requested(
    title=f"Refund {NAME}?",
    description=f"{NAME.upper()} <{MAIL}> asks; card {CARD}\nGRACE\n  hopper",
    context=CONTEXT,
    principal_id=MAIL,
    agent_id=f"agent of {NAME}",
    policy=policy(personal_fields=POINTERS),
)
TOLD = [
    notice(QUESTION, principal_id=MAIL),
    notice(Escalated(level=1, name="lead", candidates=policy().candidates, reason=f"ask {NAME}")),
    notice(Commented(text=f"I called {NAME} at {MAIL}")),
    notice(Revised(revision=2, title="t", context=CONTEXT, content_hash="x", note=f"{CARD} it is")),
]

WRITER = MailWriter(letterhead("raise@example.org", PUBLIC_URL))


def mail(said: Message) -> str:
    parsed = message_from_bytes(
        WRITER.write(said, Address(addr_spec="ada@example.org"), "d"), policy=SMTP
    )
    bodies = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    return "\n".join([*map(str, parsed.values()), *bodies])


CHANNELS: dict[str, Any] = {
    "any": lambda said: written_message(said).decode(),
    "email": mail,
    "sms": sms_text,
    "chat": chat_text,
    "push": lambda said: shown(said).decode(),
    "slack": lambda said: json.dumps(slack_message("acme", said), ensure_ascii=False),
}


@pytest.mark.parametrize("told", TOLD, ids=lambda one: one.why)
@pytest.mark.parametrize("channel", CHANNELS)
def test_no_channel_carries_what_is_personal(channel: str, told: Any) -> None:
    said = message_of(told, brief(QUESTION), Reader(), Setting(public_url=PUBLIC_URL))
    for one in (said, summary_of([said], PUBLIC_URL, Reader())):
        text = " ".join(CHANNELS[channel](one).split()).lower()
        for personal in (NAME.lower(), MAIL, str(CARD)):
            assert personal not in text


@pytest.mark.parametrize("told", TOLD, ids=lambda one: one.why)
def test_a_webhook_hears_of_the_context_without_what_is_personal(told: Any) -> None:
    said = message_of(told, brief(QUESTION), Reader(), Setting(public_url=PUBLIC_URL))
    body = webhook_body(told, brief(QUESTION), said)
    for personal in (NAME.lower(), MAIL, str(CARD)):
        assert personal.encode() not in body.lower()
    if told.context is not None:
        assert json.loads(body)["detail"]["context"] == {
            "customer": MASK,
            "payment": {"card": MASK, "amount": 12},
            "reason": f"{MASK} wants it back",
        }


def test_a_title_without_anything_personal_stays_as_it_is() -> None:
    plain = requested(title="Refund 12 € of order 7?", context=CONTEXT, policy=QUESTION.policy)
    said = message_of(notice(plain), brief(plain), Reader(), Setting(public_url=PUBLIC_URL))
    assert said.title == "Refund 12 € of order 7?"


def test_short_values_hide_nothing_else() -> None:
    context = json.dumps({"p": {"initial": "G", "floor": 3, "flag": True, "none": None}})
    assert personal_values(json.loads(context), ("/p", "/missing")) == ()


def test_names_of_fields_are_no_way_out_either() -> None:
    context = {"by name": {NAME: 1}, "a/b": {"c~d": "x"}}
    hidden = masked_context(context, ("/a~1b/c~0d",), (NAME,))
    assert hidden == {"by name": {MASK: 1}, "a/b": {"c~d": MASK}}


@settings(deadline=None)
@given(st.text(), st.lists(st.text(min_size=3), max_size=5))
def test_masking_never_fails_and_leaves_nothing_behind(text: str, values: list[str]) -> None:
    context = json.dumps({"p": values})
    personal = personal_values(json.loads(context), ("/p",))
    hidden = masked(text, personal)
    for value in personal:
        if not set(value) & set(MASK):
            assert value not in hidden

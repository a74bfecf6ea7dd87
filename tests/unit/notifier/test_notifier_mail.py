"""What mails say, and that no stranger's words can bend them."""

from dataclasses import replace
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import DecisionOption, Means, Priority, Requested
from kernel.errors import Misconfigured
from services.notifier_svc.composing import Reader, Setting, link_to, message_of
from services.notifier_svc.mail import MailWriter, letterhead
from services.notifier_svc.notice import Brief, notice_of
from services.notifier_svc.wording import mailbox, one_line, paragraphs
from tests.unit.outbound.envelopes import OPENED, envelope, policy, requested

WRITER = MailWriter(letterhead("Handraise <raise@example.org>", "https://hands.example/"))
SETTING = Setting(public_url="https://hands.example")
TO = Address(addr_spec="ada@example.org")


def written(question: Requested, *, to: Address = TO) -> tuple[bytes, EmailMessage]:
    event = envelope(
        question, request_id="req-1", event_id="evt-1", timestamp=OPENED, priority=Priority.HIGH
    )
    notice = notice_of(event)
    assert notice is not None
    brief = Brief(question=question, title=question.title, description=question.description)
    raw = WRITER.write(message_of(notice, brief, Reader(), SETTING), to, "d-1")
    parsed = message_from_bytes(raw, policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return raw, parsed


def bodies(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_a_mail_says_what_is_asked_by_whom_until_when_and_where_to_answer() -> None:
    _, mail = written(requested())
    assert mail["Subject"] == "[high] Decide: Review High-Risk Code Changes"
    assert mail["From"] == "Handraise <raise@example.org>"
    assert mail["To"] == "ada@example.org"
    for body in bodies(mail):
        assert "Review High-Risk Code Changes" in body
        assert "Complaint #42 requires database schema changes" in body
        assert "code-review-agent" in body
        assert "2030-01-16 10:30 UTC" in body
        assert "Approve, Reject" in body
        assert "https://hands.example/requests/req-1" in body


def test_the_same_notice_to_the_same_person_is_the_same_bytes() -> None:
    assert written(requested())[0] == written(requested())[0]


def test_a_repeat_can_be_told_by_its_message_id_and_a_thread_by_its_reference() -> None:
    _, mail = written(requested())
    assert mail["Message-ID"] == "<d-1@example.org>"
    assert mail["References"] == "<req-1@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"


HOSTILE = [
    "Fine\r\nBcc: everyone@example.org",
    "Fine\nSubject: other",
    "Fine\r\n\r\n<script>alert(1)</script>",
    "\u2028Bcc: x@example.org\u2029",
    "\x85Bcc: x@example.org",
    "\x0bBcc: x@example.org\x0c",
    "a" * 5000,
    "ü" * 3000,
    "日本語の長い題名" * 300,
    "=?utf-8?b?QmNjOiB4QGV4YW1wbGUub3Jn?=",
    "safe \u202egnirts desrever",
    "zero\u200bwidth",
    "\x00nul",
    "\ud800lone",
    "emoji 🙋🏽‍♀️ " * 100,
    "{{ 7 * 7 }} {% raw %}",
    " ",
    "",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_can_not_bend_the_mail(title: str) -> None:
    raw, mail = written(requested(title=title, description=title))
    assert mail.keys() == written(requested())[1].keys()
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject") or []) == 1
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    text, html = bodies(mail)
    assert "<script>" not in html
    for hidden in "\u202e\u200b\x00":
        assert hidden not in text + html


@settings(deadline=None)
@given(title=st.text(max_size=300), description=st.text(max_size=300) | st.none())
def test_no_words_at_all_can_bend_the_mail(title: str, description: str | None) -> None:
    raw, mail = written(requested(title=title, description=description))
    assert mail.keys() == written(requested())[1].keys()
    assert raw.isascii()
    assert len(mail["Subject"]) <= 200
    bodies(mail)


def test_markup_is_shown_and_not_obeyed() -> None:
    evil = '<img src=x onerror=alert(1)> & "quotes"'
    question = requested(
        title=evil,
        description=evil,
        agent_id=evil,
        policy=policy(decisions=(DecisionOption(name="x", label=evil, means=Means.APPROVE),)),
    )
    text, html = bodies(written(question)[1])
    assert "<img" not in html
    assert "&lt;img" in html
    assert evil in text


def test_what_is_not_known_is_left_out() -> None:
    event = envelope(requested(description=None, policy=policy(decisions=())), deadline=None)
    notice = notice_of(event)
    assert notice is not None
    question = requested(description=None, policy=policy(decisions=()))
    told = replace(notice, principal_id="cust-7", note="look\nhere")
    brief = Brief(question=question, title="t", description=None)
    raw = WRITER.write(message_of(told, brief, Reader(), SETTING), TO, "d")
    mail = message_from_bytes(raw, policy=SMTP)
    assert isinstance(mail, EmailMessage)
    text, _ = bodies(mail)
    assert "Decisions" not in text
    assert "Deadline:    none" in text
    assert "Concerns:    cust-7" in text
    assert "Note:        look here" in text


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "ada.l+hand@mail.example.org",
        "a@localhost",
        "o'hara@example.org",
        "x" * 64 + "@example.org",
    ],
)
def test_plain_addresses_are_mailboxes(address: str) -> None:
    found = mailbox(address)
    assert found is not None
    assert found.addr_spec == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example..org",
        "ada@-example.org",
        "ada@example.org.",
        ".ada@example.org",
        "ada.@example.org",
        "a..da@example.org",
        "ada@example.org, eve@example.org",
        "ada@example.org;eve@example.org",
        "Ada <ada@example.org>",
        "<ada@example.org>",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\n",
        "ada @example.org",
        '"a b"@example.org',
        "ada@[127.0.0.1]",
        "ada@exa_mple.org",
        "ada(comment)@example.org",
        "ådä@example.org",
        "ada@exämple.org",
        "a@b@c",
        "x" * 65 + "@example.org",
        "a@" + "b." * 130 + "org",
        "ada@example.org\0",
        "-oQ/tmp@example.org ",
    ],
)
def test_what_could_be_more_than_one_plain_address_is_none(text: str) -> None:
    assert mailbox(text) is None


def test_a_letterhead_without_an_address_is_refused_at_the_start() -> None:
    with pytest.raises(Misconfigured, match="MAIL_FROM"):
        letterhead("Handraise", "https://hands.example")


def test_a_link_is_one_path_segment_whatever_the_id() -> None:
    assert (
        link_to("https://h.example", "a/../b?c#d")
        == "https://h.example/requests/a%2F..%2Fb%3Fc%23d"
    )


@settings(deadline=None)
@given(st.text())
def test_one_line_is_one_visible_line(text: str) -> None:
    line = one_line(text, 50)
    assert len(line) <= 50
    assert line == "".join(line.splitlines())
    line.encode()


def test_lines_stay_lines() -> None:
    assert paragraphs("a\r\nb\rc\n\td") == "a\nb\nc\n d"
    assert paragraphs("x" * 10, 5) == "xxxx…"

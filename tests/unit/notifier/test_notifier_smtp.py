"""How mails are handed over, and what a server's answers mean."""

from collections.abc import AsyncGenerator

import pytest

from kernel.errors import Misconfigured
from kernel.mail_server import MailServer, mail_server
from kernel.outbound.delivery import Delivery, Result, Verdict
from services.notifier_svc.smtp import SmtpCarrier
from tests.unit.outbound.deliveries import delivery
from tests.unit.outbound.mail_sink import MailSink, mail_sink

MAIL = b"From: raise@example.org\r\nTo: ada@example.org\r\nSubject: x\r\n\r\n.\r\nbody\r\n"


@pytest.fixture
async def sink() -> AsyncGenerator[MailSink]:
    async with mail_sink() as made:
        yield made


def mail(to: str = "ada@example.org") -> Delivery:
    return delivery(channel="email", target=to, payload=MAIL)


def carrier(sink: MailSink) -> SmtpCarrier:
    return SmtpCarrier(mail_server(sink.url), "raise@example.org")


async def test_a_mail_is_handed_over_whole_and_the_servers_word_kept(sink: MailSink) -> None:
    result = await carrier(sink).carry(mail())
    assert result == Result(
        verdict=Verdict.DELIVERED,
        status_code=250,
        provider="smtp",
        provider_id="2.0.0 queued as 4711",
    )
    assert sink.recipients == ["ada@example.org"]
    assert sink.mails[0].get_content().split() == [".", "body"]


async def test_one_connection_serves_many_mails(sink: MailSink) -> None:
    hand = carrier(sink)
    for _ in range(5):
        await hand.carry(mail())
    assert (len(sink.mails), sink.connections) == (5, 1)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("550 5.1.1 no such user", Verdict.GIVE_UP),
        ("553 5.1.3 bad address", Verdict.GIVE_UP),
        ("450 4.2.1 greylisted", Verdict.RETRY),
        ("421 4.7.0 busy", Verdict.RETRY),
    ],
)
async def test_a_refused_recipient_is_final_or_not_as_the_server_says(
    sink: MailSink, answer: str, verdict: Verdict
) -> None:
    sink.refused["ada@example.org"] = answer
    hand = carrier(sink)
    result = await hand.carry(mail())
    assert (result.verdict, result.status_code) == (verdict, int(answer[:3]))
    assert (await hand.carry(mail("bob@example.org"))).verdict is Verdict.DELIVERED


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("554 5.7.1 spam", Verdict.GIVE_UP), ("452 4.3.1 full", Verdict.RETRY)],
)
async def test_a_refused_mail_is_final_or_not_as_the_server_says(
    sink: MailSink, answer: str, verdict: Verdict
) -> None:
    sink.data_answer = answer
    assert (await carrier(sink).carry(mail())).verdict is verdict


async def test_a_server_that_is_away_is_tried_again() -> None:
    async with mail_sink() as gone:
        pass
    result = await carrier(gone).carry(mail())
    assert result.verdict is Verdict.RETRY
    assert result.error


async def test_a_connection_that_broke_is_replaced() -> None:
    async with mail_sink() as first:
        hand = carrier(first)
        await hand.carry(mail())
    assert (await hand.carry(mail())).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer(host="mail.example", port=25)),
        (
            "smtps://mail.example",
            MailServer(host="mail.example", port=465, tls=True, start_tls=False),
        ),
        (
            "smtp://me%40x:p%3Aw@mail.example:587?starttls=always",
            MailServer(host="mail.example", port=587, user="me@x", password="p:w", start_tls=True),
        ),
        (
            "smtp://mail.example?starttls=never",
            MailServer(host="mail.example", port=25, start_tls=False),
        ),
    ],
)
def test_a_server_is_named_by_its_url(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url", ["", "http://x", "smtp://x:notaport", "smtp://x?starttls=perhaps", "mail.example"]
)
def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="SMTP_URL"):
        mail_server(url)

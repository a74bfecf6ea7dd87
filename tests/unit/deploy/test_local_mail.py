"""The mail sink: what was sent can be read again."""

from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local.mail_http import mail_app
from deploy.local.mail_store import MailStore


def a_mail(subject: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Handraise <handraise@localhost>"
    message["To"] = "shown@demo.test"
    message["Subject"] = subject
    message.set_content("Schau: größer?\n")
    message.add_alternative("<p>Schau</p>", subtype="html")
    return bytes(message)


@pytest.fixture
def store(tmp_path: Path) -> MailStore:
    return MailStore(tmp_path / "mail")


def test_a_mail_is_kept_readable_under_the_addresses_it_was_really_sent_to(
    store: MailStore,
) -> None:
    mail_id = store.keep("a@b.test", ["hidden@demo.test", "two@demo.test"], a_mail("größer"))
    mail = store.mail(mail_id)
    assert mail
    assert mail.to == ("hidden@demo.test", "two@demo.test")
    assert (mail.subject, mail.text.strip()) == ("größer", "Schau: größer?")
    assert "<p>Schau</p>" in mail.html


def test_mails_are_found_by_address_whatever_its_case(store: MailStore) -> None:
    store.keep("a@b.test", ["One@demo.test"], a_mail("one"))
    store.keep("a@b.test", ["two@demo.test"], a_mail("two"))
    assert [mail.subject for mail in store.mails("one@DEMO.test")] == ["one"]
    assert len(store.mails()) == 2


@pytest.mark.parametrize("mail_id", ["../../etc/passwd", "nope", "0000000000000-00000000"])
def test_an_id_that_names_no_mail_gives_nothing(store: MailStore, mail_id: str) -> None:
    store.keep("a@b.test", ["one@demo.test"], a_mail("one"))
    assert store.mail(mail_id) is None


async def test_mails_can_be_listed_and_shown_over_http(store: MailStore) -> None:
    mail_id = store.keep("a@b.test", ["one@demo.test"], a_mail("one"))
    transport = httpx.ASGITransport(mail_app(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://sink") as client:
        listed = await client.get("/messages", params={"to": "one@demo.test"})
        assert [item["id"] for item in listed.json()["items"]] == [mail_id]
        assert "Subject: one\n\nSchau" in (await client.get(f"/messages/{mail_id}")).text
        as_json = await client.get(f"/messages/{mail_id}", headers={"Accept": "application/json"})
        assert as_json.json() == listed.json()["items"][0]
        assert (await client.get("/messages/none")).status_code == 404
        assert (await client.get("/readyz")).status_code == 200

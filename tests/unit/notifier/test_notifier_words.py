"""What notices say in each language, and in a kind's own words."""

from dataclasses import asdict, fields
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import SMTP

import pytest

from event_schemas.types import Commented, Priority
from kernel.directory.preferences import LANGUAGES
from services.notifier_svc.catalog import Catalog, catalog
from services.notifier_svc.composing import Reader, Setting, message_of, summary_of
from services.notifier_svc.mail import MailWriter, letterhead
from services.notifier_svc.message import read_message, written_message
from services.notifier_svc.notice import Why
from task_kinds.flaws import BadKind
from task_kinds.loader import kind_from
from task_kinds.notices import NO_NOTICES, notices_of
from tests.unit.notifier.notices import PUBLIC_URL, brief, message, notice

DEFINITION = {
    "kind": "refund",
    "title": "Refund",
    "decisions": [{"name": "approve", "means": "approve"}],
    "deadline": {"after": "1h"},
}
WRITER = MailWriter(letterhead("raise@example.org", PUBLIC_URL))


def shape(words: Catalog) -> dict[str, list[str]]:
    return {
        one.name: sorted(getattr(words, one.name))
        for one in fields(words)
        if one.name != "language"
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str) -> None:
    words = catalog(language)
    assert shape(words) == shape(catalog("en"))
    assert {*Why, "summary"} == {*words.leads} == {*words.subjects}
    assert {*words.priorities} == {*Priority}
    assert all(asdict(words)[part][name] for part, names in shape(words).items() for name in names)


def test_an_unknown_language_is_english() -> None:
    assert catalog("tlh") == catalog("en")


def test_a_reader_is_told_in_their_language_and_by_their_clock() -> None:
    said = message(reader=Reader(language="de", time_zone="Europe/Berlin"))
    assert said.subject == "[hoch] Entscheiden: Review High-Risk Code Changes"
    assert said.until == "2030-01-16 11:30 CET"
    assert said.button == "Ansehen und antworten"


def test_a_clock_that_is_not_known_here_is_utc() -> None:
    assert message(reader=Reader(time_zone="Mars/Olympus")).until == "2030-01-16 10:30 UTC"


def test_a_kinds_own_words_stand_in_for_the_usual_ones() -> None:
    own = notices_of({"notices": {"words": {"de": {"subject": "Geld zurück?"}}}})
    setting = Setting(public_url=PUBLIC_URL, notices=own)
    german = message_of(notice(), brief(), Reader(language="de"), setting)
    assert german.subject.startswith("[hoch] Geld zurück?: ")
    assert german.lead == catalog("de").leads["asked"]
    english = message_of(notice(), brief(), Reader(), setting)
    assert english.subject.startswith("[high] Decide: ")


def test_a_kind_without_words_has_none() -> None:
    assert notices_of(kind_from(DEFINITION).definition) == NO_NOTICES


@pytest.mark.parametrize(
    "notices",
    [
        {"words": {"en": {"subject": "Fine\r\nBcc: everyone@example.org"}}},
        {"words": {"en": {"subject": "Fine\u2028Bcc: everyone@example.org"}}},
        {"words": {"en": {"lead": "x" * 201}}},
        {"words": {"xx": {"lead": "x"}}},
        {"webhook": "ftp://example.org"},
        {"tell_requester": "yes"},
        {"other": 1},
    ],
)
def test_a_kind_whose_notices_could_do_harm_is_refused(notices: object) -> None:
    with pytest.raises(BadKind, match="notices"):
        kind_from({**DEFINITION, "notices": notices})


def test_the_same_notice_is_the_same_bytes_and_can_be_read_back() -> None:
    said = message()
    assert written_message(said) == written_message(message())
    assert read_message(written_message(said)) == said


def test_what_only_informs_asks_for_nothing() -> None:
    told = notice(Commented(text="Please\nhave a look"))
    said = message_of(told, brief(), Reader(), Setting(public_url=PUBLIC_URL))
    assert (said.asks, said.decisions, said.note) == (False, (), "Please have a look")
    assert said.subject == "Comment: Review High-Risk Code Changes"


def test_a_summary_names_each_request_once_with_its_link() -> None:
    said = summary_of([message(), message(priority=Priority.LOW)], PUBLIC_URL, Reader())
    assert (said.subject, len(said.items), said.request_id) == ("2 notices", 2, "")
    mail = message_from_bytes(
        WRITER.write(said, Address(addr_spec="ada@example.org"), "d"), policy=SMTP
    )
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert len(bodies) == 2
    for body in bodies:
        assert body.count(message().link) == 2
        assert body.count("2030-01-16 10:30 UTC") == 2


def test_the_html_mail_is_small_has_one_button_and_fits_the_dark() -> None:
    raw = WRITER.write(message(), Address(addr_spec="ada@example.org"), "d")
    parsed = message_from_bytes(raw, policy=SMTP).get_body(("html",))
    assert parsed is not None
    html = parsed.get_content()
    assert html.count("<a ") == 1
    assert "prefers-color-scheme: dark" in html
    assert "<img" not in html
    assert len(raw) < 8_000

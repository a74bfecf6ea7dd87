"""Text messages: that they fit into one, and are handed over as the gateway documents it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Misconfigured
from kernel.outbound.delivery import Result, Sign, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Reach
from services.notifier_svc.composing import Reader
from services.notifier_svc.sms_text import is_gsm, sms_text
from services.notifier_svc.twilio import SmsCarrier, SmsGateway, sms_gateway
from tests.support.twilio import ACCOUNT, SENDER, TOKEN, Twilio, twilio
from tests.unit.notifier.notices import PUBLIC_URL, message, to_tell
from tests.unit.outbound.envelopes import requested
from tests.unit.outbound.receiver import answers, receiving

TO = "+4930123456"


@pytest.fixture
async def gateway() -> AsyncGenerator[Twilio]:
    async with twilio() as made:
        yield made


def fits_into_one(text: str) -> bool:
    """By GSM 03.38: 160 septets, of which the extended characters take two; else 70 of UTF-16."""
    if is_gsm(text):
        return len(text) + sum(text.count(one) for one in "^{}\\[~]|€") <= 160
    return len(text.encode("utf-16-le")) <= 2 * 70


def carrier(url: str) -> SmsCarrier:
    found = sms_gateway(url)
    assert found is not None
    return SmsCarrier(Egress(Reach(loopback=True)), found, PUBLIC_URL)


async def sent(url: str, title: str = "Ship it?", to: str = TO) -> Result:
    return await carrier(url).carry(to_tell(message(requested(title=title)), "sms", to))


@pytest.mark.parametrize(
    ("title", "start"),
    [
        ("Ship it?", "[high] Decide: Ship it?\n2030-01-16 10:30 UTC\nhttps://hands"),
        ("Café “Zürich” – naïve…", '[high] Decide: Café "Zürich" - naive...\n'),
        ("x" * 400, "[high] Decide: xxxx"),
        ("€" * 400, "[high] Decide: €€"),
        ("日本語の長い題名" * 20, "Your decision is asked for.\n"),
        ("🙋" * 60, "Your decision is asked for.\n"),
    ],
)
def test_a_text_message_is_one_and_has_its_whole_link(title: str, start: str) -> None:
    said = message(requested(title=title))
    text = sms_text(said)
    assert text.startswith(start)
    assert text.endswith(said.link)
    assert fits_into_one(text)


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr"]))
def test_whatever_the_title_it_fits(title: str, language: str) -> None:
    said = message(requested(title=title), Reader(language=language))
    text = sms_text(said)
    assert text.endswith(said.link)
    assert fits_into_one(text)


def test_a_short_link_leaves_room_for_other_letters() -> None:
    said = replace(message(requested(title="承認")), link="https://h.example/r/1", until="")
    assert "承認" in sms_text(said)


async def test_a_message_is_taken_and_known_by_the_gateways_id(gateway: Twilio) -> None:
    delivery = to_tell(message(), "sms", TO)
    result = await carrier(gateway.url).carry(delivery)
    assert (result.verdict, result.sign) == (Verdict.DELIVERED, Sign.WELL)
    assert (result.provider, result.provider_id) == ("twilio", f"SM{1:032x}")
    (taken,) = gateway.taken
    assert taken == {
        "To": TO,
        "From": SENDER,
        "Body": sms_text(message()),
        "StatusCallback": f"{PUBLIC_URL}/hooks/twilio?delivery={delivery.id}",
    }


@pytest.mark.parametrize(
    ("status", "code", "verdict", "sign"),
    [
        (400, 21610, Verdict.GIVE_UP, Sign.WELL),
        (404, 20404, Verdict.GIVE_UP, Sign.WELL),
        (403, 20003, Verdict.RETRY, Sign.AILING),
        (429, 20429, Verdict.RETRY, Sign.AILING),
        (500, 20500, Verdict.RETRY, Sign.AILING),
        (503, 20503, Verdict.RETRY, Sign.AILING),
    ],
)
async def test_what_the_gateway_refuses_is_given_up_and_what_is_its_fault_tried_again(
    gateway: Twilio, status: int, code: int, verdict: Verdict, sign: Sign
) -> None:
    gateway.refused[TO] = (status, code)
    result = await sent(gateway.url)
    assert (result.verdict, result.sign, result.status_code) == (verdict, sign, status)
    assert result.error == f"{code}: refused"


async def test_a_wrong_number_is_said_in_the_gateways_words(gateway: Twilio) -> None:
    result = await sent(gateway.url, to="+0")
    assert result.verdict is Verdict.GIVE_UP
    assert result.error == "21211: The 'To' number +0 is not a valid phone number."


async def test_a_wrong_token_is_tried_again_since_an_operator_may_mend_it(gateway: Twilio) -> None:
    result = await sent(gateway.url.replace("with", "without"))
    assert (result.verdict, result.error) == (Verdict.RETRY, "20003: Authenticate")
    assert gateway.taken == []


async def test_an_answer_that_is_none_is_tried_again() -> None:
    async with receiving(answers("201 Created", body=b"<html>")) as receiver:
        url = f"twilio+http://{ACCOUNT}:t@127.0.0.1:{receiver.port}?from={SENDER}"
        result = await sent(url)
    assert (result.verdict, result.provider_id) == (Verdict.RETRY, None)


async def test_a_gateway_that_is_away_is_tried_again() -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    result = await sent(f"twilio+http://{ACCOUNT}:t@127.0.0.1:{port}?from={SENDER}")
    assert (result.verdict, result.sign) == (Verdict.RETRY, Sign.AILING)


def test_the_setting_names_account_token_host_and_sender() -> None:
    assert sms_gateway("") is None
    assert sms_gateway(f"twilio://{ACCOUNT}:tok%2Fen@api.twilio.com?from=MG1") == SmsGateway(
        url=f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        account=ACCOUNT,
        token="tok/en",
        sender="MG1",
    )
    assert TOKEN not in repr(sms_gateway(Twilio(port=1).url))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com",
        "twilio://api.twilio.com?from=+1555",
        f"twilio://{ACCOUNT}@api.twilio.com?from=+1555",
        f"twilio://{ACCOUNT}:t@api.twilio.com",
        f"twilio://{ACCOUNT}:t@?from=+1555",
        "twilio://[",
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_and_says_no_secret(url: str) -> None:
    with pytest.raises(Misconfigured, match="HANDRAISE_SMS_URL") as refused:
        sms_gateway(url)
    assert ACCOUNT not in str(refused.value)

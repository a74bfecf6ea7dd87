"""Who may call our hooks: signatures of Slack, Twilio and Standard Webhooks, old and forged."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook
from starlette.datastructures import Headers

from api.hooks import bounce, resend, twilio
from api.hooks.reports import Post, Reported
from kernel.errors import Invalid
from kernel.outbound.receipts import Receipt
from services.notifier_svc.slack.signature import Seen, is_from_slack, slack_signature

# The example of Slack's own guide to verifying requests.
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNED = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
NOW = datetime.fromtimestamp(int(STAMP), UTC)
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "6f3a9d0e-2f0b-4c1e-9a3c-1d2b7e4f8a90"


def post(body: bytes, url: str = "https://hands.example/hooks/x", **headers: str) -> Post:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Post(url=url, headers=Headers(named), body=body, now=NOW)


def from_slack(**over: object) -> bool:
    given = {"timestamp": STAMP, "signature": SIGNED, "body": BODY, "now": NOW} | over
    return is_from_slack(SECRET, **given)  # type: ignore[arg-type]


def test_the_example_of_slacks_guide_holds() -> None:
    assert slack_signature(SECRET, STAMP, BODY) == SIGNED
    assert from_slack()


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_call_that_is_too_old_or_from_the_future_does_not_hold(seconds: int) -> None:
    assert not from_slack(now=NOW + timedelta(seconds=seconds))
    assert from_slack(now=NOW + timedelta(seconds=seconds // 301 * 300))


@pytest.mark.parametrize(
    "over",
    [
        {"body": BODY + b"&x=1"},
        {"signature": SIGNED.upper()},
        {"signature": ""},
        {"signature": SIGNED.removeprefix("v0=")},
        {"signature": "v0=ü"},
        {"timestamp": "1531420619"},
        {"timestamp": "abc"},
        {"timestamp": ""},
        {"timestamp": "-1531420618"},
        {"timestamp": "1" * 400},
    ],
)
def test_a_forged_call_does_not_hold(over: dict[str, object]) -> None:
    assert not from_slack(**over)


def test_without_a_secret_nothing_holds_not_even_what_the_stand_in_would_sign() -> None:
    made_with_nothing = slack_signature("0" * 64, STAMP, BODY)
    assert not is_from_slack(None, timestamp=STAMP, signature=made_with_nothing, body=BODY, now=NOW)


def test_a_signature_counts_once_until_it_would_be_too_old_anyway() -> None:
    seen = Seen()
    assert seen.take(SIGNED, NOW)
    assert not seen.take(SIGNED, NOW + timedelta(minutes=5))
    assert seen.take(SIGNED, NOW + timedelta(minutes=11))


# The example of Twilio's security guide.
TWILIO_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO_TOKEN = "12345"
TWILIO_BODY = (
    b"CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310"
    b"&To=%2B18005551212"
)
TWILIO_SIGNED = "GvWf1cFY/Q7PnoempGyD5oXAezc="


def test_the_example_of_twilios_guide_holds_and_no_other() -> None:
    given = post(TWILIO_BODY, TWILIO_URL, x_twilio_signature=TWILIO_SIGNED)
    assert twilio.is_genuine(TWILIO_TOKEN, given)
    assert not twilio.is_genuine("another", given)
    assert not twilio.is_genuine(
        TWILIO_TOKEN, post(TWILIO_BODY, TWILIO_URL + "0", x_twilio_signature=TWILIO_SIGNED)
    )
    assert not twilio.is_genuine(
        TWILIO_TOKEN, post(TWILIO_BODY + b"1", TWILIO_URL, x_twilio_signature=TWILIO_SIGNED)
    )
    assert not twilio.is_genuine(TWILIO_TOKEN, post(TWILIO_BODY, TWILIO_URL))
    assert not twilio.is_genuine(TWILIO_TOKEN, post(b"\xff", TWILIO_URL, x_twilio_signature="x"))


@pytest.mark.parametrize(
    ("status", "receipt"),
    [
        ("sent", Receipt.SENT),
        ("delivered", Receipt.DELIVERED),
        ("undelivered", Receipt.FAILED),
        ("failed", Receipt.FAILED),
    ],
)
def test_twilios_words_become_ours(status: str, receipt: Receipt) -> None:
    (said,) = twilio.reported(
        post(f"MessageSid=SM1&MessageStatus={status}&ErrorCode=30003".encode())
    )
    assert said == Reported(provider="twilio", provider_id="SM1", receipt=receipt, error="30003")


def test_a_delivery_that_twilios_address_names_is_told_too() -> None:
    url = f"https://hands.example/hooks/twilio?delivery={KEY}"
    said = twilio.reported(post(b"MessageSid=SM1&MessageStatus=sent", url))
    assert [one.provider_id for one in said] == ["SM1", KEY]


@pytest.mark.parametrize(
    "body", [b"", b"MessageSid=SM1&MessageStatus=queued", b"MessageStatus=sent"]
)
def test_what_is_no_news_of_twilio_is_nothing(body: bytes) -> None:
    assert twilio.reported(post(body)) == ()


def signed(body: bytes, family: str, *, at: datetime = NOW, secret: str = WHSEC) -> Post:
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    stamp = str(int(at.timestamp()))
    headers = {"id": "msg_1", "timestamp": stamp, "signature": signature}
    return post(body, **{f"{family}_{name}": value for name, value in headers.items()})


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_what_the_official_package_signs_holds_for_five_minutes(family: str) -> None:
    assert resend.RESEND.is_genuine(WHSEC, signed(b"{}", family))
    late = signed(b"{}", family, at=NOW - timedelta(seconds=301))
    early = signed(b"{}", family, at=NOW + timedelta(seconds=301))
    forged = signed(b"{}", family, secret="whsec_" + "c2VjcmV0" * 4)
    for one in (late, early, forged, post(b"{}")):
        assert not resend.RESEND.is_genuine(WHSEC, one)


def test_resends_words_become_ours_by_its_id_and_by_ours() -> None:
    body = b"""{"type": "email.bounced", "data": {"email_id": "e1",
        "headers": [{"name": "Message-ID", "value": "<%s@hands.example>"}],
        "bounce": {"type": "Permanent", "message": "no such mailbox"}}}""" % KEY.encode()
    why = "Permanent: no such mailbox"
    assert resend.reported(post(body)) == (
        Reported(provider="resend", provider_id="e1", receipt=Receipt.FAILED, error=why),
        Reported(provider="smtp", provider_id=KEY, receipt=Receipt.FAILED, error=why),
    )
    assert resend.reported(post(b'{"type": "email.opened", "data": {"email_id": "e1"}}')) == ()
    assert resend.reported(post(b'{"type": "email.delivered", "data": []}')) == ()


def test_a_bounce_is_read_in_the_words_of_its_rfc() -> None:
    body = b"""{"action": "Failed", "status": "5.1.1", "diagnostic_code": "smtp; 550 no such user",
        "message_id": "<%s@hands.example>"}""" % KEY.encode()
    assert bounce.reported(post(body)) == (
        Reported(
            provider="smtp",
            provider_id=KEY,
            receipt=Receipt.FAILED,
            error="5.1.1 smtp; 550 no such user",
        ),
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"action": "failed"}',
        b'{"action": "failed", "message_id": "<1@x>"}',
        b'{"action": 1}',
    ],
)
def test_a_bounce_of_nothing_of_ours_is_nothing(body: bytes) -> None:
    assert bounce.reported(post(body)) == ()


def test_a_bounce_that_is_no_json_is_refused() -> None:
    with pytest.raises(Invalid):
        bounce.reported(post(b"{"))

"""Signatures of callbacks: what was signed is let in, and nothing else."""

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from handraise.errors import BadSignature
from handraise.webhooks import checked_secret, sign, verify
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()
BODY = b'{"event": "request.responded", "request_id": "req-1", "n": 1}'
NOW = 1_700_000_000

Raw = list[tuple[bytes, bytes]]


def signed(secret: str = SECRET, body: bytes = BODY, at: int = NOW) -> dict[str, str]:
    return sign(secret, webhook_id="evt-1", timestamp=at, body=body)


def raw(headers: dict[str, str]) -> Raw:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def is_let_in(
    headers: dict[str, str] | Raw, body: bytes = BODY, secrets: Iterable[str] = (SECRET,)
) -> bool:
    try:
        verify(headers, body, list(secrets), now=NOW)
    except BadSignature:
        return False
    return True


def test_the_published_vector_is_reproduced() -> None:
    headers = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_plain_header_is_the_hmac_of_the_body_under_the_secrets_text() -> None:
    expected = hmac.new(b"whsec_s3cr3t00", b"{}", hashlib.sha256).hexdigest()
    headers = sign("whsec_s3cr3t00", webhook_id="e", timestamp=NOW, body=b"{}")
    assert headers["X-Webhook-Signature"] == f"sha256={expected}"


def test_the_id_comes_back_to_know_a_repeat_by() -> None:
    assert verify(signed(), BODY, [SECRET], now=NOW) == "evt-1"
    assert verify(raw(signed()), BODY, [SECRET], now=NOW) == "evt-1"


def test_the_plain_form_alone_is_enough_and_has_no_id() -> None:
    headers = {"x-webhook-signature": signed()["X-Webhook-Signature"]}
    assert verify(headers, BODY, [SECRET], now=NOW + 10**6) is None


def test_a_text_that_is_no_whsec_keys_with_its_bytes() -> None:
    headers = signed("just some words")
    assert is_let_in(headers, secrets=["just some words"])
    assert not is_let_in(headers, secrets=["just some word"])


def test_what_we_sign_the_official_library_verifies() -> None:
    at = int(time.time())
    assert Webhook(SECRET).verify(BODY, signed(at=at)) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(BODY, signed(at=at))


@given(st.text(max_size=200), st.binary(min_size=24, max_size=64))
def test_what_the_official_library_signs_we_verify(text: str, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = json.dumps(text)
    signature = Webhook(secret).sign("evt-1", datetime.fromtimestamp(NOW, UTC), body)
    headers = {
        "webhook-id": "evt-1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": signature,
    }
    assert is_let_in(headers, body.encode(), [secret])
    assert not is_let_in(headers, body.encode() + b" ", [secret])


def test_while_a_secret_rotates_both_are_good_and_afterwards_only_the_new_one() -> None:
    new, old = signed(SECRET), signed(OLD_SECRET)
    both = {**new, "webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}"}
    assert is_let_in(both, secrets=[SECRET])
    assert is_let_in(both, secrets=[OLD_SECRET])
    assert is_let_in(old, secrets=[SECRET, OLD_SECRET])
    assert not is_let_in(old, secrets=[SECRET])


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_close_enough(seconds: int) -> None:
    assert is_let_in(signed(at=NOW + seconds))


@pytest.mark.parametrize("seconds", [-301, 301, -(10**9), 10**9])
def test_further_away_is_a_replay_or_a_wrong_clock(seconds: int) -> None:
    assert not is_let_in(signed(at=NOW + seconds))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "evt-2"),
        ("webhook-id", ""),
        ("webhook-id", "évt-1"),
        ("webhook-id", "evt.1"),
        ("webhook-timestamp", str(NOW + 1)),
        ("webhook-timestamp", f"{NOW}.0"),
        ("webhook-timestamp", f" {NOW}"),
        ("webhook-timestamp", f"+{NOW}"),
        ("webhook-timestamp", "١٧٠٠٠٠٠٠٠٠"),
        ("webhook-timestamp", "1e9"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-timestamp", ""),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", ","),
        ("webhook-signature", "v1"),
        ("webhook-signature", "ü"),
        ("webhook-signature", "v1,ü€😀"),
        ("webhook-signature", "\udcff"),
    ],
)
def test_a_header_that_was_tampered_with_is_refused(name: str, value: str) -> None:
    assert not is_let_in({**signed(), name: value})


def test_a_signature_of_another_version_counts_for_nothing() -> None:
    good = signed()["webhook-signature"]
    for offered in (good.replace("v1,", "v1a,"), good.replace("v1,", "v2,"), good[3:]):
        assert not is_let_in({**signed(), "webhook-signature": offered})


def test_the_right_one_among_a_thousand_signatures_is_found_and_none_is_refused() -> None:
    noise = [f"v1,{base64.b64encode(bytes([n % 256] * 32)).decode()}" for n in range(999)]
    good = signed()["webhook-signature"]
    assert is_let_in({**signed(), "webhook-signature": " ".join([*noise, good])})
    assert not is_let_in({**signed(), "webhook-signature": " ".join(noise)})


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_good_plain_header_does_not_stand_in_for_a_broken_standard_one(missing: str) -> None:
    headers = signed()
    del headers[missing]
    assert not is_let_in(headers)


def test_a_callback_without_any_signature_is_refused() -> None:
    assert not is_let_in({"content-type": "application/json"})


def test_a_header_that_comes_twice_is_refused() -> None:
    twice = raw(signed())
    assert not is_let_in([*twice, (b"webhook-signature", b"v1,x")])
    assert not is_let_in([*twice, (b"Webhook-Id", b"evt-1")])


def test_an_id_and_a_time_can_not_be_moved_into_the_body() -> None:
    with pytest.raises(ValueError, match="webhook id"):
        sign(SECRET, webhook_id="evt.1", timestamp=NOW, body=BODY)
    before = NOW - 10
    headers = signed(body=b"%d.{}" % NOW, at=before)
    moved = {**headers, "webhook-id": f"evt-1.{before}", "webhook-timestamp": str(NOW)}
    assert not is_let_in(moved, b"{}")


@pytest.mark.parametrize(
    "body",
    [b"\xef\xbb\xbf" + BODY, BODY + b"\n", BODY.replace(b": ", b":"), b"", BODY[:-1], BODY * 2],
    ids=["mark", "newline", "spaces", "empty", "short", "double"],
)
def test_the_bytes_are_signed_and_not_what_they_mean(body: bytes) -> None:
    assert not is_let_in(signed(), body)
    assert not is_let_in({"x-webhook-signature": signed()["X-Webhook-Signature"]}, body)


@pytest.mark.parametrize("form", ["standard", "plain"])
def test_ten_thousand_mutations_are_all_refused(form: str) -> None:
    chance = random.Random(20250115)
    everything = raw(signed())
    plain = [pair for pair in everything if pair[0] == b"x-webhook-signature"]
    standard = [pair for pair in everything if pair[0] != b"x-webhook-signature"]
    good = plain if form == "plain" else standard
    assert is_let_in(good)
    let_in = 0
    for _ in range(10_000):
        headers, body = mutated(good, BODY, chance)
        let_in += is_let_in(headers, body)
    assert let_in == 0


def mutated(headers: Raw, body: bytes, chance: random.Random) -> tuple[Raw, bytes]:
    """One small change, in the body or in the value of one header."""
    place = chance.randrange(len(headers) + 1)
    if place == len(headers):
        return headers, changed(body, chance)
    name, value = headers[place]
    return [*headers[:place], (name, changed(value, chance)), *headers[place + 1 :]], body


def changed(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a bit flipped, or a byte dropped, doubled, inserted or swapped."""
    at = chance.randrange(len(data))
    other = bytes([chance.randrange(256)])
    result = chance.choice(
        [
            data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[: at + 1] + data[at:],
            data[:at] + other + data[at:],
            data[:at][::-1] + data[at:],
        ]
    )
    return result if result != data else data + other


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "whsec_ä"])
def test_a_secret_that_anybody_could_know_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError):
        checked_secret(secret)

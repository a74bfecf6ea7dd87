"""Both signatures, against the published vector and the official package."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from kernel.errors import Invalid
from kernel.outbound.signing import signed_headers
from kernel.signatures import key_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'
OTHER = "whsec_" + "QUFB" * 10


def test_the_published_vector_comes_out() -> None:
    headers = signed_headers([SECRET], webhook_id=MESSAGE, timestamp=1614265330, body=BODY)
    assert headers["webhook-id"] == MESSAGE
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(body=st.text().map(str.encode), secret=st.sampled_from([SECRET, OTHER]))
def test_the_official_package_accepts_it(body: bytes, secret: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = signed_headers([secret], webhook_id="evt-1", timestamp=now, body=body)
    Webhook(secret).verify(body, headers, json_parse=False)


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_while_a_secret_rotates_either_verifies(secret: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = signed_headers([OTHER, SECRET], webhook_id="evt-1", timestamp=now, body=BODY)
    Webhook(secret).verify(BODY, headers)


def test_a_plain_text_is_keyed_by_its_bytes() -> None:
    assert key_of("correct horse") == b"correct horse"


def test_the_plain_header_is_keyed_by_the_whole_text_of_the_newest_secret() -> None:
    headers = signed_headers([SECRET, OTHER], webhook_id="evt-1", timestamp=1, body=BODY)
    expected = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert headers["X-Webhook-Signature"] == f"sha256={expected}"


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_!!!"], [SECRET, ""]])
def test_what_anybody_could_sign_with_signs_nothing(secrets: list[str]) -> None:
    with pytest.raises(Invalid):
        signed_headers(secrets, webhook_id="evt-1", timestamp=1, body=BODY)

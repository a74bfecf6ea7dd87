"""Tokens: only our own, for their use, in their time; every known trick is refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kernel.directory.tokens import API, ISSUER, SESSION, Tokens
from kernel.secrets import Keyring

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
KEYRING = Keyring([OLD])
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEY = KEYRING.subkey("jwt")


def tokens(at: datetime = NOW, keyring: Keyring = KEYRING) -> Tokens:
    return Tokens(keyring, lambda: at)


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(header: Any, claims: Any, key: bytes = KEY) -> str:
    body = f"{encoded(header)}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.new(key, body.encode(), hashlib.sha256).digest())}"


def header(**over: Any) -> dict[str, Any]:
    return {"alg": "HS256", "typ": "handraise+jwt", "kid": KEYRING.current, **over}


def claims(**over: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": API,
        "sub": "p1",
        "tenant": "demo",
        "jti": "t1",
        "iat": now,
        "nbf": now,
        "exp": now + 900,
    }
    return {name: value for name, value in {**good, **over}.items() if value is not ...}


def test_a_token_of_ours_says_whose_it_is() -> None:
    found = tokens().verify(tokens().issue(tenant="demo", person="p1", seconds=60))
    assert found is not None
    assert (found.person, found.tenant, found.audience) == ("p1", "demo", API)
    assert found.expires_at == NOW + timedelta(seconds=60)


def test_a_token_made_by_hand_with_the_key_holds_so_that_the_tricks_below_prove_something() -> None:
    assert tokens().verify(signed(header(), claims())) is not None


def test_no_two_tokens_are_the_same() -> None:
    one, other = (tokens().issue(tenant="demo", person="p1") for _ in range(2))
    assert one != other


def test_a_token_for_one_use_is_none_for_another() -> None:
    session = tokens().issue(tenant="demo", person="p1", audience=SESSION)
    assert tokens().verify(session, SESSION) is not None
    assert tokens().verify(session) is None


@pytest.mark.parametrize(
    ("after_seconds", "holds"), [(-61, False), (-59, True), (0, True), (959, True), (961, False)]
)
def test_a_token_holds_in_its_time_give_or_take_a_minute(after_seconds: int, holds: bool) -> None:
    token = tokens().issue(tenant="demo", person="p1", seconds=900)
    later = tokens(NOW + timedelta(seconds=after_seconds))
    assert (later.verify(token) is not None) is holds


def test_a_key_being_rotated_out_still_verifies_but_no_longer_signs() -> None:
    rotating = Keyring([NEW, OLD])
    old = tokens().issue(tenant="demo", person="p1")
    assert tokens(keyring=rotating).verify(old) is not None
    assert tokens(keyring=Keyring([NEW])).verify(old) is None
    assert tokens().verify(tokens(keyring=rotating).issue(tenant="demo", person="p1")) is None


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
JWK = {"kty": "oct", "k": encoded(b"k" * 32)}


@pytest.mark.parametrize(
    "over",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": ["HS256"]},
        {"alg": None},
        {"typ": "JWT"},
        {"typ": None},
        {"kid": "../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": "https://elsewhere/key"},
        {"kid": None},
        {"kid": [KEYRING.current]},
        {"jwk": JWK},
        {"jku": "https://elsewhere/jwks.json"},
        {"x5u": "https://elsewhere/cert.pem"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
def test_any_other_header_is_refused_even_with_the_right_signature(over: dict[str, Any]) -> None:
    assert tokens().verify(signed(header(**over), claims())) is None


@pytest.mark.parametrize(
    "key",
    [b"", b"secret", b"k" * 32, PUBLIC, OLD, KEYRING.subkey("seal"), Keyring([NEW]).subkey("jwt")],
)
def test_any_other_key_is_refused(key: bytes) -> None:
    assert tokens().verify(signed(header(), claims(), key)) is None


@pytest.mark.parametrize(
    "over",
    [
        {"iss": "other"},
        {"iss": ...},
        {"iss": [ISSUER]},
        {"aud": "other"},
        {"aud": ...},
        {"aud": [API, SESSION]},
        {"sub": ...},
        {"sub": 7},
        {"tenant": ...},
        {"tenant": ["demo"]},
        {"jti": ...},
        {"jti": 7},
        {"exp": ...},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": True},
        {"nbf": int(NOW.timestamp()) + 61},
        {"nbf": ...},
        {"iat": ...},
        {"exp": 2**70},
        {"exp": 2**53 - 1},
    ],
)
def test_any_other_claims_are_refused_even_with_the_right_signature(over: dict[str, Any]) -> None:
    assert tokens().verify(signed(header(), claims(**over))) is None


def doubled(part: dict[str, Any], name: str, value: str) -> bytes:
    return json.dumps(part).encode()[:-1] + f', "{name}": "{value}"}}'.encode()


def test_a_name_given_twice_is_refused() -> None:
    assert tokens().verify(signed(header(), doubled(claims(), "sub", "admin"))) is None
    assert tokens().verify(signed(doubled(header(), "alg", "none"), claims())) is None


GOOD = signed(header(), claims())
_head, _body, _mark = GOOD.split(".")
_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
RESPELLED = _mark[:-1] + _alphabet[_alphabet.index(_mark[-1]) ^ 1]


@pytest.mark.parametrize(
    "spelled",
    [
        "",
        ".",
        "..",
        f"{_head}.{_body}",
        f"{_head}.{_body}.",
        f"{GOOD}.x",
        f"{GOOD}=",
        f" {GOOD}",
        f"{GOOD}\n",
        f"{_head}.{_body}.{RESPELLED}",
        f"{_head}=.{_body}.{_mark}",
        f"{encoded(b'[]')}.{_body}.{_mark}",
        f"{encoded(b'not json')}.{_body}.{_mark}",
        f"\u0430{GOOD[1:]}",
        "A" * 1_000_000,
        ".".join(["A" * 300_000] * 3),
        encoded({"payload": _body, "protected": _head, "signature": _mark}),
    ],
)
def test_any_other_spelling_is_refused(spelled: str) -> None:
    assert tokens().verify(spelled) is None


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_altered_anywhere_is_refused(part: int) -> None:
    parts = GOOD.split(".")
    alter: Callable[[str], str] = lambda c: _alphabet[_alphabet.index(c) ^ 4]  # noqa: E731
    for index, char in enumerate(parts[part]):
        changed = parts[part][:index] + alter(char) + parts[part][index + 1 :]
        assert tokens().verify(".".join([*parts[:part], changed, *parts[part + 1 :]])) is None

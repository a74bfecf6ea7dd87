"""What an OpenID provider may say and is not believed, one lie at a time."""

import base64
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from api.errors import Unauthenticated
from api.identity.openid import Begun, OpenId
from kernel.errors import Misconfigured, Unavailable
from kernel.settings import Settings

ISSUER = "https://id.corp.test"
SETTINGS = Settings(
    oidc_issuer=ISSUER,
    oidc_client_id="handraise",
    oidc_client_secret="a secret of sixteen bytes or more",
    oidc_tenant="demo",
    oidc_groups_claim="groups",
    public_url="https://hand.test",
)
BEGUN = Begun(url="", state="s", nonce="n0nce", verifier="v" * 43)
KEY = RSAKey.generate_key(2048, auto_kid=True)
OTHER = RSAKey.generate_key(2048, auto_kid=True)


def claims(**over: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": "handraise",
        "sub": "kim",
        "exp": now + 300,
        "iat": now,
        "nonce": BEGUN.nonce,
        "email": "kim@corp.test",
        "email_verified": True,
        "name": "Kim",
    } | over
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: RSAKey = KEY, alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": key.kid}, said, key, algorithms=[alg])


@dataclass
class Provider:
    """A provider that says just what a test wants; it counts who asks for its keys."""

    token: str = ""
    about: dict[str, Any] = field(default_factory=dict[str, Any])
    userinfo: dict[str, Any] = field(default_factory=dict[str, Any])
    keys: list[Any] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    key_calls: int = 0
    token_status: int = 200

    def answer(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                found = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"} | {
                    f"{name}_endpoint": f"{ISSUER}/{name}"
                    for name in ("authorization", "token", "userinfo")
                }
                return httpx.Response(200, json=found | self.about)
            case "/jwks":
                self.key_calls += 1
                return httpx.Response(200, json={"keys": self.keys})
            case "/token":
                given = {"id_token": self.token, "access_token": "at", "token_type": "Bearer"}
                return httpx.Response(self.token_status, json=given)
            case "/userinfo":
                return httpx.Response(200, json=self.userinfo)
            case _:
                return httpx.Response(404)

    def open_id(self, settings: Settings = SETTINGS) -> OpenId:
        return OpenId(settings, httpx.MockTransport(self.answer))


async def test_who_is_vouched_for_is_who_came() -> None:
    provider = Provider(signed(claims(groups=["a", 1, "b"])))
    came = await provider.open_id().finish("code", BEGUN)
    assert (came.who.issuer, came.who.subject, came.who.email, came.who.name) == (
        ISSUER,
        "kim",
        "kim@corp.test",
        "Kim",
    )
    assert came.groups == ("a", "b")


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://id.evil.test"},
        {"aud": "another"},
        {"aud": ["handraise", "another"]},
        {"aud": ["handraise", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": None},
        {"sub": None},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": 7},
    ],
    # Two of them hold a time, and workers must agree on names.
    ids="-".join,
)
async def test_a_claim_that_does_not_fit_is_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await Provider(signed(claims(**lie))).open_id().finish("code", BEGUN)


def unsigned() -> str:
    """What the provider says, with a header that calls for no signature."""
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{header}.{signed(claims()).split('.')[1]}."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no.token",
        signed(claims(), OTHER),
        # With what the provider's public key is made of, as a secret that all know.
        jwt.encode(
            {"alg": "HS256", "kid": KEY.kid},
            claims(),
            OctKey.import_key(str(KEY.as_dict(private=False)["n"])),
        ),
        jwt.encode(
            {"alg": "HS256"}, claims(), OctKey.import_key("a secret of sixteen bytes or more")
        ),
        jwt.encode({"alg": "ES256"}, claims(), ECKey.generate_key("P-256")),
        unsigned(),
    ],
)
async def test_a_token_that_is_not_signed_by_the_provider_is_not_believed(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await Provider(token).open_id().finish("code", BEGUN)


async def test_keys_are_looked_at_anew_for_a_new_one_but_not_for_every_lie() -> None:
    provider = Provider(signed(claims()))
    open_id = provider.open_id()
    await open_id.finish("code", BEGUN)
    provider.keys, provider.token = [OTHER.as_dict(private=False)], signed(claims(), OTHER)
    await open_id.finish("code", BEGUN)
    provider.token = signed(claims(), KEY)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await open_id.finish("code", BEGUN)
    assert provider.key_calls == 2


async def test_an_address_may_come_from_the_userinfo_of_the_same_person_only() -> None:
    bare = signed(claims(email=None, email_verified=None))
    info = {"sub": "kim", "email": "kim@corp.test", "email_verified": True}
    came = await Provider(bare, userinfo=info).open_id().finish("code", BEGUN)
    assert came.who.email == "kim@corp.test"
    with pytest.raises(Unauthenticated):
        await Provider(bare, userinfo=info | {"sub": "lou"}).open_id().finish("code", BEGUN)


async def test_a_provider_that_calls_itself_otherwise_is_not_taken() -> None:
    other = Provider(signed(claims()), about={"issuer": "https://id.evil.test"})
    with pytest.raises(Unavailable):
        await other.open_id().begin()


@pytest.mark.parametrize(("status", "error"), [(400, Unauthenticated), (502, Unavailable)])
async def test_a_code_that_is_refused_lets_nobody_in(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await Provider(token_status=status).open_id().finish("code", BEGUN)


@pytest.mark.parametrize(
    "over",
    [
        {"oidc_client_id": ""},
        {"oidc_tenant": ""},
        {"oidc_issuer": "http://id.corp.test"},
        {"oidc_issuer": "http://127.0.0.1:9", "local": False},
        {"oidc_issuer": "ftp://id.corp.test"},
    ],
)
def test_a_provider_that_is_named_by_half_or_unsafely_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        OpenId.of(SETTINGS.model_copy(update=over))


def test_without_an_issuer_there_is_no_provider() -> None:
    assert OpenId.of(Settings()) is None

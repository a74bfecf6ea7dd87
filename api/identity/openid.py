"""An OpenID provider by which people sign in (OpenID Connect Core 1.0, code flow with PKCE).

The address that it gives must be one that it has verified.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from api.errors import Unauthenticated
from api.identity.id_tokens import IdTokens
from kernel.directory.federated import Identity
from kernel.errors import Misconfigured, Unavailable
from kernel.settings import Settings

SCOPE = "openid email profile"
CALLBACK = "/sign-in/oidc/callback"
ANSWER_SECONDS = 5.0
KEPT_SECONDS = 3600.0
AGAIN_SECONDS = 10.0
_away = (httpx.HTTPError, ValueError)
_refusing = (400, 401, 403)
_loopback = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in that a browser has begun: where it goes, and what only it may know."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Who the provider says came, and the groups that it says they are in."""

    who: Identity
    groups: tuple[str, ...]


class OpenId:
    """The provider that the settings name, and what it told of itself of late."""

    def __init__(
        self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._groups_claim = settings.oidc_groups_claim
        self._redirect = settings.public_url.rstrip("/") + CALLBACK
        self._is_public = not settings.oidc_client_secret
        # As RFC 6749 section 2.3.1 has it.
        self._proof: httpx.Auth = (
            httpx.Auth()
            if self._is_public
            else httpx.BasicAuth(
                quote(settings.oidc_client_id, safe=""), quote(settings.oidc_client_secret, safe="")
            )
        )
        self._http = httpx.AsyncClient(
            timeout=ANSWER_SECONDS, trust_env=False, follow_redirects=False, transport=transport
        )
        self._tokens = IdTokens(self._issuer, self._client_id, self._key_set)
        self._about: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._looked_anew_at = -AGAIN_SECONDS

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The provider, where the settings name one.

        Raises:
            Misconfigured: they name it by half, or by an address that is not safe.
        """
        if not settings.oidc_issuer:
            return None
        if not settings.oidc_client_id or not settings.oidc_tenant:
            raise Misconfigured(
                "HANDRAISE_OIDC_ISSUER needs HANDRAISE_OIDC_CLIENT_ID and HANDRAISE_OIDC_TENANT"
            )
        address = urlsplit(settings.oidc_issuer)
        nearby = settings.local and address.hostname in _loopback
        if address.scheme != "https" and not (address.scheme == "http" and nearby):
            raise Misconfigured("HANDRAISE_OIDC_ISSUER must be an https:// address")
        return cls(settings)

    async def close(self) -> None:
        """Lets connections go."""
        await self._http.aclose()

    async def begin(self) -> Begun:
        """A sign-in for a browser to begin with.

        Raises:
            Unavailable: the provider is away.
        """
        about = await self._known()
        verifier, nonce, state = generate_token(64), generate_token(32), generate_token(32)
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = add_params_to_uri(str(about["authorization_endpoint"]), list(asked.items()))
        return Begun(url=url, state=state, nonce=nonce, verifier=verifier)

    async def finish(self, code: str, begun: Begun) -> Vouched:
        """Who came back with this code.

        Raises:
            Unauthenticated: the provider does not stand by it, or says too little.
            Unavailable: the provider is away.
        """
        if not code:
            raise Unauthenticated("The provider did not sign you in")
        about = await self._known()
        given = await self._exchanged(str(about["token_endpoint"]), code, begun)
        claims = await self._tokens.claims(str(given.get("id_token", "")), begun.nonce)
        if "email" not in claims and about.get("userinfo_endpoint"):
            claims = {**await self._userinfo(about, given, claims["sub"]), **claims}
        return self._vouched(claims)

    async def _exchanged(self, url: str, code: str, begun: Begun) -> Mapping[str, Any]:
        """The tokens that a code is good for."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": begun.verifier,
            "redirect_uri": self._redirect,
        }
        if self._is_public:
            sent["client_id"] = self._client_id
        try:
            answered = await self._http.post(url, data=sent, auth=self._proof)
        except httpx.HTTPError as error:
            raise _gone() from error
        if answered.status_code in _refusing:
            raise Unauthenticated("The provider does not stand by this sign-in; begin it again")
        return _object(answered)

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        email, name = claims.get("email"), claims.get("name")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise Unauthenticated("The provider has not verified your e-mail address")
        groups: Any = claims.get(self._groups_claim, ()) if self._groups_claim else ()
        return Vouched(
            who=Identity(
                issuer=self._issuer,
                subject=claims["sub"],
                email=email,
                name=name if isinstance(name, str) else "",
            ),
            groups=tuple(filter(_is_text, groups)) if isinstance(groups, Sequence) else (),
        )

    async def _userinfo(
        self, about: Mapping[str, Any], given: Mapping[str, Any], subject: str
    ) -> Mapping[str, Any]:
        found = await self._fetch(
            about["userinfo_endpoint"], {"Authorization": f"Bearer {given['access_token']}"}
        )
        if found.get("sub") != subject:
            raise Unauthenticated("The provider speaks of two people")
        return found

    async def _known(self) -> Mapping[str, Any]:
        if self._about is None or time.monotonic() >= self._about[0] + KEPT_SECONDS:
            found = await self._fetch(
                self._issuer.rstrip("/") + "/.well-known/openid-configuration", {}
            )
            if found.get("issuer") != self._issuer:
                raise Unavailable("The provider calls itself otherwise than the settings do")
            self._about = (time.monotonic(), found)
        return self._about[1]

    async def _key_set(self, anew: bool) -> KeySet:
        """The provider's keys; `anew` where one was missing, though not for every false token."""
        now = time.monotonic()
        if anew and now >= self._looked_anew_at + AGAIN_SECONDS:
            self._keys, self._looked_anew_at = None, now
        if self._keys is None or now >= self._keys[0] + KEPT_SECONDS:
            about = await self._known()
            found = await self._fetch(str(about["jwks_uri"]), {})
            self._keys = (now, KeySet.import_key_set(found))  # pyright: ignore[reportArgumentType]
        return self._keys[1]

    async def _fetch(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            return _object(await self._http.get(url, headers=dict(headers)))
        except httpx.HTTPError as error:
            raise _gone() from error


def _object(answered: httpx.Response) -> dict[str, Any]:
    try:
        answered.raise_for_status()
        found = answered.json()
    except _away as error:
        raise _gone() from error
    if not isinstance(found, dict):
        raise _gone()
    return found


def _gone() -> Unavailable:
    return Unavailable("The provider is away; try again in a moment")


def _is_text(value: object) -> bool:
    return isinstance(value, str)

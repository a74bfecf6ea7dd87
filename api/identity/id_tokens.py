"""Judges ID tokens (OpenID Connect Core 1.0, section 3.1.3.7).

What is checked: the signature by a key of the provider (asymmetric algorithms only), `iss`, `aud`
and `azp`, `exp`, `iat`, and the `nonce` of the browser that began.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from api.errors import Unauthenticated

ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512"]
SKEW_SECONDS = 60


class IdTokens:
    """The tokens of one issuer for one client; `keys` gives the issuer's, fresh ones if told so."""

    def __init__(
        self, issuer: str, client_id: str, keys: Callable[[bool], Awaitable[KeySet]]
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys

    async def claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What a token says that was asked for with this nonce.

        Raises:
            Unauthenticated: it does not hold.
            Unavailable: the provider's keys can't be had.
        """
        registry = JWTClaimsRegistry(
            now=int(time.time()),
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            try:
                decoded = jwt.decode(token, await self._keys(False), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                # It may have been signed with a key that is new.
                decoded = jwt.decode(token, await self._keys(True), algorithms=ALGORITHMS)
            registry.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise Unauthenticated("What the provider says of you does not hold") from error
        claims = decoded.claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client_id) != self._client_id:
            raise Unauthenticated("What the provider says of you is meant for another")
        return claims

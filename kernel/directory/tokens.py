"""Tokens of people: short JWTs with one algorithm, one header and one set of claims.

After RFC 7519 and RFC 8725: HS256 with a derived key named by `kid`; `typ`, `iss`, `aud`, `jti`,
`iat`, `nbf` and `exp` are all required, any other header parameter is refused. What a person may
do is not in the token: the directory says it at each use.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from kernel.clock import Clock
from kernel.errors import Invalid
from kernel.ids import new_id
from kernel.secrets import Keyring
from kernel.text import read_json

ALGORITHM = "HS256"
TYPE = "handraise+jwt"
ISSUER = "handraise"
API = "handraise:api"
SESSION = "handraise:session"
ACCESS_SECONDS = 15 * 60
SKEW_SECONDS = 60
MAX_CHARS = 2048
_compact = re.compile(r"[A-Za-z0-9_-]{1,512}\.[A-Za-z0-9_-]{1,1400}\.[A-Za-z0-9_-]{43}")
_purpose = "jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says: whose it is, for which use, and until when.

    `issued_at` is in seconds of Unix time.
    """

    person: str
    tenant: str
    audience: str
    jti: str
    issued_at: int
    expires_at: datetime


class Tokens:
    """Issues and verifies tokens; knows no people."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._clock = clock
        self._current = keyring.current
        self._keys = {
            key_id: OctKey.import_key(keyring.subkey(_purpose, key_id))
            for key_id in keyring.key_ids()
        }

    def issue(
        self, *, tenant: str, person: str, audience: str = API, seconds: int = ACCESS_SECONDS
    ) -> str:
        """A token for a person, valid for so many seconds."""
        now = int(self._clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": person,
            "tenant": tenant,
            "jti": new_id(),
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._current}
        return jwt.encode(header, claims, self._keys[self._current], algorithms=[ALGORITHM])

    def verify(self, token: str, audience: str = API) -> Claims | None:
        """What a token says, if it is ours, for this use, and valid now (60 s of skew)."""
        if len(token) > MAX_CHARS or not _compact.fullmatch(token):
            return None
        header, payload, _ = token.split(".")
        key = self._key(_object(header))
        claims = _object(payload)
        if key is None or claims is None:
            return None
        try:
            jwt.decode(token, key, algorithms=[ALGORITHM])
            self._registry(audience).validate(claims)
            return _claims(claims)
        except (JoseError, ValueError, OverflowError):
            return None

    def _key(self, header: dict[str, Any] | None) -> OctKey | None:
        if header is None or header.keys() != {"alg", "typ", "kid"}:
            return None
        if (
            header["alg"] != ALGORITHM
            or header["typ"] != TYPE
            or not isinstance(header["kid"], str)
        ):
            return None
        return self._keys.get(header["kid"])

    def _registry(self, audience: str) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            tenant={"essential": True},
            jti={"essential": True},
            iat={"essential": True},
            nbf={"essential": True},
            exp={"essential": True},
        )


def _object(segment: str) -> dict[str, Any] | None:
    """The JSON object of a segment; none where a name is doubled or the text re-spelled."""
    try:
        return read_json(urlsafe_b64decode(segment.encode()))
    except (Invalid, ValueError):
        return None


def _claims(claims: dict[str, Any]) -> Claims | None:
    person, tenant, audience = claims["sub"], claims["tenant"], claims["aud"]
    if not all(isinstance(text, str) for text in (person, tenant, audience)):
        return None
    return Claims(
        person=person,
        tenant=tenant,
        audience=audience,
        jti=claims["jti"],
        issued_at=int(claims["iat"]),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )

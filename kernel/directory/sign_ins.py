"""Signed-in people: tokens given out, checked against the directory, and taken back."""

from collections.abc import Callable
from datetime import timedelta

from kernel.clock import Clock
from kernel.directory.cache import ReadThrough
from kernel.directory.person import Person, person_from
from kernel.directory.principals import Auth, Principal
from kernel.directory.store import Store
from kernel.directory.tokens import ACCESS_SECONDS, API, SESSION, Claims, Tokens

_kept_after_expiry = timedelta(days=1)


class SignIns:
    """The sign-ins of people, each a token."""

    def __init__(
        self, store: Store, tokens: Tokens, clock: Clock, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._people = ReadThrough(self._load, now=now)

    def issue(
        self, person: Principal, *, audience: str = API, seconds: int = ACCESS_SECONDS
    ) -> str:
        """A token for a person who proved who they are."""
        return self._tokens.issue(
            tenant=person.tenant, person=person.id, audience=audience, seconds=seconds
        )

    def claims(self, token: str, audience: str = API) -> Claims | None:
        """What a token of ours says; not whether it was taken back."""
        return self._tokens.verify(token, audience)

    async def authenticate(self, token: str, audience: str = API) -> Principal | None:
        """The person whose token this is, with the roles and teams of now.

        None where the token does not hold, was taken back, is from before the last password, or the
        person is not active any more; the latter three within 5 s.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        claims = self._tokens.verify(token, audience)
        if claims is None:
            return None
        found = await self._people.get((claims.tenant, claims.person, claims.jti))
        if found is None:
            return None
        person, tokens_from = found
        if claims.issued_at < tokens_from:
            return None
        return person.principal(Auth.SESSION if audience == SESSION else Auth.JWT)

    async def revoke(self, token: str, audience: str = API) -> None:
        """Takes a token back, however it is spelled; one that does not hold is no matter.

        Raises:
            Unavailable: Postgres is away.
        """
        claims = self._tokens.verify(token, audience)
        if claims is None:
            return
        await self._store.of(claims.tenant).row(
            "WITH outdated AS (DELETE FROM directory.revoked_tokens WHERE expires_at < $3)"
            " INSERT INTO directory.revoked_tokens (jti, expires_at) VALUES ($1, $2)"
            " ON CONFLICT DO NOTHING",
            claims.jti,
            claims.expires_at,
            self._clock() - _kept_after_expiry,
        )
        self._people.forget((claims.tenant, claims.person, claims.jti))

    async def _load(self, key: tuple[str, str, str]) -> tuple[Person, int] | None:
        row = await self._store.of(key[0]).row(
            "SELECT *, CASE WHEN isfinite(tokens_from) THEN"
            " floor(extract(epoch FROM tokens_from))::bigint ELSE 0 END AS tokens_from_second"
            " FROM directory.people WHERE tenant = $1 AND id = $2 AND is_active"
            " AND NOT EXISTS (SELECT FROM directory.revoked_tokens WHERE jti = $3)",
            *key,
        )
        return row and (person_from(row), row["tokens_from_second"])

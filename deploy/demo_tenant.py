"""The tenant that a local stack begins with: an agent's key, a reviewer, and an admin."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from kernel.clock import utc_now
from kernel.directory.directory import Directory
from kernel.directory.principals import Ability, Principal, Role
from kernel.errors import Unreadable
from kernel.settings import Settings
from task_kinds.loader import builtin_kinds

TENANT = "demo"
AGENT = "demo-agent"
REVIEWER = "reviewer@demo.local"
ADMIN = "admin@demo.local"
TOKEN_SECONDS = 30 * 24 * 3600
_renewed_before = timedelta(days=7)


async def demo_variables(
    directory: Directory, settings: Settings, known: Mapping[str, str]
) -> dict[str, str]:
    """The variables of `dev.env`; those known from before stay where they still work.

    Raises:
        Unavailable: Postgres is away.
    """
    teams = await _tenant(directory)
    demo = _Demo(directory, known)
    reviewer = await demo.person("REVIEWER", REVIEWER, (Role.REVIEWER,), teams)
    admin = await demo.person("ADMIN", ADMIN, (Role.LEAD, Role.ADMIN), ())
    return {
        "HANDRAISE_URL": settings.public_url,
        **await demo.key(),
        **reviewer,
        **admin,
        "HANDRAISE_KAFKA": settings.kafka,
        "HANDRAISE_PG_DSN": settings.pg_dsn,
        "HANDRAISE_SECRET_KEY": settings.secret_key,
    }


def sign_in_lines(variables: Mapping[str, str]) -> list[str]:
    """Who may sign in, one a line."""
    people = ("REVIEWER", "ADMIN")
    return [
        f"{variables[f'HANDRAISE_{who}_EMAIL']}  password  {variables[f'HANDRAISE_{who}_PASSWORD']}"
        for who in people
    ]


async def _tenant(directory: Directory) -> list[str]:
    """Makes the tenant with the teams that the built-in kinds name, and gives their names."""
    if await directory.tenants.get(TENANT) is None:
        await directory.tenants.create(tenant=TENANT, name="Demo")
    named = {team for kind in builtin_kinds().values() for team in kind.candidates.teams}
    for team in sorted(named):
        await directory.tenants.create_team(tenant=TENANT, name=team)
    return sorted(named)


class _Demo:
    """The demo's credentials, kept or made."""

    def __init__(self, directory: Directory, known: Mapping[str, str]) -> None:
        self._directory = directory
        self._known = known

    async def key(self) -> dict[str, str]:
        """The agent's key and its signing secret."""
        keys = self._directory.keys
        bearer = self._known.get("HANDRAISE_API_KEY", "")
        agent = await keys.authenticate(bearer)
        if agent is not None and agent.key_id is not None and agent.tenant == TENANT:
            with suppress(Unreadable):
                signing = (await keys.signing_secrets(TENANT, agent.key_id))[0]
                return {"HANDRAISE_API_KEY": bearer, "HANDRAISE_CALLBACK_SECRET": signing}
        issued = await keys.create(tenant=TENANT, owner=AGENT, abilities=tuple(Ability))
        return {
            "HANDRAISE_API_KEY": issued.bearer,
            "HANDRAISE_CALLBACK_SECRET": issued.signing_secret,
        }

    async def person(
        self, who: str, email: str, roles: Sequence[Role], teams: Sequence[str]
    ) -> dict[str, str]:
        """A person's address, password and token."""
        password = self._known.get(f"HANDRAISE_{who}_PASSWORD", "")
        person = await self._directory.people.authenticate(email, password, TENANT)
        kept = self._known.get(f"HANDRAISE_{who}_TOKEN", "")
        if person is None:
            # A new password ends the tokens of before.
            password, kept = secrets.token_urlsafe(12), ""
            person = await self._with_password(email, password, roles, teams)
        return {
            f"HANDRAISE_{who}_EMAIL": email,
            f"HANDRAISE_{who}_PASSWORD": password,
            f"HANDRAISE_{who}_TOKEN": await self._token(kept, person),
        }

    async def _with_password(
        self, email: str, password: str, roles: Sequence[Role], teams: Sequence[str]
    ) -> Principal:
        people = self._directory.people
        there = {one.email: one.id for one in await people.every(TENANT)}
        if email in there:
            await people.change(TENANT, there[email], password=password, is_active=True)
        else:
            await people.create(
                tenant=TENANT,
                email=email,
                name=email.partition("@")[0].capitalize(),
                password=password,
                roles=roles,
                teams=teams,
            )
        person = await people.authenticate(email, password, TENANT)
        assert person is not None
        return person

    async def _token(self, token: str, person: Principal) -> str:
        """The person's token, or a new one where it does not hold, or not for long."""
        sign_ins = self._directory.sign_ins
        claims, holder = sign_ins.claims(token), await sign_ins.authenticate(token)
        if claims is not None and holder is not None and holder.id == person.id:
            left = claims.expires_at - utc_now()
            if left > _renewed_before:
                return token
        return sign_ins.issue(person, seconds=TOKEN_SECONDS)

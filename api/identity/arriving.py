"""Lets in who comes by the OpenID provider, as the settings say."""

from collections.abc import Mapping, Sequence

from api.errors import Unauthenticated
from api.identity.openid import Vouched
from api.identity.signing_in import signed_in
from kernel.directory.directory import Directory
from kernel.directory.person import Person
from kernel.directory.principals import Auth, Principal
from kernel.directory.staff import Change, LastAdmin
from kernel.directory.store import Deed
from kernel.errors import HandraiseError
from kernel.settings import Settings
from kernel.telemetry import logger

log = logger()


async def arrive(
    directory: Directory, settings: Settings, came: Vouched, address: str
) -> Principal:
    """The person whom the provider vouches for; one who is new is let in if the settings say so.

    Raises:
        Unauthenticated: there is no such active person here.
        Unavailable: the directory is away.
    """
    try:
        person = await _person(directory, settings, came, address)
        person = await _as_grouped(directory, settings, person, came.groups, address)
    except Unauthenticated as error:
        detail = {"by": "oidc", "why": str(error)}
        await directory.audit.refused_sign_in(came.who.email, address, detail)
        raise
    principal = person.principal(Auth.SESSION)
    await signed_in(directory, principal, address, "oidc")
    return principal


async def _person(directory: Directory, settings: Settings, came: Vouched, address: str) -> Person:
    domain = came.who.email.rpartition("@")[2].lower()
    if settings.oidc_domains and domain not in map(str.lower, settings.oidc_domains):
        raise Unauthenticated(f"Addresses at {domain} are not let in here")
    tenant = settings.oidc_tenant
    person = await directory.federated.find(tenant, came.who)
    if person is None and settings.oidc_provision:
        deed = Deed(
            actor="oidc",
            action="person_created",
            address=address,
            detail={"by": settings.oidc_issuer},
        )
        try:
            person = await directory.federated.join(tenant, came.who, settings.oidc_roles, (), deed)
        except HandraiseError as error:
            raise Unauthenticated(str(error)) from error
    if person is None or not person.is_active:
        raise Unauthenticated("You have no account here; ask your admin to invite you")
    return person


async def _as_grouped(
    directory: Directory,
    settings: Settings,
    person: Person,
    groups: Sequence[str],
    address: str,
) -> Person:
    """The person with the roles and teams of their groups, where those say so."""
    if not settings.oidc_groups_claim:
        return person
    roles = _of_groups(settings.oidc_group_roles, groups) or settings.oidc_roles
    known = await directory.tenants.teams(person.tenant)
    teams = [team for team in _of_groups(settings.oidc_group_teams, groups) if team in known]
    if set(roles) == set(person.roles) and set(teams) == set(person.teams):
        return person
    deed = Deed(
        actor="oidc",
        action="person_changed",
        address=address,
        detail={"roles": list(roles), "teams": teams, "groups": list(groups)},
    )
    by = person.principal(Auth.SESSION)
    try:
        return await directory.staff.change(
            person.tenant, person.id, Change(roles=roles, teams=teams), by=by, deed=deed
        )
    except LastAdmin:
        log.warning("the last admin keeps the role whatever the groups say", person=person.id)
        return person


def _of_groups(table: Mapping[str, Sequence[str]], groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for group in groups for word in table.get(group, ())))

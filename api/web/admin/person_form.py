"""The form of what a person may do: roles and teams as boxes, limited roles as lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from api.calls import caller_of
from api.door import door_of
from api.identity.roles import named_roles
from api.web.admin.role_words import MEANS, split_roles, words_of
from api.web.filling import Sheet, lines_of, picked
from kernel.directory.principals import Role

ROLE, TEAM = "role.", "team."


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What can be chosen: roles with what they mean, and teams with their titles, by name."""

    roles: Mapping[str, str]
    teams: Mapping[str, str]


async def offered(request: Request) -> Offered:
    """What the caller's tenant has to choose from.

    Raises:
        Unavailable: the directory is away.
    """
    directory, tenant = door_of(request).directory, caller_of(request).tenant
    kinds = await directory.kinds.every(tenant)
    names = [*Role, *sorted(set[str]().union(*map(named_roles, kinds)) - set(MEANS))]
    return Offered(
        roles={str(name): words_of(name) for name in names},
        teams=await directory.tenants.teams(tenant),
    )


def rights_of(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """The roles and teams that a form that came back means."""
    roles = [*picked(fields, ROLE), *lines_of(fields.get("roles", ""))]
    return {"roles": list(dict.fromkeys(roles)), "teams": picked(fields, TEAM)}


def rights_sheet(choice: Offered, roles: Sequence[str], teams: Sequence[str], **rest: Any) -> Sheet:
    """Roles and teams as they stand in the form, beside other fields."""
    boxes, written = split_roles(roles, choice.roles)
    values = {f"{ROLE}{name}": "1" for name in boxes} | {f"{TEAM}{name}": "1" for name in teams}
    return Sheet(values=values | {"roles": "\n".join(written), **rest})

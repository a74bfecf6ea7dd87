"""The bodies with which admins change who may do what, strict and bounded as all others."""

from typing import Annotated, TypeAlias

from pydantic import Field

from kernel.directory.principals import Ability
from kernel.question import Input, Line, Name, Text

WEEK_SECONDS = 7 * 24 * 3600
Email: TypeAlias = Annotated[Text, Field(min_length=3, max_length=254)]
RoleText: TypeAlias = Annotated[Text, Field(min_length=1, max_length=400)]
Roles: TypeAlias = Annotated[list[RoleText], Field(max_length=50)]
Teams: TypeAlias = Annotated[list[Name], Field(max_length=50)]
AbilityWord: TypeAlias = Annotated[Ability, Field(strict=False)]


class PersonInput(Input):
    """A new person; they get a password by an invitation, or come by the OpenID provider."""

    email: Email
    name: Line
    roles: Roles = Field(default=["reviewer"])
    teams: Teams = Field(default=[])


class PersonChangeInput(Input):
    """What becomes of a person; what is left out stays."""

    name: Line | None = None
    roles: Roles | None = None
    teams: Teams | None = None
    is_active: bool | None = Field(
        default=None, description="False signs out at once, and gives back what they hold."
    )


class TeamInput(Input):
    """A new team; the title is what people read."""

    name: Name
    title: Line


class TeamChangeInput(Input):
    """Another title."""

    title: Line


class KeyInput(Input):
    """A new API key; keys of one owner act for the same agent."""

    owner: Line
    abilities: Annotated[list[AbilityWord], Field(max_length=20)]
    act_for: Annotated[list[Name], Field(max_length=1000)] | None = Field(
        default=None, description="Ids of the people whom the owner's keys may speak for."
    )


class RotateInput(Input):
    """For how long the key from before still holds."""

    keep_seconds: Annotated[int, Field(ge=0, le=WEEK_SECONDS)] = 24 * 3600


class ActForInput(Input):
    """Ids of the people whom the owner's keys may speak for, and nobody else."""

    people: Annotated[list[Name], Field(max_length=1000)]


class InvitationInput(Input):
    """Who is asked to join, and what they will be."""

    email: Email
    name: Annotated[Text, Field(max_length=255)] = ""
    roles: Roles = Field(default=["reviewer"])
    teams: Teams = Field(default=[])


class PasswordInput(Input):
    """One's own password: the one of now, and the one to come."""

    password: Annotated[Text, Field(min_length=1, max_length=1024, repr=False)]
    new_password: Annotated[Text, Field(min_length=1, max_length=1024, repr=False)]

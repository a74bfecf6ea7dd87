"""Who speaks: the party that a credential stands for, and what it is called in a command."""

from dataclasses import dataclass
from enum import StrEnum

from event_schemas.types import Actor, ActorKind


class Role(StrEnum):
    """What a person of a tenant is there for; a tenant may have others, which only kinds name."""

    REQUESTER = "requester"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ANALYST = "analyst"
    ADMIN = "admin"
    OPERATOR = "operator"


class Ability(StrEnum):
    """What an API key may do; a key has those that it was made with."""

    ASK = "ask"
    """Open requests; revise, extend, reprioritise, comment on and cancel those of its owner."""
    READ = "read"
    """Read the requests of its tenant."""
    REDEEM = "redeem"
    """Spend an approval's receipt."""
    ACT_FOR = "act_for"
    """Read and answer for people of its tenant who are linked to its owner."""
    KINDS = "kinds"
    """Define kinds of its tenant."""


class Auth(StrEnum):
    """How a party proved who it is."""

    API_KEY = "api_key"
    JWT = "jwt"
    SESSION = "session"
    HMAC = "hmac"
    ANSWER_LINK = "answer_link"
    """By a link of ours that only their mailbox had."""
    SLACK = "slack"
    """By a call that Slack signed, as the user who is linked to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The party that a credential stands for, as the directory knows it now.

    `id` is a person's id, or the name of a key's owner: it stays when the key is rotated.
    `key_id` is the key that an agent used; `via` the key that speaks for a person (`act_for`).
    People have roles and teams, keys have abilities.
    """

    kind: ActorKind
    id: str
    tenant: str
    name: str
    auth: Auth
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    email: str | None = None
    abilities: tuple[Ability, ...] = ()
    key_id: str | None = None
    via: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether this is a person, not a program."""
        return self.kind is ActorKind.PERSON

    def can(self, ability: Ability) -> bool:
        """Whether this is a key with that ability."""
        return ability in self.abilities

    def has_role(self, *roles: Role) -> bool:
        """Whether this is a person with at least one of the roles, limited to nothing."""
        return any(role in self.roles for role in roles)


def actor_for(principal: Principal, channel: str) -> Actor:
    """The actor that a principal's commands name.

    `channel` is one of api, web, email, slack, sms, kafka, mcp.
    """
    return Actor(
        kind=principal.kind,
        id=principal.id,
        tenant=principal.tenant,
        roles=principal.roles,
        teams=principal.teams,
        on_behalf_of=None,
        via=principal.via,
        auth=principal.auth,
        channel=channel,
    )


def covers(held: str, role: str, kind: str, principal_id: str | None) -> bool:
    """Whether a role that a person holds is this one for a request of this kind and principal.

    `reviewer` holds everywhere, `reviewer:refund` for the kind refund, `reviewer:refund:acme` and
    `reviewer:*:acme` for that principal.
    """
    name, _, scope = held.partition(":")
    of_kind, _, of_principal = scope.partition(":")
    return name == role and of_kind in ("", "*", kind) and of_principal in ("", "*", principal_id)

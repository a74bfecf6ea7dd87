"""The one policy of the front door: which credentials may do what. What is not listed is denied.

This is the first wall. Whether a caller may do it to *this* request (candidates, ownership, no
self-approval) is judged by the request's policy at its one writer, and each query is limited to
the tenant of the credential. A key with the ability `read` reads all requests of its tenant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kernel.directory.principals import Ability, Principal, Role
from kernel.errors import NotAllowed


class Operation(StrEnum):
    """What a caller wants; each route belongs to one."""

    OPEN = "open requests"
    READ = "read requests"
    RESPOND = "answer requests"
    CLAIM = "take requests"
    RELEASE = "give requests back"
    START = "begin to work on requests"
    ASSIGN = "assign requests"
    ESCALATE = "escalate requests"
    COMMENT = "comment on requests"
    EXTEND = "move deadlines"
    REPRIORITISE = "change priorities"
    CANCEL = "cancel requests"
    REVISE = "revise questions"
    REDEEM = "spend approvals"
    BULK = "act on several requests at once"
    ATTACH = "put files in"
    READ_KINDS = "read kinds"
    DEFINE_KINDS = "define kinds"
    REDRIVE = "look after callbacks that did not get through"
    READ_DEAD_LETTERS = "read what could not be handled"
    READ_SELF = "read who they are"
    BE_TOLD = "read what they are told and how"
    CHOOSE = "choose how they are told"
    TELL_TENANT = "choose where the tenant is told"
    INTEGRATE = "connect Slack"
    CHANGE_PASSWORD = "change their own password"  # noqa: S105 - an operation
    MANAGE_PEOPLE = "look after people, teams, keys and invitations"
    READ_AUDIT = "read the audit"
    EXPORT = "carry the history of all requests away"
    READ_RULES = "read standing rules"
    MAKE_RULES = "make and end standing rules"
    READ_LOAD = "read how much each person has to do"
    KEEP_FILTERS = "keep filters of their own"
    FORWARD = "hand requests on"
    READ_DUTY = "read calendars, who is on call and who is away"
    MANAGE_DUTY = "look after calendars, rotas, absences and skills"
    BE_ABSENT = "say when they are away"
    SIMULATE = "foretell what happens if nobody answers"


class People(StrEnum):
    """Which people of a tenant a rule lets through."""

    NOBODY = "nobody"
    WORKING = "all but those who only have roles for reading"
    ALL = "all"


READING_ROLES = frozenset({Role.ANALYST, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may: keys with one of the abilities; these people, and those with one of the roles.

    `in_person`: not by a key that speaks for them, or a key could give itself what it has not.
    """

    abilities: frozenset[Ability] = frozenset()
    people: People = People.NOBODY
    roles: frozenset[Role] = frozenset()
    in_person: bool = False

    def admits(self, principal: Principal) -> bool:
        """Whether this party may."""
        if not principal.is_person:
            return any(principal.can(ability) for ability in self.abilities)
        if self.in_person and principal.via is not None:
            return False
        if principal.has_role(*self.roles) or self.people is People.ALL:
            return True
        names = {role.partition(":")[0] for role in principal.roles}
        only_reads = bool(names) and READING_ROLES.issuperset(names)
        return self.people is People.WORKING and not only_reads


_any_key = frozenset(Ability)
_reviewers = Rule(people=People.WORKING)
_both_sides = Rule(frozenset({Ability.ASK}), People.WORKING)

RULES: Mapping[Operation, Rule] = {
    Operation.OPEN: _both_sides,
    Operation.READ: Rule(frozenset({Ability.READ}), People.ALL),
    Operation.RESPOND: _reviewers,
    Operation.CLAIM: _reviewers,
    Operation.RELEASE: _reviewers,
    Operation.START: _reviewers,
    Operation.ASSIGN: _reviewers,
    Operation.ESCALATE: _reviewers,
    Operation.COMMENT: _both_sides,
    Operation.EXTEND: _both_sides,
    Operation.REPRIORITISE: _both_sides,
    Operation.CANCEL: _both_sides,
    Operation.REVISE: _both_sides,
    Operation.REDEEM: Rule(frozenset({Ability.REDEEM}), People.WORKING),
    # What exactly is then judged by the rule of each action.
    Operation.BULK: _both_sides,
    Operation.ATTACH: _both_sides,
    Operation.READ_KINDS: Rule(_any_key, People.ALL),
    Operation.DEFINE_KINDS: Rule(frozenset({Ability.KINDS}), roles=frozenset({Role.ADMIN})),
    Operation.REDRIVE: Rule(roles=frozenset({Role.ADMIN, Role.OPERATOR})),
    Operation.READ_DEAD_LETTERS: Rule(roles=frozenset({Role.ADMIN, Role.OPERATOR}), in_person=True),
    Operation.READ_SELF: Rule(_any_key, People.ALL),
    Operation.BE_TOLD: Rule(people=People.ALL),
    Operation.CHOOSE: Rule(people=People.ALL, in_person=True),
    Operation.TELL_TENANT: Rule(roles=frozenset({Role.ADMIN}), in_person=True),
    Operation.INTEGRATE: Rule(roles=frozenset({Role.ADMIN}), in_person=True),
    Operation.CHANGE_PASSWORD: Rule(people=People.ALL, in_person=True),
    Operation.MANAGE_PEOPLE: Rule(roles=frozenset({Role.ADMIN}), in_person=True),
    Operation.READ_AUDIT: Rule(roles=frozenset({Role.ADMIN}), in_person=True),
    Operation.EXPORT: Rule(roles=frozenset({Role.ANALYST, Role.ADMIN})),
    Operation.READ_RULES: Rule(people=People.ALL),
    # For which kinds is then judged by the person's roles and the kind.
    Operation.MAKE_RULES: Rule(people=People.WORKING, in_person=True),
    Operation.READ_LOAD: Rule(roles=frozenset({Role.LEAD, Role.ADMIN})),
    Operation.KEEP_FILTERS: Rule(people=People.ALL),
    Operation.FORWARD: _reviewers,
    Operation.READ_DUTY: Rule(people=People.ALL),
    Operation.MANAGE_DUTY: Rule(roles=frozenset({Role.LEAD, Role.ADMIN}), in_person=True),
    Operation.BE_ABSENT: Rule(people=People.ALL, in_person=True),
    Operation.SIMULATE: _both_sides,
}


def admit(principal: Principal, operation: Operation) -> None:
    """Lets a party through to an operation.

    Raises:
        NotAllowed: no rule lets it.
    """
    rule = RULES.get(operation)
    if rule is None or not rule.admits(principal):
        raise NotAllowed(f"This credential may not {operation}")

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
    BULK = "act on several requests at once"
    ATTACH = "put files in"
    READ_KINDS = "read kinds"
    DEFINE_KINDS = "define kinds"
    REDRIVE = "look after callbacks that did not get through"
    READ_SELF = "read who they are"


class People(StrEnum):
    """Which people of a tenant a rule lets through."""

    NOBODY = "nobody"
    WORKING = "all but those who only have roles for reading"
    ALL = "all"


READING_ROLES = frozenset({Role.ANALYST, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may: keys with one of the abilities; these people, and those with one of the roles."""

    abilities: frozenset[Ability] = frozenset()
    people: People = People.NOBODY
    roles: frozenset[Role] = frozenset()

    def admits(self, principal: Principal) -> bool:
        """Whether this party may."""
        if not principal.is_person:
            return any(principal.can(ability) for ability in self.abilities)
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
    # What exactly is then judged by the rule of each action.
    Operation.BULK: _both_sides,
    Operation.ATTACH: _both_sides,
    Operation.READ_KINDS: Rule(_any_key, People.ALL),
    Operation.DEFINE_KINDS: Rule(frozenset({Ability.KINDS}), roles=frozenset({Role.ADMIN})),
    Operation.REDRIVE: Rule(roles=frozenset({Role.ADMIN, Role.OPERATOR})),
    Operation.READ_SELF: Rule(_any_key, People.ALL),
}


def admit(principal: Principal, operation: Operation) -> None:
    """Lets a party through to an operation.

    Raises:
        NotAllowed: no rule lets it.
    """
    rule = RULES.get(operation)
    if rule is None or not rule.admits(principal):
        raise NotAllowed(f"This credential may not {operation}")

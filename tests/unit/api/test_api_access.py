"""Who may do what: one table, closed by default, and no route outside it."""

import pytest

from api.identity.access import RULES, Operation, admit
from event_schemas.types import ActorKind
from kernel.directory.principals import Ability, Auth, Principal, Role
from kernel.errors import NotAllowed

READS = {Operation.READ, Operation.READ_KINDS, Operation.READ_SELF}
ASKS = {
    Operation.OPEN,
    Operation.COMMENT,
    Operation.EXTEND,
    Operation.REPRIORITISE,
    Operation.CANCEL,
    Operation.REVISE,
    Operation.BULK,
    Operation.ATTACH,
}
ANSWERS = {
    Operation.RESPOND,
    Operation.CLAIM,
    Operation.RELEASE,
    Operation.START,
    Operation.ASSIGN,
    Operation.ESCALATE,
}
SELF = {Operation.READ_SELF, Operation.READ_KINDS}


def person(*roles: str) -> Principal:
    return Principal(
        kind=ActorKind.PERSON, id="kim", tenant="demo", name="Kim", auth=Auth.JWT, roles=roles
    )


def key(*abilities: Ability) -> Principal:
    return Principal(
        kind=ActorKind.AGENT,
        id="agents/review",
        tenant="demo",
        name="key",
        auth=Auth.API_KEY,
        abilities=abilities,
        key_id="k1",
    )


def allowed(principal: Principal) -> set[Operation]:
    def may(operation: Operation) -> bool:
        try:
            admit(principal, operation)
        except NotAllowed:
            return False
        return True

    return {operation for operation in Operation if may(operation)}


def test_every_operation_has_a_rule() -> None:
    assert set(RULES) == set(Operation)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (key(), set()),
        (key(Ability.ASK), ASKS | SELF),
        (key(Ability.READ), {Operation.READ} | SELF),
        (key(Ability.ASK, Ability.READ), ASKS | READS),
        (key(Ability.KINDS), SELF | {Operation.DEFINE_KINDS}),
        (key(Ability.ACT_FOR), SELF),
        (person(), READS | ASKS | ANSWERS),
        (person(Role.REVIEWER), READS | ASKS | ANSWERS),
        (person("dba"), READS | ASKS | ANSWERS),
        (person(Role.ANALYST), READS),
        (person(Role.ANALYST, Role.OPERATOR), READS | {Operation.REDRIVE}),
        (person("analyst:refund"), READS),
        (person(Role.ANALYST, Role.REVIEWER), READS | ASKS | ANSWERS),
        (person(Role.ADMIN), set(Operation)),
        (person("admin:refund"), set(Operation) - {Operation.DEFINE_KINDS, Operation.REDRIVE}),
    ],
    ids=lambda value: (
        "+".join(map(str, value.abilities or value.roles or ("nothing",)))
        if isinstance(value, Principal)
        else ""
    ),
)
def test_the_table_says_who_may_do_what(principal: Principal, expected: set[Operation]) -> None:
    assert allowed(principal) == expected


def test_a_key_with_a_persons_role_is_still_a_key() -> None:
    pretender = Principal(
        kind=ActorKind.AGENT,
        id="agents/review",
        tenant="demo",
        name="key",
        auth=Auth.API_KEY,
        roles=(Role.ADMIN,),
    )
    assert allowed(pretender) == set()

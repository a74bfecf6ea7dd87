"""Who may do what: one table, closed by default, and no route outside it."""

from dataclasses import replace

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
    Operation.SIMULATE,
}
ANSWERS = {
    Operation.RESPOND,
    Operation.CLAIM,
    Operation.RELEASE,
    Operation.START,
    Operation.ASSIGN,
    Operation.ESCALATE,
    Operation.FORWARD,
    Operation.MAKE_RULES,
    Operation.REDEEM,
}
SELF = {Operation.READ_SELF, Operation.READ_KINDS}
OWN = {
    Operation.CHANGE_PASSWORD,
    Operation.KEEP_FILTERS,
    Operation.READ_RULES,
    Operation.BE_TOLD,
    Operation.CHOOSE,
    Operation.READ_DUTY,
    Operation.BE_ABSENT,
}


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
        (key(Ability.REDEEM), SELF | {Operation.REDEEM}),
        (key(Ability.KINDS), SELF | {Operation.DEFINE_KINDS}),
        (key(Ability.ACT_FOR), SELF),
        (person(), READS | ASKS | ANSWERS | OWN),
        (person(Role.REVIEWER), READS | ASKS | ANSWERS | OWN),
        (person("dba"), READS | ASKS | ANSWERS | OWN),
        (person(Role.ANALYST), READS | OWN | {Operation.EXPORT}),
        (
            person(Role.ANALYST, Role.OPERATOR),
            READS | OWN | {Operation.REDRIVE, Operation.READ_DEAD_LETTERS, Operation.EXPORT},
        ),
        (person("analyst:refund"), READS | OWN),
        (
            person(Role.ANALYST, Role.REVIEWER),
            READS | ASKS | ANSWERS | OWN | {Operation.EXPORT},
        ),
        (person(Role.ADMIN), set(Operation)),
        (
            person(Role.LEAD),
            READS | ASKS | ANSWERS | OWN | {Operation.READ_LOAD, Operation.MANAGE_DUTY},
        ),
        (
            person("admin:refund"),
            set(Operation)
            - {
                Operation.DEFINE_KINDS,
                Operation.EXPORT,
                Operation.INTEGRATE,
                Operation.MANAGE_DUTY,
                Operation.MANAGE_PEOPLE,
                Operation.READ_AUDIT,
                Operation.READ_DEAD_LETTERS,
                Operation.READ_LOAD,
                Operation.REDRIVE,
                Operation.TELL_TENANT,
            },
        ),
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


def test_a_key_that_speaks_for_an_admin_gives_nobody_rights() -> None:
    by_key = replace(person(Role.ADMIN), auth=Auth.API_KEY, via="k1")
    assert set(Operation) - allowed(by_key) >= {
        Operation.BE_ABSENT,
        Operation.CHANGE_PASSWORD,
        Operation.CHOOSE,
        Operation.INTEGRATE,
        Operation.MANAGE_DUTY,
        Operation.MANAGE_PEOPLE,
        Operation.READ_AUDIT,
        Operation.READ_DEAD_LETTERS,
        Operation.TELL_TENANT,
    }

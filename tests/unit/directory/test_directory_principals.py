"""Principals: what a credential stands for, and what its commands name."""

import pytest

from event_schemas.types import Actor, ActorKind
from kernel.directory.principals import Ability, Auth, Principal, Role, actor_for, covers

ADA = Principal(
    kind=ActorKind.PERSON,
    id="p1",
    tenant="demo",
    name="Ada",
    auth=Auth.JWT,
    roles=("reviewer", "lead:refund"),
    teams=("ops",),
    email="ada@example.com",
)
AGENT = Principal(
    kind=ActorKind.AGENT,
    id="review-agent",
    tenant="demo",
    name="review-agent",
    auth=Auth.API_KEY,
    abilities=(Ability.ASK,),
    key_id="k1",
)


def test_a_person_acts_with_roles_and_teams() -> None:
    assert actor_for(ADA, "web") == Actor(
        kind=ActorKind.PERSON,
        id="p1",
        tenant="demo",
        roles=("reviewer", "lead:refund"),
        teams=("ops",),
        auth="jwt",
        channel="web",
    )


def test_an_agent_acts_under_its_owners_name_whatever_the_key() -> None:
    actor = actor_for(AGENT, "api")
    assert (actor.kind, actor.id, actor.via, actor.auth) == (
        ActorKind.AGENT,
        "review-agent",
        None,
        "api_key",
    )


def test_abilities_are_a_keys_and_roles_a_persons() -> None:
    assert AGENT.can(Ability.ASK)
    assert not AGENT.can(Ability.READ)
    assert ADA.has_role(Role.ADMIN, Role.REVIEWER)
    assert not ADA.has_role(Role.LEAD)
    assert ADA.is_person
    assert not AGENT.is_person


@pytest.mark.parametrize(
    ("held", "kind", "principal", "holds"),
    [
        ("reviewer", "refund", "acme", True),
        ("reviewer:refund", "refund", None, True),
        ("reviewer:refund", "payout", None, False),
        ("reviewer:refund:acme", "refund", "acme", True),
        ("reviewer:refund:acme", "refund", "other", False),
        ("reviewer:refund:acme", "refund", None, False),
        ("reviewer:*:acme", "payout", "acme", True),
        ("lead", "refund", "acme", False),
        ("reviewers", "refund", "acme", False),
    ],
)
def test_a_role_may_be_limited_to_a_kind_and_a_principal(
    held: str, kind: str, principal: str | None, holds: bool
) -> None:
    assert covers(held, "reviewer", kind, principal) is holds

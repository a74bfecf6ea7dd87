"""Roles that admins may give: known ones, and those that a kind asks for, limited sensibly."""

import pytest

from api.identity.roles import check_roles, named_roles
from kernel.errors import Invalid
from task_kinds.loader import builtin_kinds

KINDS = tuple(builtin_kinds().values())


@pytest.mark.parametrize(
    "role",
    [
        "reviewer",
        "admin",
        "reviewer:approval",
        "reviewer:approval:acme",
        "lead:*:acme",
        *sorted({role for kind in KINDS for role in named_roles(kind)}),
    ],
)
def test_a_role_that_means_something_can_be_given(role: str) -> None:
    check_roles([role], KINDS)


@pytest.mark.parametrize(
    "role",
    [
        "",
        "root",
        "Admin",
        "reviewer:",
        "reviewer:nothing",
        "reviewer:approval:",
        "reviewer:approval:acme:eu",
        "reviewer:approval:two words",
        "reviewer :approval",
        "reviewer:approval:a\nb",
    ],
)
def test_a_role_that_means_nothing_is_named(role: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_roles(["reviewer", role], KINDS)
    assert [flaw.pointer for flaw in refused.value.flaws] == ["/roles/1"]

"""Which roles a person may be given: those we know, and those that a kind of the tenant names."""

import re
from collections.abc import Iterable, Sequence

from event_schemas.types import Candidates
from kernel.directory.principals import Role
from kernel.errors import Flaw, Invalid
from task_kinds.kind import Kind

_scope = re.compile(r"(:(\*|[a-z][a-z0-9_]{0,49})(:[^\s:\x00-\x1f\x7f]{1,255})?)?")


def check_roles(roles: Sequence[str], kinds: Iterable[Kind]) -> None:
    """Makes sure that each role means something: `reviewer`, `reviewer:refund:acme`, or alike.

    Raises:
        Invalid: one is none, or limited to what is no kind; the pointers name each.
    """
    kinds = tuple(kinds)
    names = {str(role) for role in Role}.union(*(named_roles(kind) for kind in kinds))
    flaws = [
        Flaw(f"/roles/{place}", detail)
        for place, role in enumerate(roles)
        if (detail := _fault(role, names, {kind.name for kind in kinds}))
    ]
    if flaws:
        raise Invalid(f"{len(flaws)} role(s) can't be given", tuple(flaws))


def named_roles(kind: Kind) -> set[str]:
    """The roles that a kind asks for, anywhere in it."""
    terms = (kind.usual, *kind.priorities.values())
    asked: list[Candidates] = [
        kind.candidates,
        *(stage.candidates for stage in kind.stages),
        *(rung.candidates for one in terms for rung in one.ladder),
    ]
    return {role for candidates in asked for role in candidates.roles}


def _fault(role: str, names: set[str], kinds: set[str]) -> str | None:
    name = role.partition(":")[0]
    scope = role[len(name) :]
    if name not in names:
        return f"there is no such role; known are {', '.join(sorted(names))}"
    if not _scope.fullmatch(scope):
        return "a role is written role, role:kind, role:kind:principal or role:*:principal"
    kind = scope.removeprefix(":").partition(":")[0]
    if kind not in kinds | {"", "*"}:
        return f"there is no kind '{kind}'"
    return None

"""What roles let people do, in words, with what they are limited to."""

from collections.abc import Iterable, Mapping, Sequence

from kernel.directory.principals import Role

MEANS: Mapping[str, str] = {
    Role.REQUESTER: "asks questions and follows their own",
    Role.REVIEWER: "answers questions",
    Role.LEAD: "answers, takes over what others hold, and sees the team's load",
    Role.ANALYST: "reads all requests and their history, and answers none",
    Role.ADMIN: "looks after people, teams, keys, kinds and deliveries",
    Role.OPERATOR: "looks after deliveries and dead letters, and answers none",
}
_by_kinds = "is asked where a kind says so"


def words_of(role: str) -> str:
    """A role in words: "answers questions, only of the kind refund about acme"."""
    name, _, scope = role.partition(":")
    kind, _, principal = scope.partition(":")
    limits = ([f"of the kind {kind}"] if kind not in {"", "*"} else []) + (
        [f"about {principal}"] if principal not in {"", "*"} else []
    )
    means = MEANS.get(name, _by_kinds)
    return f"{means}, only {' '.join(limits)}" if limits else means


def split_roles(roles: Sequence[str], known: Iterable[str]) -> tuple[set[str], list[str]]:
    """The roles that are boxes to tick, and the rest, which is written out."""
    boxes = set(known)
    return {role for role in roles if role in boxes}, [role for role in roles if role not in boxes]

"""Whatever is called, mutated, replayed, crashed or raced: a run for each approval at the most.

The bank writes down what it really did; the town clerk, what people really approved.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from handraise import approval_scope, requires_approval
from handraise.approvals.canonical import canonical
from handraise.errors import HandraiseError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.sdk.approving import Approvals

_values: Final = st.sampled_from([1, 1.5, True, "1", "é", "e\u0301", None, [1], [1, "x"], {"a": 1}])
_keys: Final = st.sampled_from([None, "first", "second"])
_people: Final = st.sampled_from(["bob", "eve"])
_turns: Final = st.lists(st.integers(0, 4), min_size=8, max_size=8)
_picks: Final = st.integers(0, 50)


class Died(BaseException):
    """The process is gone, in the middle of a call."""


class Town(RuleBasedStateMachine):
    """Processes that call a function behind an approval, people who decide, and disorder."""

    def __init__(self) -> None:
        super().__init__()
        self.service = Approvals()
        self.approved = Counter[str]()
        self.ran = Counter[str]()

    def call(self, to: str, what: Any, turns: Iterable[int], *, edits: bool) -> Awaitable[None]:
        """A call by a process of its own, with its own way of taking turns."""
        steps = iter([*turns] * 50)

        @requires_approval(
            self.service.hand(lambda: next(steps)), wait=False, use_edited=edits, name="pay"
        )
        async def pay(to: str, what: Any) -> None:
            self.ran[canonical({"to": to, "what": what})] += 1

        return pay(to, what)

    def run(self, *calls: Callable[[], Awaitable[None]]) -> None:
        """All of them at the same time, each ending as it may."""

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(one() for one in calls), return_exceptions=True)

        for end in asyncio.run(all_of_them()):
            assert end is None or isinstance(end, HandraiseError | Died), end

    @rule(to=_people, what=_values, key=_keys, turns=_turns, edits=st.booleans())
    def calls(self, to: str, what: Any, key: str | None, turns: list[int], edits: bool) -> None:
        """One process calls."""
        with approval_scope(key=key):
            self.run(lambda: self.call(to, what, turns, edits=edits))

    @rule(to=_people, what=_values, key=_keys, ways=st.lists(_turns, min_size=2, max_size=4))
    def race(self, to: str, what: Any, key: str | None, ways: list[list[int]]) -> None:
        """Several processes make the same call at the same time."""
        with approval_scope(key=key):
            self.run(*(lambda way=way: self.call(to, what, way, edits=True) for way in ways))

    @rule(to=_people, what=_values, pick=_picks, turns=_turns, edits=st.booleans())
    def borrows(self, to: str, what: Any, pick: int, turns: list[int], edits: bool) -> None:
        """A process makes a call under an approval that may be about another one."""
        ids = [one for one in self.service.requests if one not in self.service.spent]
        good = [one for one in ids if self.service.requests[one]["state"] == "responded"] or ids
        if good:
            with approval_scope(request_id=good[pick % len(good)]):
                self.run(lambda: self.call(to, what, turns, edits=edits))

    @rule(to=_people, key=_keys, turns=_turns)
    def mutates(self, to: str, key: str | None, turns: list[int]) -> None:
        """The argument changes with everything that goes over the wire."""
        basket: list[Any] = [1]
        self.service.before = lambda _method, _path: basket.append("x")
        with approval_scope(key=key):
            self.run(lambda: self.call(to, basket, turns, edits=True))
        self.service.before = lambda _method, _path: None

    @rule(to=_people, what=_values, key=_keys, turns=_turns, verb=st.sampled_from(["", "redeem"]))
    def dies(self, to: str, what: Any, key: str | None, turns: list[int], verb: str) -> None:
        """A process ends when the service has done what it was asked, and nobody told it."""

        def die(method: str, path: str) -> None:
            if method == "POST" and path.endswith(verb):
                raise Died

        self.service.after = die
        with approval_scope(key=key):
            self.run(lambda: self.call(to, what, turns, edits=True))
        self.service.after = lambda _method, _path: None

    @rule(lost=st.integers(1, 3))
    def cuts(self, lost: int) -> None:
        """The next replies are lost on their way."""
        self.service.replies_to_lose = lost

    @rule(pick=_picks, decision=st.sampled_from(["approve", "reject", "request_changes"]))
    def decides(self, pick: int, decision: str) -> None:
        """Somebody decides."""
        if (open_one := self.undecided(pick)) is not None:
            self.service.decide(open_one, decision)
            if decision == "approve":
                arguments = self.service.requests[open_one]["context"]["arguments"]
                self.approved[canonical(arguments)] += 1

    @rule(pick=_picks, what=_values)
    def edits(self, pick: int, what: Any) -> None:
        """Somebody approves something else."""
        if (open_one := self.undecided(pick)) is not None:
            self.service.edit(open_one, what=what)
            arguments = self.service.requests[open_one]["context"]["arguments"]
            self.approved[canonical({**arguments, "what": what})] += 1

    @rule(is_expired=st.booleans())
    def ages(self, is_expired: bool) -> None:
        """Receipts run out."""
        self.service.is_expired = is_expired

    @invariant()
    def nothing_ran_that_was_not_approved_and_nothing_more_often(self) -> None:
        """The town's law."""
        assert self.ran <= self.approved, self.ran - self.approved

    def undecided(self, pick: int) -> str | None:
        """One of those that nobody has decided."""
        requests = self.service.requests
        ids = [one for one, found in requests.items() if found["state"] == "pending"]
        return ids[pick % len(ids)] if ids else None


Town.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestNothingRunsWithoutItsApproval = Town.TestCase

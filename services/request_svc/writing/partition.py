"""The confirmed state of a partition: the fold of its admitted entries, true whoever wrote them."""

import heapq
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from event_schemas.catalog import words
from event_schemas.types import Entry, Policy, Rebase, RequestState, Seen, Skip
from kernel.chain import Admitted, Head
from kernel.codec import read_body
from kernel.request.model import Request
from services.request_svc.writing.effect import Effect, Step, effect_of, gone_at

DECODED_REQUESTS = 1024
NO_COMMAND = "\0"


class Forget(IntEnum):
    """What an expiry forgets."""

    OUTCOME = 0
    STUB = 1


Expiry = tuple[datetime, Forget, str]


@dataclass(frozen=True, slots=True)
class LastCommand:
    """The last offset of C that the log speaks of, to be compared with what C holds there.

    `mark` is the command's id, or the SHA-256 of its bytes in hex where its entry names none, or
    `NO_COMMAND` where a skip passed over it.
    """

    offset: int
    mark: str


def last_command_of(admitted: Admitted) -> LastCommand | None:
    """What the record says of C; nothing, where an operator had to say how it goes on."""
    match admitted.payload:
        case Entry() as entry:
            mark = entry.command_id or (entry.command_digest or b"").hex()
            return LastCommand(admitted.command_offset, mark)
        case Skip():
            return LastCommand(admitted.after.next_command_offset - 1, NO_COMMAND)
        case Rebase():
            return None


@dataclass(frozen=True, slots=True)
class Applied:
    """An admitted record and what it did: its steps, and the request after all of them.

    `request` is None where the record names no request that is held for its tenant.
    """

    admitted: Admitted
    steps: tuple[Step, ...]
    request: Request | None


@dataclass(slots=True)
class Contents:
    """What a partition holds at a head. States are encoded; `expiries` is a heap by log time."""

    head: Head
    last_command: LastCommand | None = None
    requests: dict[str, bytes] = field(default_factory=dict[str, bytes])
    policies: dict[str, Policy] = field(default_factory=dict[str, Policy])
    sharing: dict[str, int] = field(default_factory=dict[str, int])
    seen: dict[str, Seen] = field(default_factory=dict[str, Seen])
    expiries: list[Expiry] = field(default_factory=list[Expiry])

    def copy(self) -> "Contents":
        """A shallow copy; what it refers to never changes."""
        return Contents(
            self.head,
            self.last_command,
            self.requests.copy(),
            self.policies.copy(),
            self.sharing.copy(),
            self.seen.copy(),
            self.expiries.copy(),
        )


class Partition:
    """The fold itself. Decoded requests are cached, which changes no result."""

    def __init__(self, held: Contents) -> None:
        self._held = held
        self._decoded: OrderedDict[str, Request] = OrderedDict()
        self._state_word = words()[RequestState.SCHEMA]

    @classmethod
    def empty(cls, genesis: Head) -> "Partition":
        """A partition before its first entry."""
        return cls(Contents(genesis))

    @property
    def head(self) -> Head:
        """The head of the last record folded in."""
        return self._held.head

    @property
    def held(self) -> int:
        """How many requests it holds, stubs included."""
        return len(self._held.requests)

    @property
    def last_command(self) -> LastCommand | None:
        """The last offset of C that is spoken of; None before the first and after a rebase."""
        return self._held.last_command

    def request(self, request_id: str) -> Request | None:
        """The request as of the head, or None if it is unknown or its stub is gone."""
        known = self._decoded.get(request_id)
        if known is not None:
            return known
        encoded = self._held.requests.get(request_id)
        if encoded is None:
            return None
        state: RequestState = read_body(self._state_word, encoded)
        request = Request(state, self._held.policies[state.policy_id])
        self._cache(request_id, request)
        return request

    def outcome(self, command_id: str) -> Seen | None:
        """The first outcome of a command that is still remembered as of the head."""
        return self._held.seen.get(command_id)

    def apply(self, admitted: Admitted) -> Applied:
        """Folds in the next admitted record (its `before` is this head).

        Raises:
            Unreadable: it holds an event that this release does not know; stop.
        """
        return self.commit(admitted, effect_of(self, admitted.payload, admitted.hash))

    def commit(self, admitted: Admitted, effect: Effect) -> Applied:
        """As `apply`, where the effect of the record on this head is known already."""
        held = self._held
        held.head = admitted.after
        held.last_command = last_command_of(admitted)
        if effect.request is not None and effect.state is not None:
            self._keep(effect.request, effect.state, effect)
        if effect.seen is not None:
            held.seen[effect.seen.command_id] = effect.seen
            expiry = (effect.seen.until, Forget.OUTCOME, effect.seen.command_id)
            heapq.heappush(held.expiries, expiry)
        self._forget(admitted.after.at)
        return Applied(admitted, effect.steps, effect.request)

    def snapshot(self) -> Contents:
        """A shallow copy, to be dumped elsewhere (another thread) while the fold goes on."""
        return self._held.copy()

    def _keep(self, request: Request, encoded: bytes, effect: Effect) -> None:
        held, state = self._held, request.state
        if effect.opened:
            policy = held.policies.setdefault(state.policy_id, request.policy)
            held.sharing[state.policy_id] = held.sharing.get(state.policy_id, 0) + 1
            request = Request(state, policy)
        held.requests[state.request_id] = encoded
        self._cache(state.request_id, request)
        gone = gone_at(state)
        if effect.closed and gone is not None:
            heapq.heappush(held.expiries, (gone, Forget.STUB, state.request_id))

    def _cache(self, request_id: str, request: Request) -> None:
        self._decoded[request_id] = request
        self._decoded.move_to_end(request_id)
        if len(self._decoded) > DECODED_REQUESTS:
            self._decoded.popitem(last=False)

    def _forget(self, at: datetime) -> None:
        expiries = self._held.expiries
        while expiries and expiries[0][0] <= at:
            _, what, name = heapq.heappop(expiries)
            if what is Forget.OUTCOME:
                del self._held.seen[name]
            else:
                self._drop(name)

    def _drop(self, request_id: str) -> None:
        held, request = self._held, self.request(request_id)
        assert request is not None
        policy_id = request.state.policy_id
        del held.requests[request_id]
        self._decoded.pop(request_id, None)
        held.sharing[policy_id] -= 1
        if held.sharing[policy_id] == 0:
            del held.sharing[policy_id], held.policies[policy_id]

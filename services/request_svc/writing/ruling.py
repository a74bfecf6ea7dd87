"""Rules on one command: is it ours, is it a repeat, is it too old, and what does it come to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from event_schemas.types import COMMANDS, Command, CommandBody, Open, Refusal, RefusalReason
from kernel.codec import decode
from kernel.errors import Unreadable
from kernel.request.instants import later
from kernel.request.model import Request
from kernel.topics import partition_for
from services.request_svc.judging.decide import Decided
from services.request_svc.writing.effect import View

KEYED_REMEMBERED_SECONDS = 24 * 3600
# A broker's clock that jumps ahead takes the log's time with it, and outcomes would be forgotten
# that a command still valid by the corrected clock may ask for. The grace covers such a jump;
# beyond it the command is refused, since it can't be told from a repeat.
GRACE_SECONDS = 3600

Decide = Callable[[Command, CommandBody, Request | None, datetime, datetime], Decided]


@dataclass(frozen=True, slots=True)
class Place:
    """Which partition a writer decides, of how many."""

    number: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a command comes to; `body` is None where it can't be read.

    `repeated` says that an earlier outcome is told again, `remembered` that a request remembers
    this one itself.
    """

    body: CommandBody | None
    decided: Decided
    repeated: bool = False
    remembered: bool = False

    @property
    def name(self) -> str:
        """The command's name, empty where its body can't be read."""
        return "" if self.body is None else type(self.body).__name__


def rule(
    view: View, command: Command, received_at: datetime, place: Place, decide: Decide
) -> Ruling:
    """Rules on a command that could be read as such, on the state that `view` shows."""
    body, request = body_of_command(command), view.request(command.request_id)
    opened_before = isinstance(body, Open) and request is not None
    first = view.outcome(command.command_id)
    if first is not None:
        return Ruling(body, Decided((), first.refusal), repeated=True)
    if is_expired(command, received_at, view.head.at):
        decided = turned_down(RefusalReason.EXPIRED, "the command came after its validity ended")
    elif partition_for(command.request_id, place.partitions) != place.number:
        decided = turned_down(RefusalReason.MISROUTED, "the request belongs to another partition")
    elif body is None:
        decided = turned_down(RefusalReason.UNREADABLE, "the command's body holds no command")
    else:
        decided = decide(command, body, request, received_at, max(received_at, view.head.at))
    opens = isinstance(body, Open) and decided.refusal is None
    return Ruling(
        body, decided, repeated=opens and opened_before, remembered=opens or opened_before
    )


def turned_down(reason: RefusalReason, detail: str) -> Decided:
    """Nothing happened, and why."""
    return Decided((), Refusal(reason=reason, detail=detail))


def body_of_command(command: Command) -> CommandBody | None:
    """The command itself, or None where this release can't read it."""
    try:
        body = decode(command.body)
    except Unreadable:
        return None
    return body if isinstance(body, COMMANDS) else None


def is_expired(command: Command, received_at: datetime, head_at: datetime) -> bool:
    """Whether a command came too late, or so late that a first outcome may be forgotten."""
    if command.valid_until is None:
        return False
    return received_at > command.valid_until or (
        head_at >= later(command.valid_until, GRACE_SECONDS)
    )


def remembered_until(command: Command, ruling: Ruling, at: datetime) -> datetime | None:
    """Until when a repeat gets this outcome: that of a keyed call, or of one with a validity.

    A request remembers its opening itself, and tells another question under its key apart. What
    services report is valid for ever and idempotent by its natural key.
    """
    if ruling.repeated or ruling.remembered:
        return None
    valid = None
    if command.valid_until is not None:
        valid = later(command.valid_until, GRACE_SECONDS)
    if command.keyed or isinstance(ruling.body, Open):
        kept = later(at, KEYED_REMEMBERED_SECONDS)
        return kept if valid is None else max(kept, valid)
    return valid

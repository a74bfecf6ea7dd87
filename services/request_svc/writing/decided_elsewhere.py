"""Compares what C shows with what the log says was decided: a C that was cut must not go unnoticed.

Offsets alone don't tell. An entry that was in flight when C lost its tail may land later, and by
then another command may stand at its offset.
"""

from kernel.chain import Admitted
from kernel.errors import CommandsLost
from services.request_svc.writing.partition import LastCommand, last_command_of
from services.request_svc.writing.proposal import CommandRecord, command_of, digest_of

NOTED = 10_000
NOTED_AT_ONCE = 1_000


class DecidedElsewhere:
    """Offsets that others decided or skipped and that C has yet to show; the newest ones."""

    def __init__(self) -> None:
        self._marks: dict[int, str] = {}

    def note(self, admitted: Admitted) -> None:
        """An entry of another writer was admitted."""
        last = last_command_of(admitted)
        if last is None:
            return
        first = max(admitted.command_offset, last.offset + 1 - NOTED_AT_ONCE)
        for offset in range(first, last.offset + 1):
            self._marks[offset] = last.mark
        while len(self._marks) > NOTED:
            del self._marks[next(iter(self._marks))]

    def forget(self) -> None:
        """C is read on from behind all of them."""
        self._marks.clear()

    def compare(self, record: CommandRecord) -> None:
        """C shows one of them.

        Raises:
            CommandsLost: it is another command than the one that was decided.
        """
        mark = self._marks.pop(record.offset, "")
        make_sure_it_is(LastCommand(record.offset, mark), record.value)


def make_sure_it_is(decided: LastCommand, value: bytes | None) -> None:
    """Checks that C holds what was decided at an offset; an empty mark stands for anything.

    Raises:
        CommandsLost: it holds another command.
    """
    if not decided.mark:
        return
    found, digest = command_of(value), digest_of(value).hex()
    named = found is not None and found.command_id == decided.mark
    if not named and digest != decided.mark:
        raise CommandsLost(f"command {decided.offset} is not the one that was decided")

"""Two releases of the same code side by side, and memories that make a million steps affordable.

Release 2 words some things otherwise, so that its entries lose or win races against release 1's.
Once its new entries are switched on, it writes what release 1 can't read. Both raise at the same
commands, as a bug would. Decoding is remembered, which changes nothing: it is pure.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from event_schemas.catalog import words
from event_schemas.types import Command, CommandBody, Commented, Entry
from kernel import chain, codec
from kernel.errors import Unreadable
from kernel.request import entry as story
from kernel.request.model import Request
from services.request_svc.judging.decide import Decided, Happened, decide
from services.request_svc.writing import effect, proposal, ruling

NEW_ENTRY = b"NEWENTRY"
CRASH_IN_DECIDE = "crash in decide"
CRASH_IN_EVOLVE = "crash in evolve"
CRASH_IN_ENCODE = "crash in encode"
REMEMBERED = 20_000

_entry = words()[Entry.SCHEMA].fingerprint


class Release:
    """Which release runs just now, and whether release 2 writes its new entries."""

    current = 1
    new_entries = False


class Crash(Exception):
    """A bug."""


def decide_of(release: int) -> Callable[..., Decided]:
    """How a release decides."""

    def judge(
        command: Command,
        body: CommandBody,
        request: Request | None,
        received_at: datetime,
        at: datetime,
    ) -> Decided:
        text = getattr(body, "text", None)
        if text == CRASH_IN_DECIDE:
            raise Crash(text)
        decided = decide(command, body, request, received_at, at)
        if release == 1 or text in (CRASH_IN_ENCODE, CRASH_IN_EVOLVE):
            return decided
        return _reworded(decided)

    return judge


def _reworded(decided: Decided) -> Decided:
    refusal = decided.refusal
    if refusal is not None:
        refusal = replace(refusal, detail=f"{refusal.detail} (2)")
    events = [
        Happened(replace(h.event, text=f"{h.event.text} (2)"), h.by_policy)
        if isinstance(h.event, Commented)
        else h
        for h in decided.events
    ]
    return Decided(tuple(events), refusal)


class _Code:
    """Encoding, decoding and folding as the running release does them."""

    def __init__(self) -> None:
        self._decode, self._encode, self._fold = codec.decode, codec.encode, effect.fold_entry
        self._memory: dict[bytes, Any] = {}

    def decode(self, data: bytes) -> Any:
        if data[2:10] == NEW_ENTRY:
            if Release.current == 1:
                raise Unreadable("an entry of release 2")
            data = data[:2] + _entry + data[10:]
        known = self._memory.get(data)
        if known is None:
            if len(self._memory) > REMEMBERED:
                self._memory.clear()
            known = self._memory[data] = self._decode(data)
        return known

    def encode(self, word: Any) -> bytes:
        if isinstance(word, Commented) and word.text == CRASH_IN_ENCODE:
            raise Crash(word.text)
        data = self._encode(word)
        if isinstance(word, Entry) and Release.current == 2 and Release.new_entries:
            data = data[:2] + NEW_ENTRY + data[10:]
        return data

    def fold(self, request: Request | None, entry: Entry, entry_hash: bytes) -> story.Folded:
        folded = self._fold(request, entry, entry_hash)
        for step in folded.applied:
            if isinstance(step.event, Commented) and step.event.text == CRASH_IN_EVOLVE:
                raise Crash(CRASH_IN_EVOLVE)
        return folded


@contextmanager
def both_releases() -> Iterator[None]:
    """The code as the running release has it, while the block runs."""
    code, decode, encode, fold = _Code(), codec.decode, codec.encode, effect.fold_entry
    decoding = (codec, chain, ruling, story)
    for module in decoding:
        module.decode = code.decode
    proposal.encode, effect.fold_entry = code.encode, code.fold
    try:
        yield
    finally:
        for module in decoding:
            module.decode = decode
        proposal.encode, effect.fold_entry = encode, fold
        Release.current, Release.new_entries = 1, False

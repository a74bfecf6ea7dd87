"""Turns a partition's confirmed state into checked, compressed parts and back."""

import hashlib
import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from event_schemas.catalog import words
from event_schemas.types import (
    CheckpointManifest,
    CheckpointPart,
    HeldPolicy,
    RequestState,
    Stub,
)
from kernel.chain import restored, stored
from kernel.codec import body_of, decode_as, encode
from kernel.errors import HandraiseError, Unreadable
from kernel.topics import MIB
from services.request_svc.writing.partition import Contents, Expiry, Forget, LastCommand, Partition

# To be raised whenever the same entries give another state: then old checkpoints are not read.
FOLD_VERSION = 1
# Small pieces keep the interpreter free for deciding while a dump runs in a thread.
PART_BYTES = 1 * MIB
ITEM_BYTES = 50
COMPRESSION = 1

T = TypeVar("T")


@cache
def state_version() -> str:
    """Which states this release reads and writes: a part of a checkpoint's key."""
    marks = b"".join(words()[w.SCHEMA].fingerprint for w in (RequestState, CheckpointPart))
    return hashlib.sha256(marks + b"%d" % FOLD_VERSION).hexdigest()[:16]


class CheckpointBroken(HandraiseError):
    """A checkpoint that can't be believed; an older one, or the log from its beginning, can."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A partition's state at one head; the manifest is to be stored last."""

    log_offset: int
    manifest: bytes
    parts: tuple[bytes, ...]


def dump(held: Contents) -> Checkpoint:
    """A partition's state as bytes. Takes its time for large ones: run it in a thread."""
    parts = tuple(zlib.compress(encode(part), COMPRESSION) for part in _parts(held))
    last = held.last_command
    manifest = CheckpointManifest(
        state_version=state_version(),
        head=stored(held.head),
        last_command_offset=None if last is None else last.offset,
        last_command_mark="" if last is None else last.mark,
        requests=len(held.requests),
        seen=len(held.seen),
        parts=tuple(hashlib.sha256(part).digest() for part in parts),
    )
    return Checkpoint(held.head.log_offset, encode(manifest), parts)


def load(manifest: bytes, parts: Sequence[bytes]) -> Partition:
    """The partition that was dumped.

    Raises:
        CheckpointBroken: it is of another state version, incomplete or damaged.
    """
    try:
        word = decode_as(CheckpointManifest, manifest)
        if word.state_version != state_version():
            raise CheckpointBroken(f"state version {word.state_version} is not {state_version()}")
        if tuple(hashlib.sha256(part).digest() for part in parts) != word.parts:
            raise CheckpointBroken("the parts are not those of the manifest")
        held = _unpacked(word, parts)
    except (Unreadable, zlib.error) as error:
        raise CheckpointBroken(str(error)) from error
    if len(held.requests) != word.requests or len(held.seen) != word.seen:
        raise CheckpointBroken("the parts do not hold what the manifest says")
    return Partition(held)


def _unpacked(word: CheckpointManifest, parts: Sequence[bytes]) -> Contents:
    last = None
    if word.last_command_offset is not None:
        last = LastCommand(word.last_command_offset, word.last_command_mark)
    held = Contents(restored(word.head), last)
    for packed in parts:
        part = decode_as(CheckpointPart, zlib.decompress(packed))
        held.requests.update(zip(part.request_ids, part.requests, strict=True))
        for shared in part.policies:
            held.policies[shared.policy_id] = shared.policy
            held.sharing[shared.policy_id] = shared.requests
        stubs: list[Expiry] = [(stub.gone_at, Forget.STUB, stub.request_id) for stub in part.stubs]
        held.expiries.extend(stubs)
        for seen in part.seen:
            held.seen[seen.command_id] = seen
            held.expiries.append((seen.until, Forget.OUTCOME, seen.command_id))
    heapq.heapify(held.expiries)
    return held


def _parts(held: Contents) -> Iterator[CheckpointPart]:
    states = ((name, state) for name, state in held.requests.items())
    for some in _bundles(states, lambda kept: len(kept[1])):
        ids, encoded = zip(*some, strict=True)
        yield CheckpointPart(request_ids=ids, requests=encoded)
    policies = (
        HeldPolicy(policy_id=name, policy=policy, requests=held.sharing[name])
        for name, policy in held.policies.items()
    )
    for some in _bundles(policies, lambda shared: len(body_of(shared))):
        yield CheckpointPart(policies=some)
    stubs = (
        Stub(request_id=name, gone_at=at) for at, what, name in held.expiries if what is Forget.STUB
    )
    for some in _bundles(stubs, lambda _: 0):
        yield CheckpointPart(stubs=some)
    for some in _bundles(held.seen.values(), lambda seen: len(body_of(seen))):
        yield CheckpointPart(seen=some)


def _bundles(items: Iterable[T], size_of: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    bundle: list[T] = []
    size = 0
    for item in items:
        bundle.append(item)
        size += ITEM_BYTES + size_of(item)
        if size >= PART_BYTES:
            yield tuple(bundle)
            bundle, size = [], 0
    if bundle:
        yield tuple(bundle)

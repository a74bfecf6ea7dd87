"""Writes changes as server-sent events (HTML Standard, section 9.2)."""

from collections.abc import Callable, Iterable, Mapping

from api.json_answers import dumps
from api.live.place import Place
from projections.inbox.row import Change
from projections.inbox.shown import RequestLine

RETRY_MS = 2000
HELLO = f"retry: {RETRY_MS}\n\n".encode()
Shape = Callable[[RequestLine], bytes]


def request_frame(place: Place, document: bytes) -> bytes:
    """Tells where a request stands now."""
    return b"id: %b\nevent: request\ndata: %b\n\n" % (place.text().encode(), document)


def reset_frame(place: Place, reason: str) -> bytes:
    """Tells that changes may have been missed: read the list anew; the stream goes on from here."""
    data = dumps({"reason": reason})
    return b"id: %b\nevent: reset\ndata: %b\n\n" % (place.text().encode(), data)


def beat(place: Place) -> bytes:
    """Tells nothing, except that the connection lives and how far all is told."""
    return b": still here\nid: %b\n\n" % place.text().encode()


def last_changes(changes: Iterable[Change], tenants: Iterable[str]) -> dict[str, dict[str, Change]]:
    """By tenant and request, the last of its changes."""
    found: dict[str, dict[str, Change]] = {tenant: {} for tenant in tenants}
    for change in changes:
        of_tenant = found.get(change.tenant)
        if of_tenant is not None:
            of_tenant[change.request_id] = change
    return {tenant: last for tenant, last in found.items() if last}


def request_frames(
    changes: Iterable[Change],
    since: Place,
    told: Mapping[str, RequestLine],
    last: Mapping[str, Change],
    shape: Shape,
) -> list[bytes]:
    """The events of one tenant for changes that follow on a place.

    `last` has the tenant's changes to tell; a request that changed several times is told once, at
    its last change, as it stands by now (`told`). The id of each says that all before it is told.
    """
    frames: list[bytes] = []
    offsets = dict(since.offsets)
    for change in changes:
        offsets[change.partition] = change.log_offset
        line = told.get(change.request_id)
        if line is not None and last.get(change.request_id) is change:
            frames.append(request_frame(Place(dict(offsets), since.at), shape(line)))
    return frames

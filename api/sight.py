"""What of a request a reader may see: personal values are for those whom the request concerns.

Those are who asked, who is asked, who leads them and who answered. Anyone else of the tenant, such
as an analyst or another agent, sees that there is a value, not which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.door import FrontDoor
from event_schemas.types import Comment
from kernel.directory.principals import Principal, actor_for
from kernel.masking import masked_context, personal_values
from projections.inbox.judged import judged
from projections.inbox.shown import RequestLine
from services.request_svc.judging.authority import Matter, parties_of

CONTENT = ("title", "description", "form", "metadata", "response", "cancel_reason")


@dataclass(frozen=True, slots=True)
class Sight:
    """What is hidden from a reader: the pointers into the context; none hide nothing.

    `personal` are values that are known beforehand, for what is shown without its context.
    """

    pointers: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()

    def of_request(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A request's document (`RequestDocument`) as this reader may see it."""
        if not self.pointers:
            return dict(document)
        personal = self._values([document["context"]])
        hidden = {name: masked_context(document[name], (), personal) for name in CONTENT}
        context = masked_context(document["context"], self.pointers, personal)
        return {**document, **hidden, "context": context}

    def of_history(self, items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The lines of a history (`HappenedDocument`) likewise, whichever revision they tell of."""
        lines = [dict(line) for line in items]
        if not self.pointers:
            return lines
        personal = self._values(line["data"].get("context") for line in lines)
        within = tuple(f"/context{pointer}" for pointer in self.pointers)
        return [{**line, "data": masked_context(line["data"], within, personal)} for line in lines]

    def _values(self, contexts: Iterable[Any]) -> list[str]:
        found = {text for one in contexts for text in personal_values(one, self.pointers)}
        return sorted(found | set(self.personal), key=lambda text: (-len(text), text))


OPEN = Sight()


async def sight_of(door: FrontDoor, reader: Principal, line: RequestLine) -> Sight:
    """What this reader may see of a request."""
    if reader.id in (line.requester_id, line.responded_by):
        return OPEN
    request = await judged(door.pool, line.tenant, line.id)
    if request is None or not request.policy.personal_fields:
        return OPEN
    if reader.is_person and parties_of(Comment, actor_for(reader, "api"), Matter.of(request)):
        return OPEN
    return Sight(request.policy.personal_fields)


async def sight_of_many(door: FrontDoor, reader: Principal, request_id: str) -> Sight:
    """As `sight_of`, for single lines of many requests: it knows what values they may repeat."""
    request = await judged(door.pool, reader.tenant, request_id)
    if request is None or not request.policy.personal_fields:
        return OPEN
    found = await door.inbox.one(reader.tenant, request_id)
    if found is None:
        return OPEN
    sight = await sight_of(door, reader, found.line)
    return Sight(sight.pointers, personal_values(found.context, sight.pointers))

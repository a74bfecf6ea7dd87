"""The bus on which agents tell each other what happened, whatever broker carries it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from handraise.events import Event
from handraise.storage import Store
from handraise.topics import THE_SERVICES_OWN

Handler: TypeAlias = Callable[[Event], Awaitable[None]]
"""Takes an event, at least once; the same event bears the same `event_id`."""


class EventBus(Protocol):
    """Publishes events and brings them, in order within a workflow, at least once.

    An event travels on the topic that bears its type's name, keyed by its workflow.
    """

    async def publish(self, event: Event) -> None:
        """Hand it to the broker and wait until the broker has it."""
        ...

    async def subscribe(self, topics: Sequence[str], handler: Handler, *, group: str) -> None:
        """From now on, bring the events of these topics to `handler`.

        Within a `group` each event goes to one subscriber. A handler that raises gets the same
        event again, after a while; what is not an event is passed over.
        """
        ...

    async def close(self) -> None:
        """Stop bringing events and let go of the broker."""
        ...


def agents_topic(topic: str) -> str:
    """The topic, if agents may use it. Raises ValueError for the service's own, or no name."""
    if not topic or topic.startswith(THE_SERVICES_OWN):
        raise ValueError(f"{topic!r} is not a topic for agents' events")
    return topic


class LoggedBus:
    """A bus that writes each event into the event log first, so that none is lost.

    An event whose id is in the log already is handed over again only if the bus may not have
    it. Without a bus, events are just written down.
    """

    def __init__(self, bus: EventBus | None, store: Store, clock: Callable[[], datetime]) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock

    async def publish(self, event: Event) -> None:
        """Write it down, and hand over all of its workflow that the bus may not have yet."""
        await self.write(event)
        await self.publish_pending(event.workflow_id)

    async def write(self, event: Event) -> None:
        """Write it down; once is enough, however often this is called."""
        agents_topic(event.event_type)
        async with self._store.transaction() as tables:
            await tables.events.append(event, self._clock())

    async def publish_pending(self, workflow_id: str) -> int:
        """Hand over what a workflow wrote down and the bus may not have; how many there were."""
        async with self._store.transaction() as tables:
            pending = await tables.events.unpublished(workflow_id)
        for logged in pending:
            if self._bus is not None:
                await self._bus.publish(logged.event)
            async with self._store.transaction() as tables:
                await tables.events.mark_published(logged.event.event_id, self._clock())
        return len(pending)

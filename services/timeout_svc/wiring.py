"""Puts timeout_svc together."""

from kernel.outbound.host import Grounds, Work, serve_events
from kernel.settings import Settings
from kernel.topics import PUBLIC
from services.timeout_svc.firing import Firing
from services.timeout_svc.safe_clock import SafeClock
from services.timeout_svc.store import TimerStore
from services.timeout_svc.timer import SERVICE
from services.timeout_svc.watch import Watch

# Steps are minutes away; a timer that is noted a moment later is not late.
GATHER_MS = 100


def build(grounds: Grounds) -> Work:
    """The service on its grounds."""
    clock = SafeClock()
    firing = Firing(grounds.settings, grounds.sender, clock)
    watch = Watch(TimerStore(grounds.database), firing, clock)
    return Work(topics=PUBLIC, handle=watch.handle, parts=[watch], gather_ms=GATHER_MS)


async def serve(settings: Settings) -> None:
    """Serves until a signal."""
    await serve_events(settings, SERVICE, build)

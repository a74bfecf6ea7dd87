"""The table of Handraise's own processes, in the order in which they start."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process: `python -m module`, which tells of its health on port base + `offset`."""

    name: str
    module: str
    offset: int


MAIL_SINK = Program(name="mail_sink", module="deploy.local.mail_sink", offset=5)

# Each wave starts after, and stops before, those above it: the front door closes first.
PROGRAMS = (
    (
        Program(name="request_svc", module="services.request_svc", offset=10),
        Program(name="notifier_svc", module="services.notifier_svc", offset=11),
        Program(name="callback_svc", module="services.callback_svc", offset=12),
        Program(name="timeout_svc", module="services.timeout_svc", offset=13),
        Program(name="inbox", module="projections.inbox", offset=14),
        Program(name="history", module="projections.history", offset=15),
    ),
    (Program(name="api", module="api", offset=0),),
)

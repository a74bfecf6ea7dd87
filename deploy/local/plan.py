"""What a stack will start: checked, fetched and put together, but not yet running."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console

from deploy.local.accounts import database_account
from deploy.local.disk import require_space
from deploy.local.guard import Guard
from deploy.local.kafka import BrokerRuntime, Kafka
from deploy.local.kafka_settings import BrokerPlace
from deploy.local.layout import Layout
from deploy.local.outside import outside_kafka, outside_postgres, require_outside
from deploy.local.ports import HOST, Ports, require_free
from deploy.local.postgres import Postgres
from deploy.local.postgres_home import postgres_home
from deploy.local.programs import MAIL_SINK, PROGRAMS, Program
from deploy.local.progress import shown as progress_shown
from deploy.local.secret_key import NAME as SECRET_KEY
from deploy.local.secret_key import secret_key
from deploy.local.server import Server
from deploy.local.service import Service
from deploy.local.stack import broker_runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A stack to be: its places, its own servers, and the addresses of servers given to it."""

    layout: Layout
    ports: Ports
    environ: Mapping[str, str]
    guard: Guard
    runtime: BrokerRuntime | None
    kafka: Kafka | None
    postgres: Postgres | None
    given_kafka: str | None
    given_dsn: str | None

    @property
    def address(self) -> str:
        """Where a browser finds the stack."""
        return f"http://{HOST}:{self.ports.api}"

    def foundation(self) -> list[Server]:
        """What runs below the services: own servers and the mail sink."""
        own: tuple[Server | None, ...] = (self.kafka, self.postgres, self.service(MAIL_SINK))
        return [server for server in own if server]

    def waves(self) -> list[list[Service]]:
        """The services, wave by wave; asked when the database has its password."""
        return [[self.service(program) for program in wave] for wave in PROGRAMS]

    def service(self, program: Program) -> Service:
        """The process of `program` in this stack."""
        return Service(
            program,
            base=self.ports.base,
            environ=self.child_environ() if program is not MAIL_SINK else self.common_environ(),
            log=self.layout.log(program.name),
            guard=self.guard,
        )

    def common_environ(self) -> dict[str, str]:
        """The environment of every process of the stack."""
        return {
            **self.environ,
            "HANDRAISE_PORT_BASE": str(self.ports.base),
            "HANDRAISE_RUN_DIR": str(self.layout.root),
            "HANDRAISE_LOCAL": "1",
            # One process of each kind: a restarted one takes its partitions back at once.
            "HANDRAISE_INSTANCE": "local",
            "PYTHONUNBUFFERED": "1",
        }

    def child_environ(self) -> dict[str, str]:
        """The environment of a process that uses broker, database and secrets."""
        kafka = self.given_kafka or (self.kafka.address if self.kafka else "")
        dsn = self.given_dsn or (self.postgres.dsn if self.postgres else "")
        return {
            **self.common_environ(),
            "HANDRAISE_KAFKA": kafka,
            "HANDRAISE_PG_DSN": dsn,
            SECRET_KEY: secret_key(self.layout.secret_env, self.environ),
        }


def plan(
    layout: Layout, ports: Ports, environ: Mapping[str, str], guard: Guard, console: Console
) -> Plan:
    """Check what can be in the way, fetch what is missing, and say what will run.

    Raises Trouble for whatever is in the way.
    """
    given_kafka = outside_kafka(environ, ports)
    given_dsn = outside_postgres(environ, ports)
    require_space(layout.root)
    require_free(wanted_ports(ports, kafka=not given_kafka, postgres=not given_dsn))
    require_outside(given_kafka, given_dsn)
    runtime = None if given_kafka else fetched(layout, environ, console)
    return Plan(
        layout=layout,
        ports=ports,
        environ=environ,
        guard=guard,
        runtime=runtime,
        kafka=_kafka(layout, ports, runtime, guard) if runtime else None,
        postgres=None if given_dsn else _postgres(layout, ports, guard, console.print),
        given_kafka=given_kafka,
        given_dsn=given_dsn,
    )


def wanted_ports(ports: Ports, *, kafka: bool, postgres: bool) -> dict[str, int]:
    """Every port that a stack will listen on, by what listens there."""
    servers = {"the broker": ports.kafka, "the broker's controller": ports.kafka_controller}
    return {
        **(servers if kafka else {}),
        **({"the database": ports.postgres} if postgres else {}),
        "the mail sink": ports.smtp,
        "the mail sink's reader": ports.mail_http,
        **{program.name: ports.base + program.offset for wave in PROGRAMS for program in wave},
    }


def fetched(layout: Layout, environ: Mapping[str, str], console: Console) -> BrokerRuntime:
    """What the broker runs on, fetched with its progress shown."""
    with progress_shown(console, "Java and the broker's jars") as progress:
        return broker_runtime(layout.cache, environ, progress)


def _kafka(layout: Layout, ports: Ports, runtime: BrokerRuntime, guard: Guard) -> Kafka:
    place = BrokerPlace(
        port=ports.kafka, controller_port=ports.kafka_controller, data=layout.kafka / "data"
    )
    return Kafka(layout.kafka, place=place, runtime=runtime, log=layout.log("kafka"), guard=guard)


def _postgres(layout: Layout, ports: Ports, guard: Guard, say: Callable[[str], None]) -> Postgres:
    home = postgres_home(layout.postgres, database_account(), say)
    return Postgres(home, port=ports.postgres, log=layout.log("postgres"), guard=guard)

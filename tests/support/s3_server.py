"""A real S3 server for tests of the blob port: S3Proxy, fetched once like the broker's jars."""

import os
import secrets
import subprocess
import tempfile
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError, URLError

from deploy.local.jars import ensure_jars
from deploy.local.jdk import find_java
from deploy.local.layout import layout
from tests.support.processes import free_port_base

HOME = Path(__file__).parent / "s3"
START_SECONDS = 60
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it is, and the credentials that it takes."""

    endpoint: str
    identity: str
    credential: str
    process: subprocess.Popen[bytes]


@contextmanager
def s3_server() -> Generator[S3Server]:
    """Runs it, with nothing in it, until the block ends."""
    jars = ensure_jars(layout(os.environ).cache, lock=HOME / "jars.lock", pom=HOME / "pom.xml")
    endpoint = f"http://127.0.0.1:{free_port_base()}"
    identity, credential = "tester", secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder:
        properties = Path(folder) / "s3.properties"
        properties.write_text(
            f"s3proxy.endpoint={endpoint}\ns3proxy.authorization=aws-v4\n"
            f"s3proxy.identity={identity}\ns3proxy.credential={credential}\n"
            "jclouds.provider=transient\njclouds.identity=x\njclouds.credential=x\n"
        )
        process = subprocess.Popen(
            [
                find_java(os.environ).launcher,
                "-Xmx192m",
                "-XX:TieredStopAtLevel=1",
                f"-Dlogback.configurationFile={HOME / 'logback.xml'}",
                "-cp",
                ":".join(map(str, jars)),
                "org.gaul.s3proxy.Main",
                "--properties",
                str(properties),
            ]
        )
        try:
            _await(endpoint, process)
            yield S3Server(endpoint, identity, credential, process)
        finally:
            process.kill()
            process.wait()


def _await(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until:
        assert process.poll() is None, "the S3 server ended by itself"
        try:
            urllib.request.urlopen(endpoint, timeout=2)
        except HTTPError:
            return
        except (URLError, OSError):
            sleep(LOOK_SECONDS)
    raise AssertionError("the S3 server does not answer")

"""One release, one log, one set of bytes: in every process (I12)."""

import os
import subprocess
import sys

from tests.unit.log.benches import APPROVE, OPEN, Bench, command, opening, said

SCRIPT = "from tests.unit.log.test_log_same_bytes import tell; tell()"


def log() -> list[bytes]:
    bench = Bench()
    for seconds, sent in enumerate((OPEN, said("hm"), b"junk", APPROVE, command(opening(), "x"))):
        bench.decide(sent, seconds)
    return bench.log


def tell() -> None:
    sys.stdout.write(log()[-1].hex())


def test_processes_whose_hashes_are_seeded_otherwise_write_the_same_chain() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert told == [log()[-1].hex()] * 2

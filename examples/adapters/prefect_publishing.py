"""Plays `prefect_flow` with a Prefect server that lives as long as it does.

`python -m examples.adapters.prefect_publishing`.
"""

import subprocess
import sys
from collections.abc import Sequence

from examples.adapters.prefect_server import prefect_here
from examples.common.trouble import Trouble


def main(arguments: Sequence[str]) -> int:
    """Start the server and play; what the example ended with."""
    try:
        with prefect_here() as environment:
            command = [sys.executable, "-m", "examples.adapters.prefect_flow", *arguments]
            return subprocess.run(command, env=environment, check=False).returncode
    except Trouble as trouble:
        print(f"{trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

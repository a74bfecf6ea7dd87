"""`python -m handraise.mcp`: the tools over stdio, or with `--http PORT` on the loopback."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from handraise.errors import NotConfigured
from handraise.mcp.running import over_http, over_stdio


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the client leaves; 1 with a sentence where the settings can't work."""
    parser = argparse.ArgumentParser(prog="python -m handraise.mcp", description=__doc__)
    parser.add_argument("--http", type=int, metavar="PORT", help="serve http://127.0.0.1:PORT/mcp")
    asked = parser.parse_args(arguments)
    try:
        asyncio.run(
            over_stdio(os.environ) if asked.http is None else over_http(os.environ, asked.http)
        )
    except NotConfigured as missing:
        print(missing, file=sys.stderr)  # noqa: T201 - stdout is the protocol's
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

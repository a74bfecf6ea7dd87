"""`python -m examples.code_review`: agents under a supervisor, and people who decide."""

import argparse
import sys
from collections.abc import Sequence

from examples.code_review.commands import add_commands, run
from examples.common.command import ran


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    parser = argparse.ArgumentParser(prog="python -m examples.code_review", description=__doc__)
    add_commands(parser)
    return ran(
        run(parser.parse_args(arguments)),
        "Left. Questions stay open; `serve` goes on with what waits for their answers.",
    )


if __name__ == "__main__":
    sys.exit(main())

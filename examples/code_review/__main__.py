"""`python -m examples.code_review`: agents under a supervisor, and people who decide."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from handraise import HandraiseError

from examples.code_review.commands import add_commands, run
from examples.common.trouble import Trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    parser = argparse.ArgumentParser(prog="python -m examples.code_review", description=__doc__)
    add_commands(parser)
    try:
        asyncio.run(run(parser.parse_args(arguments)))
    except (Trouble, HandraiseError) as trouble:
        print(f"{trouble}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nLeft. Questions stay open; `serve` goes on with what waits for their answers.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

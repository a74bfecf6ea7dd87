"""Runs an example as a command, and tells how it ended."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from handraise import HandraiseError

from examples.common.chromium import NoBrowser
from examples.common.trouble import Trouble

INTERRUPTED = 130


def ran(work: Coroutine[Any, Any, object], left: str) -> int:
    """The exit code: 0 when it worked, 1 with a sentence on what went wrong.

    `left` is what is said to whoever leaves with Ctrl-C, or where nobody is at the terminal.
    """
    try:
        asyncio.run(work)
    except (Trouble, HandraiseError, NoBrowser, OSError) as trouble:
        print(f"{trouble}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print(f"\n{left}")
        return INTERRUPTED
    return 0

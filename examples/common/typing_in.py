"""A line from the terminal, while everything else goes on."""

import asyncio
import sys


async def typed(prompt: str) -> str:
    """A line from the terminal, while everything else goes on. Raises EOFError at its end."""
    print(prompt, end="", flush=True)
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sys.stdin, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(sys.stdin)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line

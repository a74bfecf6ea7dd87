"""The generator that works offline: renders in a process of its own, on this machine."""

import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from examples.reel_scripts.video.port import Failed, Made, Order, Progress

_LAST_WORDS_CHARS = 300
_LONGEST_SECONDS = 600


class LocalGenerator:
    """Starts nothing before it is looked at, so that a ticket costs nothing here."""

    name = "local"

    async def start(self, order: Order) -> str:
        """The order's own key."""
        return order.key

    async def look(self, order: Order, ticket: str) -> Progress:
        """Render, and give the video; ended when the caller is."""
        with tempfile.TemporaryDirectory(prefix="reel-") as name:
            directory = Path(name)
            await asyncio.to_thread(_write, directory, order)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "examples.reel_scripts.video.render",
                name,
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            try:
                async with asyncio.timeout(_LONGEST_SECONDS):
                    said = (await process.communicate())[1]
            except TimeoutError:
                return Failed(f"The renderer took longer than {_LONGEST_SECONDS} s")
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if process.returncode:
                last = said.decode("utf-8", "replace").strip()[-_LAST_WORDS_CHARS:]
                return Failed(f"The renderer failed: {last}")
            return await asyncio.to_thread(_read, directory)


def _write(directory: Path, order: Order) -> None:
    said = json.dumps({"title": order.title, "script": order.script})
    (directory / "order.json").write_text(said, encoding="utf-8")


def _read(directory: Path) -> Made:
    made = json.loads((directory / "made.json").read_text())
    return Made(
        video=(directory / "video.mp4").read_bytes(),
        seconds=made["seconds"],
        captions=(directory / "captions.vtt").read_text(encoding="utf-8"),
    )

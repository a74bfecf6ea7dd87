"""What runs on Runpod: speech and pictures of a script that was approved before it came here.

Nothing is rewritten. A key makes one video, however often its job is sent: what was made is kept in
a folder that all workers share (a network volume). On Runpod, `runpod.serverless.start({"handler":
Handler(Path("/runpod-volume/reels"))})`.
"""

import base64
import fcntl
import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples.reel_scripts.video.render import render


class Handler:
    """Runpod's handler function, with the folder where it keeps what it made."""

    def __init__(self, folder: Path, render: Callable[[str, str, Path], float] = render) -> None:
        self._folder = folder
        self._render = render

    def __call__(self, job: dict[str, Any]) -> dict[str, Any]:
        """The output for a job: `{video_base64, seconds, captions}`, or `{error}`."""
        given = job.get("input") or {}
        key, title, script = (str(given.get(name) or "") for name in ("key", "title", "script"))
        if not (key and title and script):
            return {"error": "input needs key, title and script"}
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                self._make(title, script, kept)
        return json.loads(kept.read_text(encoding="utf-8"))

    def _make(self, title: str, script: str, kept: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="reel-") as name:
            directory = Path(name)
            seconds = self._render(title, script, directory)
            made = {
                "video_base64": base64.b64encode((directory / "video.mp4").read_bytes()).decode(),
                "seconds": seconds,
                "captions": (directory / "captions.vtt").read_text(encoding="utf-8"),
            }
        fresh = kept.with_suffix(".new")
        fresh.write_text(json.dumps(made), encoding="utf-8")
        fresh.replace(kept)

"""Where finished videos lie: files with names that nobody chooses."""

from pathlib import Path

from examples.reel_scripts.model import Job
from examples.reel_scripts.video.port import Made


class Shelf:
    """A folder that all processes of the service share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, job: Job, made: Made) -> str:
        """Keep a video and its captions, whole or not at all; the name of its file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{job.key}.mp4"
        if made.captions is not None:
            self._write(self._captions(name), made.captions.encode())
        self._write(self._folder / name, made.video)
        return name

    def video(self, name: str) -> Path:
        """The file of a video."""
        return self._folder / name

    def captions(self, name: str) -> Path | None:
        """The file of a video's captions, where it has some."""
        path = self._captions(name)
        return path if path.exists() else None

    def _captions(self, name: str) -> Path:
        return (self._folder / name).with_suffix(".vtt")

    def _write(self, path: Path, content: bytes) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)

"""Makes a captioned, spoken MP4 of a script: `python -m examples.reel_scripts.video.render DIR`.

DIR holds order.json with title and script; video.mp4 and made.json are put into it. It is a process
of its own because the voice keeps a state for a whole process, and so that it can be ended.
"""

import json
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg

from examples.reel_scripts.video.captions import Caption, sentences, timed, webvtt
from examples.reel_scripts.video.pictures import frame, save
from examples.reel_scripts.video.speech import Voice

_BREATH_SECONDS = 0.25
_FRAMES_A_SECOND = 12


def render(title: str, script: str, directory: Path) -> float:
    """Put video.mp4 and captions.vtt into the directory; how many seconds it plays."""
    captions = timed(_speak(script, directory / "speech.wav"))
    seconds = captions[-1].end
    (directory / "captions.vtt").write_text(webvtt(captions), encoding="utf-8")
    _draw(title, captions, directory)
    _put_together(directory)
    return seconds


def _speak(script: str, path: Path) -> list[tuple[str, float]]:
    """Say the script into a WAV; each sentence with its seconds."""
    voice = Voice()
    breath = bytes(2 * int(voice.rate * _BREATH_SECONDS))
    spoken: list[tuple[str, float]] = []
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(voice.rate)
        for sentence in sentences(script):
            samples = voice.say(sentence) + breath
            out.writeframes(samples)
            spoken.append((sentence, len(samples) / 2 / voice.rate))
    return spoken


def _draw(title: str, captions: Sequence[Caption], directory: Path) -> None:
    """A picture for each caption, and the list of them that ffmpeg's concat demuxer reads."""
    listed: list[str] = []
    for number, one in enumerate(captions):
        name = f"{number:04}.png"
        save(frame(title, one.text, one.end / captions[-1].end), directory / name)
        listed += [f"file '{name}'", f"duration {one.end - one.begin:.4f}"]
    # The demuxer forgets the last duration unless its picture is named once more.
    listed.append(f"file '{len(captions) - 1:04}.png'")
    (directory / "pictures.txt").write_text("\n".join(listed), encoding="utf-8")


def _put_together(directory: Path) -> None:
    words = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    words += ["-f", "concat", "-i", "pictures.txt", "-i", "speech.wav"]
    words += ["-vf", f"fps={_FRAMES_A_SECOND},format=yuv420p", "-c:v", "libx264"]
    words += ["-preset", "ultrafast", "-tune", "stillimage", "-threads", "2"]
    words += ["-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-shortest"]
    words += ["-movflags", "+faststart", "video.mp4"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], cwd=directory, check=True)


def main(directory: Path) -> None:
    """Render what order.json asks for; made.json is written last, so that it vouches for all."""
    order = json.loads((directory / "order.json").read_text(encoding="utf-8"))
    seconds = render(order["title"], order["script"], directory)
    (directory / "made.json").write_text(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

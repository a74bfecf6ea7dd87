"""Videos: rendered here and looked at with ffmpeg, and ordered from Runpod as it documents."""

import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from examples.common.serving import serving
from examples.reel_scripts.stand_ins.runpod_server import RunpodServer
from examples.reel_scripts.video.captions import portions, sentences, timed, webvtt
from examples.reel_scripts.video.local import LocalGenerator
from examples.reel_scripts.video.pictures import HEIGHT, WIDTH, frame
from examples.reel_scripts.video.port import (
    Failed,
    GeneratorAway,
    GeneratorRefused,
    Made,
    Order,
    Progress,
    Working,
)
from examples.reel_scripts.video.runpod import RunpodGenerator
from examples.reel_scripts.video.runpod_handler import Handler
from tests.support.eventually import eventually

ORDER = Order(key="reel-1-revision-2-run-1", title="Pasta <b>", script="Salt it. It's & done!")


def ffmpeg(*words: str) -> str:
    ran = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *words], capture_output=True, check=False
    )
    return ran.stderr.decode()


async def test_the_local_renderer_makes_a_playable_spoken_captioned_video(tmp_path: Path) -> None:
    generator = LocalGenerator()
    made = await generator.look(ORDER, await generator.start(ORDER))
    assert isinstance(made, Made)
    video = tmp_path / "video.mp4"
    video.write_bytes(made.video)
    told = ffmpeg("-i", str(video))
    assert re.search(rf"Video: h264 .*yuv420p.*{WIDTH}x{HEIGHT}", told)
    assert "Audio: aac" in told
    minutes, seconds = re.search(r"Duration: 00:(\d\d):(\d\d\.\d\d)", told).groups()
    assert float(minutes) * 60 + float(seconds) == pytest.approx(made.seconds, abs=0.3)
    loudest = re.search(r"max_volume: (-?[\d.]+) dB", ffmpeg(*_decoded(video, "volumedetect")))
    assert float(loudest[1]) > -20
    assert "error" not in ffmpeg("-v", "error", "-i", str(video), "-f", "null", "-").lower()
    ffmpeg("-y", "-i", str(video), "-frames:v", "1", "-update", "1", str(tmp_path / "frame.png"))
    with Image.open(tmp_path / "frame.png") as first:
        assert first.size == (WIDTH, HEIGHT)
        words = first.convert("L").crop((0, HEIGHT // 3, WIDTH, HEIGHT * 2 // 3))
        assert words.getextrema()[1] > 240, "white words stand in the middle"
    assert "It's &amp; done!" in made.captions


def _decoded(video: Path, audio_filter: str) -> list[str]:
    return ["-i", str(video), "-af", audio_filter, "-vn", "-f", "null", "-"]


def test_a_frame_shows_what_is_said_and_how_far_it_is() -> None:
    early, late, other = frame("T", "Hello", 0.1), frame("T", "Hello", 0.9), frame("T", "Bye", 0.1)
    assert early.tobytes() != late.tobytes()
    assert early.tobytes() != other.tobytes()
    frame("x" * 120, "Donaudampfschifffahrtsgesellschaftskapitän " * 40, 1.0)


@given(st.text(min_size=1, max_size=300))
def test_captions_lose_no_word_and_follow_each_other(script: str) -> None:
    said = sentences(script)
    for sentence in said:
        assert " ".join(portions(sentence)).split() == sentence.split()
    captions = timed([(one, 1.0) for one in said if one.split()])
    assert all(one.end == two.begin for one, two in pairwise(captions))


def test_captions_are_webvtt() -> None:
    told = webvtt(timed([("Hello there.", 1.5), ("A < B", 61.0)]))
    assert told.splitlines()[:4] == ["WEBVTT", "", "00:00:00.000 --> 00:00:01.500", "Hello there."]
    assert "00:00:01.500 --> 00:01:02.500\nA &lt; B" in told


def test_the_handler_renders_a_key_once_and_rewrites_nothing(tmp_path: Path) -> None:
    rendered: list[tuple[str, str]] = []

    def render(title: str, script: str, directory: Path) -> float:
        rendered.append((title, script))
        (directory / "video.mp4").write_bytes(b"mp4")
        (directory / "captions.vtt").write_text("WEBVTT")
        return 1.5

    handler = Handler(tmp_path / "kept", render)
    job = {"input": {"key": "k", "title": "T", "script": "Just this."}}
    assert handler(job) == handler(job)
    assert rendered == [("T", "Just this.")]
    assert handler({"input": {"key": "k2", "title": "T"}}) == {
        "error": "input needs key, title and script"
    }


def done(job: dict[str, Any]) -> dict[str, Any]:
    return {"video_base64": "bXA0", "seconds": 2.5, "captions": "WEBVTT"}


@asynccontextmanager
async def runpod(
    handle: Any = done, key: str = "rp-1"
) -> AsyncIterator[tuple[RunpodServer, RunpodGenerator]]:
    server = RunpodServer("rp-1", handle)
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        serving(server.app, 0) as url,
        httpx.AsyncClient(base_url=f"{url}/v2/abc", headers=headers) as http,
    ):
        yield server, RunpodGenerator(http)


async def outcome(generator: RunpodGenerator, ticket: str) -> Progress:
    async def look() -> Progress | None:
        progress = await generator.look(ORDER, ticket)
        return None if isinstance(progress, Working) else progress

    return await eventually(look)


async def test_runpod_gets_the_approved_script_and_gives_the_video() -> None:
    async with runpod() as (server, generator):
        server.workers.clear()
        ticket = await generator.start(ORDER)
        assert isinstance(await generator.look(ORDER, ticket), Working)
        server.workers.set()
        assert await outcome(generator, ticket) == Made(
            video=b"mp4", seconds=2.5, captions="WEBVTT"
        )
    sent = server.received[0]
    assert sent["input"] == {"key": ORDER.key, "title": ORDER.title, "script": ORDER.script}
    assert set(sent) == {"input", "policy"}


def broken(job: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError("out of memory")


@pytest.mark.parametrize(
    ("handle", "why"),
    [
        (broken, "FAILED, out of memory"),
        (lambda job: {"error": "no GPU"}, "no GPU"),
        (lambda job: {"seconds": 1}, "gave no video"),
        (lambda job: {"video_base64": "!", "seconds": 1}, "gave no video"),
    ],
)
async def test_what_fails_on_runpod_is_told_with_its_reason(handle: Any, why: str) -> None:
    async with runpod(handle) as (_, generator):
        failed = await outcome(generator, await generator.start(ORDER))
        assert isinstance(failed, Failed)
        assert why in failed.reason


async def test_runpod_that_is_away_refuses_or_forgets_is_told_apart() -> None:
    async with runpod() as (server, generator):
        ticket = await generator.start(ORDER)
        await outcome(generator, ticket)
        server.forget()
        assert await generator.look(ORDER, ticket) == Failed(
            "Runpod does not know this job any more"
        )
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9/v2/abc") as nobody:
        with pytest.raises(GeneratorAway):
            await RunpodGenerator(nobody).start(ORDER)
    async with runpod(key="wrong") as (server, generator):
        with pytest.raises(GeneratorRefused, match="401"):
            await generator.start(ORDER)
        assert server.received == []

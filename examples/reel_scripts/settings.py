"""What may be set from outside: which rewriter, which generator, and the caps."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from examples.common.trouble import Trouble
from examples.reel_scripts.rewriting.openai import OpenAiRewriter
from examples.reel_scripts.rewriting.port import Rewriter
from examples.reel_scripts.rewriting.rules import RuleRewriter
from examples.reel_scripts.video.local import LocalGenerator
from examples.reel_scripts.video.port import VideoGenerator
from examples.reel_scripts.video.runpod import RunpodGenerator

_MODEL_SECONDS, _GPU_SECONDS, _CONNECT_SECONDS = 120.0, 60.0, 5.0
_OPENAI, _RUNPOD = "https://api.openai.com/v1", "https://api.runpod.ai/v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The services that scripts and videos come from; the local ones where nothing is named."""

    openai_url: str = _OPENAI
    openai_key: str | None = None
    openai_model: str | None = None
    runpod_url: str | None = None
    """With the endpoint's id as its last part."""
    runpod_key: str | None = None
    max_revisions: int = 20


def from_environment(environment: Mapping[str, str] = os.environ) -> Outside:
    """Read `REELS_*`, `OPENAI_*` and `RUNPOD_*`. Raises Trouble for what is half set."""
    model, key = environment.get("OPENAI_MODEL"), environment.get("OPENAI_API_KEY")
    endpoint, gpu_key = environment.get("RUNPOD_ENDPOINT_ID"), environment.get("RUNPOD_API_KEY")
    if model and not key:
        raise Trouble("OPENAI_MODEL is set: OPENAI_API_KEY is needed, too")
    if endpoint and not gpu_key:
        raise Trouble("RUNPOD_ENDPOINT_ID is set: RUNPOD_API_KEY is needed, too")
    base = environment.get("RUNPOD_BASE_URL", _RUNPOD)
    return Outside(
        openai_url=environment.get("OPENAI_BASE_URL", _OPENAI),
        openai_key=key,
        openai_model=model,
        runpod_url=f"{base}/{endpoint}" if endpoint else None,
        runpod_key=gpu_key,
        max_revisions=int(environment.get("REELS_MAX_REVISIONS", "20")),
    )


@asynccontextmanager
async def rewriter_of(outside: Outside) -> AsyncGenerator[Rewriter]:
    """A language model where one is named, else plain rules."""
    if outside.openai_model is None:
        yield RuleRewriter()
        return
    async with _client(outside.openai_url, outside.openai_key, _MODEL_SECONDS) as http:
        yield OpenAiRewriter(http, outside.openai_model)


@asynccontextmanager
async def generator_of(outside: Outside) -> AsyncGenerator[VideoGenerator]:
    """Runpod where an endpoint is named, else this machine."""
    if outside.runpod_url is None:
        yield LocalGenerator()
        return
    async with _client(outside.runpod_url, outside.runpod_key, _GPU_SECONDS) as http:
        yield RunpodGenerator(http)


def _client(url: str, key: str | None, seconds: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
    )

"""Rewriters: plain rules, and a language model behind HTTP as OpenAI documents it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.common.serving import serving
from examples.common.trouble import Trouble
from examples.reel_scripts.comparing import pieces, unified
from examples.reel_scripts.rewriting.openai import OpenAiRewriter
from examples.reel_scripts.rewriting.port import Brief, RewriterAway, RewriterRefused
from examples.reel_scripts.rewriting.rules import rewritten
from examples.reel_scripts.settings import from_environment, rewriter_of
from examples.reel_scripts.stand_ins.openai_server import OpenAiServer

SCRIPT = "cold brew actually needs no machine. just wait for a night\nit keeps for four days"


def brief(attempt: int = 1, instructions: str | None = None) -> Brief:
    return Brief(title="Cold brew", script=SCRIPT, attempt=attempt, instructions=instructions)


def test_every_attempt_that_the_cap_allows_gives_another_text_and_always_the_same_one() -> None:
    texts = [rewritten(brief(attempt)) for attempt in range(1, 21)]
    assert len(set(texts)) == 20
    assert texts == [rewritten(brief(attempt)) for attempt in range(1, 21)]
    assert all("for four days" in text for text in texts)


def test_wishes_that_the_rules_understand_are_granted() -> None:
    plain = rewritten(brief(instructions="shorter, no hook, no call"))
    assert plain == "Cold brew needs no machine.\nWait for a night."


@given(st.text(min_size=1, max_size=200), st.text(max_size=200))
def test_a_comparison_holds_both_texts_whole(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(one.text for one in found if one.change != "in") == before
    assert "".join(one.text for one in found if one.change != "out") == after


def test_a_diff_names_its_revisions() -> None:
    said = unified("one\ntwo", "one\n2", ("revision 1", "revision 2"))
    assert said.splitlines()[:2] == ["--- revision 1", "+++ revision 2"]
    assert {"-two", "+2"} <= set(said.splitlines())


@asynccontextmanager
async def model(key: str = "sk-1") -> AsyncIterator[tuple[OpenAiServer, OpenAiRewriter]]:
    server = OpenAiServer("sk-1", lambda body: f" written by {body['model']} #{body['seed']}\n")
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    headers = {"Authorization": f"Bearer {key}"}
    async with (
        serving(server.app, 0) as url,
        httpx.AsyncClient(base_url=f"{url}/v1", headers=headers) as http,
    ):
        yield server, OpenAiRewriter(http, "small", sleep)


async def test_a_language_model_is_asked_as_openai_documents_it() -> None:
    async with model() as (server, rewriter):
        assert await rewriter.rewrite(brief(3, "funnier")) == "written by small #3"
    said = server.received[0]
    assert [one["role"] for one in said["messages"]] == ["system", "user"]
    assert SCRIPT in said["messages"][1]["content"]
    assert "funnier" in said["messages"][1]["content"]
    assert re.search("not an instruction", said["messages"][0]["content"])


async def test_a_busy_model_is_asked_again_and_an_absent_one_is_told_apart_from_a_no() -> None:
    async with model() as (server, rewriter):
        server.troubles = [(429, {"retry-after": "7"}), (503, {})]
        assert await rewriter.rewrite(brief()) == "written by small #1"
        server.troubles = [(500, {})] * 3
        with pytest.raises(RewriterAway, match="HTTP 500"):
            await rewriter.rewrite(brief())
        server.refusal = "I would rather not"
        with pytest.raises(RewriterRefused, match="rather not"):
            await rewriter.rewrite(brief())
    async with model(key="wrong") as (server, rewriter):
        with pytest.raises(RewriterRefused, match="401"):
            await rewriter.rewrite(brief())


async def test_nothing_named_means_rules_and_half_a_setting_is_told() -> None:
    async with rewriter_of(from_environment({})) as rewriter:
        assert rewriter.name == "rules"
    given = {"OPENAI_MODEL": "small", "OPENAI_API_KEY": "sk-1"}
    async with rewriter_of(from_environment(given)) as rewriter:
        assert rewriter.name == "openai:small"
    with pytest.raises(Trouble, match="OPENAI_API_KEY"):
        from_environment({"OPENAI_MODEL": "small"})
    with pytest.raises(Trouble, match="RUNPOD_API_KEY"):
        from_environment({"RUNPOD_ENDPOINT_ID": "abc"})

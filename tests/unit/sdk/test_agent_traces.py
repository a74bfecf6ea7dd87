"""An agent's trace goes out with its calls, and comes back with the answer."""

import subprocess
import sys
from pathlib import Path

import httpx
from handraise import Handraise, Receiver
from handraise.tracing import continued, outgoing
from opentelemetry.trace import get_current_span
from starlette.datastructures import Headers

from kernel.tracing.trace_context import continued as within
from kernel.tracing.trace_context import current
from tests.unit.sdk.agents import NOW, SECRET, bench, signed
from tests.unit.sdk.service import closed_request

PLACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def sent_headers() -> httpx.Headers:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=closed_request())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        await Handraise("http://handraise", "hr_1_2", http=http).get("r")
    return seen[0]


async def test_a_call_names_the_trace_that_it_is_made_in() -> None:
    with within(PLACE):
        assert (await sent_headers())["traceparent"] == PLACE


async def test_a_call_outside_of_traces_names_none() -> None:
    assert "traceparent" not in await sent_headers()


def test_a_callback_is_worked_on_in_its_trace_whatever_form_its_headers_have() -> None:
    for headers in ({"Traceparent": PLACE}, Headers({"traceparent": PLACE}).raw):
        with continued(headers):
            assert current() == PLACE
    assert current() is None


def test_a_trace_that_makes_no_sense_is_none() -> None:
    with continued({"traceparent": "00-zz"}):
        assert not get_current_span().get_span_context().is_valid


async def test_the_leg_that_a_callback_starts_belongs_to_its_trace(tmp_path: Path) -> None:
    desk = bench(tmp_path)
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")
        body = desk.callback(desk.service.close(desk.only_request()))
        receiver = Receiver(agent, secrets=[SECRET], clock=NOW.timestamp)
        legs: list[str | None] = []
        advance = agent.advance

        async def noted(workflow_id: str) -> None:
            legs.append(current())
            await advance(workflow_id)

        agent.advance = noted  # pyright: ignore[reportAttributeAccessIssue]
        status, _ = await receiver.handle({**signed(body), "traceparent": PLACE}, body)
        assert (status, legs) == (200, [PLACE])
        status, _ = await receiver.handle({"traceparent": PLACE}, body)
        assert status == 401


def test_an_agent_needs_no_opentelemetry() -> None:
    without = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from handraise.tracing import continued, outgoing\n"
        "import handraise\n"
        f"with continued({{'traceparent': {PLACE!r}}}): assert outgoing() == {{}}"
    )
    subprocess.run([sys.executable, "-c", without], check=True, timeout=60)
    assert outgoing() == {}

"""A newcomer reads one trace from the question to the callback, and no secret in it or any log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.collector import Collector, Span, collector, tree
from tests.support.eventually import eventually
from tests.support.receiver import Receiver, receiver
from tests.support.servers import OwnBroker
from tests.support.system import System, whole_system
from tests.unit.outbound.mail_sink import mail_sink

CALLERS_TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLERS_SPAN = "b7ad6b7169203331"
OWN_SECRET = "whsec_" + "dGhlIGFza2VyIGFsb25lIGtub3dzIHRoaXM="
QUERY_SECRET = "token-in-the-address"
EXPECTED = {
    "POST /api/v1/requests",
    "decide Open",
    "deliver email",
    "decide RecordNotification",
    "decide Respond",
    "deliver callback",
    "decide RecordCallback",
}


@dataclass(frozen=True, slots=True)
class Traced:
    """A system whose processes send their spans to a collector."""

    system: System
    collector: Collector
    folder: Path


@pytest.fixture
async def traced(
    own_broker: Callable[[], OwnBroker],
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Traced]:
    async with collector() as collecting, mail_sink() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collecting.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        async with whole_system(own_broker, database, tmp_path, sink.url) as running:
            yield Traced(running, collecting, tmp_path)


async def test_one_trace_leads_from_the_question_to_the_callback(traced: Traced) -> None:
    secret = traced.system.credentials["HANDRAISE_CALLBACK_SECRET"]
    async with receiver(secret) as agent_side, receiver(OWN_SECRET) as own_side:
        traceparent = f"00-{CALLERS_TRACE}-{CALLERS_SPAN}-01"
        known = await _asked_and_answered(traced, agent_side, traceparent=traceparent)
        spans = await _whole_trace(traced.collector, CALLERS_TRACE)
        _reads_well(spans, known)
        assert _only(spans, "POST /api/v1/requests").parent == CALLERS_SPAN
        called = agent_side.headers[known][0]["traceparent"].split("-")
        assert called[1:3] == [CALLERS_TRACE, _only(spans, "deliver callback").id]

        begun = await _asked_and_answered(traced, own_side, callback_secret=OWN_SECRET)
        trace = own_side.headers[begun][0]["traceparent"].split("-")[1]
        spans = await _whole_trace(traced.collector, trace)
        _reads_well(spans, begun)
        assert not _only(spans, "POST /api/v1/requests").parent, "it begins with us"
        await _batches_are_linked(traced.collector, trace)
        _logs_name_it(traced, begun, trace)
    await _no_secrets(traced)


async def _asked_and_answered(
    traced: Traced, agent_side: Receiver, *, traceparent: str = "", **over: Any
) -> str:
    async with traced.system.agent() as agent, traced.system.reviewer() as ada:
        opened = await agent.post(
            "/api/v1/requests",
            json={
                "title": "Ship it?",
                "workflow_id": "wf-1",
                "routing": {"channels": ["email"], "recipients": [{"email": "ada@example.org"}]},
                "callback_webhook": f"{agent_side.url}?key={QUERY_SECRET}",
                "metadata": {"correlation_id": "corr-7"},
                **over,
            },
            headers={"traceparent": traceparent} if traceparent else {},
        )
        assert opened.status_code == 201, opened.text
        request_id = opened.json()["id"]

        async def notified() -> bool:
            shown = await agent.get(f"/api/v1/requests/{request_id}")
            return shown.json().get("state") == "notified"

        await eventually(notified)
        answered = await ada.post(
            f"/api/v1/requests/{request_id}/respond", json={"decision": "approve"}
        )
        assert answered.status_code == 200, answered.text
        await agent_side.called(request_id)
    return request_id


async def _whole_trace(collecting: Collector, trace: str) -> list[Span]:
    async def complete() -> list[Span] | None:
        spans = collecting.of_trace(trace)
        return spans if {span.name for span in spans} >= EXPECTED else None

    found = await eventually(complete)
    assert found is not None
    return found


def _only(spans: list[Span], name: str) -> Span:
    (found,) = (span for span in spans if span.name == name)
    return found


def _reads_well(spans: list[Span], request_id: str) -> None:
    opened = _only(spans, "POST /api/v1/requests")
    decided, told = _only(spans, "decide Open"), _only(spans, "deliver email")
    answered, called = _only(spans, "decide Respond"), _only(spans, "deliver callback")
    parents = {
        decided.id: opened.id,
        told.id: decided.id,
        _only(spans, "decide RecordNotification").id: told.id,
        answered.id: opened.id,
        called.id: answered.id,
        _only(spans, "decide RecordCallback").id: called.id,
    }
    assert {span.id: span.parent for span in spans if span.id in parents} == parents
    assert {span.id for span in spans} == {opened.id, *parents}, tree(spans)
    assert [opened.service, decided.service, told.service, called.service] == [
        "handraise-api",
        "handraise-request_svc",
        "handraise-notifier_svc",
        "handraise-callback_svc",
    ]
    assert {span.attributes["handraise.request_id"] for span in spans} == {request_id}
    assert not any(span.failed for span in spans)
    assert answered.attributes["handraise.events"] == ["Received"]
    assert answered.links, "the call that answered is in a trace of its own, and linked"
    assert called.attributes["handraise.attempt"] == 1
    assert called.attributes["handraise.outcome"] == "delivered"


async def _batches_are_linked(collecting: Collector, trace: str) -> None:
    async def linked() -> bool:
        names = {span.name for span in collecting.spans if trace in span.links}
        return names >= {
            "POST /api/v1/requests/{request_id}/respond",
            "process callback_svc",
            "process notifier_svc",
            "process timeout_svc",
            "project inbox",
            "project history",
        }

    await eventually(linked)


def _logs_name_it(traced: Traced, request_id: str, trace: str) -> None:
    lines = [orjson.loads(line) for line in (traced.folder / "api.log").open("rb")]
    (line,) = (one for one in lines if one.get("trace_id") == trace)
    assert (line["request_id"], line["correlation_id"]) == (request_id, "corr-7")
    assert line["event"] == "call"


async def _no_secrets(traced: Traced) -> None:
    codes = await asyncio.gather(*(one.stop() for one in traced.system.processes.values()))
    assert set(codes) == {0}
    names = ("API_KEY", "REVIEWER_TOKEN", "ADMIN_TOKEN", "CALLBACK_SECRET", "SECRET_KEY")
    known = {name: traced.system.credentials.get(f"HANDRAISE_{name}", "") for name in names}
    known["SECRET_KEY"] = traced.system.settings.secret_key
    assert all(known.values())
    known |= {"own": OWN_SECRET, "query": QUERY_SECRET, "header": "Bearer "}
    written = b"".join(path.read_bytes() for path in traced.folder.glob("*.log"))
    exported = b"".join(traced.collector.raw)
    assert len(written) > 1000
    assert len(exported) > 1000
    shown = [name for name, secret in known.items() if secret.encode() in written + exported]
    assert shown == []

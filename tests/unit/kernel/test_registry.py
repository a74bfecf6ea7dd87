"""What a registry may answer, and what we make of it."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from event_schemas.catalog import words
from kernel import registry as registry_module
from kernel.errors import HandraiseError, Unavailable, Unreadable
from kernel.registry import Registry

RECEIVED = words()["handraise.public.Received"]
FOREIGN = '{"type": "record", "namespace": "acme", "name": "Order", "fields": []}'
Answer = Callable[[httpx.Request], httpx.Response]


class Asked:
    """A registry whose server is a function; it counts what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Answer = lambda _: httpx.Response(200, json={"id": 7})
        self.registry = Registry("http://registry/base", httpx.MockTransport(self._take))

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
async def asked() -> AsyncIterator[Asked]:
    made = Asked()
    yield made
    await made.registry.close()


async def test_a_schema_is_registered_once_under_its_full_name(asked: Asked) -> None:
    assert [await asked.registry.id_of(RECEIVED) for _ in range(3)] == [7, 7, 7]
    (request,) = asked.requests
    assert request.url.path == "/base/subjects/handraise.public.Received/versions"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(409, json={"error_code": 409, "message": "incompatible"}),
        httpx.Response(500),
        httpx.Response(302, headers={"location": "http://elsewhere/"}),
        httpx.Response(200, text="<html>a proxy's page</html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"id": "7"}),
    ],
)
async def test_whatever_is_no_id_is_tried_again_later(asked: Asked, answer: httpx.Response) -> None:
    asked.answer = lambda _: answer
    with pytest.raises(Unavailable):
        await asked.registry.id_of(RECEIVED)


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


async def test_a_registry_that_does_not_answer_is_left_alone_for_a_while(asked: Asked) -> None:
    asked.answer = refuse
    for _ in range(3):
        with pytest.raises(Unavailable):
            await asked.registry.id_of(RECEIVED)
    assert len(asked.requests) == 1


async def test_a_registry_that_is_back_is_asked_again(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "REST_SECONDS", 0)
    well, asked.answer = asked.answer, refuse
    with pytest.raises(Unavailable):
        await asked.registry.id_of(RECEIVED)
    asked.answer = well
    assert await asked.registry.id_of(RECEIVED) == 7


async def test_a_schema_that_is_refused_does_not_hold_up_the_others(asked: Asked) -> None:
    well, asked.answer = asked.answer, lambda _: httpx.Response(409)
    with pytest.raises(Unavailable):
        await asked.registry.id_of(RECEIVED)
    asked.answer = well
    assert await asked.registry.id_of(words()["handraise.public.Cancelled"]) == 7


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(404, json={"error_code": 40403}), Unreadable),
        (httpx.Response(200, json={"schema": FOREIGN}), Unreadable),
        (httpx.Response(200, json={"schema": "no JSON"}), Unreadable),
        (httpx.Response(200, json={"schema": '"string"'}), Unreadable),
        (httpx.Response(200, json={"other": 1}), Unavailable),
        (httpx.Response(503), Unavailable),
    ],
)
async def test_an_id_that_stands_for_no_word_of_ours_is_unreadable(
    asked: Asked, answer: httpx.Response, error: type[HandraiseError]
) -> None:
    asked.answer = lambda _: answer
    with pytest.raises(error):
        await asked.registry.word_of(7)

"""Chats: which addresses are let in, and that a message arrives where one leads."""

import json

import pytest

from kernel.errors import Invalid
from kernel.outbound.chat_address import checked_chat
from kernel.outbound.delivery import Result, Verdict
from services.notifier_svc.chat import ChatCarrier
from tests.unit.notifier.notices import message, to_tell
from tests.unit.outbound.receiver import answers, receiving

# apprise imports it when it loads its plugins.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
GOOD = [
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "tgram://123456789:AAHabcdefghijklmnopqrstuvwxyz12345/12315544/?topic=3",
    "workflows://prod-1.westeurope.logic.azure.com:443/643e69f83c8944/4yn_signature",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    "gchat://workspace/key/token",
]
BAD = [
    "",
    "json://127.0.0.1:9200/",
    "jsons://internal.example/",
    "mailto://user:pass@example.org",
    "file:///etc/passwd",
    "syslog://",
    "http://169.254.169.254/latest/meta-data",
    "discord://",
    "discord://a/b?template=/etc/passwd",
    "tgram://123456789:AAH/1?topic=1&config=x",
    "workflows://internal.example:443/a/b",
    "workflows://logic.azure.com.evil.example:443/a/b",
    "workflows://x@10.0.0.1:443/a/b?h=prod.logic.azure.com",
    "discord://a/b\r\nHost: x",
    "discord://ä/b",
    "discord://[/b",
    "discord://a/" + "b" * 1000,
]


@pytest.mark.parametrize("address", GOOD)
def test_chats_of_well_known_services_are_let_in(address: str) -> None:
    assert checked_chat(address) == address


@pytest.mark.parametrize("address", BAD)
def test_addresses_that_could_lead_anywhere_are_not(address: str) -> None:
    with pytest.raises(Invalid):
        checked_chat(address)


def test_what_is_refused_is_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        checked_chat("json://user:hunter2@example.org/")
    assert "hunter2" not in str(refused.value)


def carrier(address: str | None, allowed: tuple[str, ...] = ("json",)) -> ChatCarrier:
    async def address_of(tenant: str, person: str, name: str) -> str | None:
        return address if (tenant, person, name) == ("acme", "ada", "home") else None

    return ChatCarrier(address_of, allowed)


async def told(carrier: ChatCarrier, target: str = "ada/home") -> Result:
    return await carrier.carry(to_tell(message(), "chat", target))


async def test_a_message_arrives_with_its_subject_and_link() -> None:
    async with receiving(answers("200 OK")) as receiver:
        result = await told(carrier(f"json://127.0.0.1:{receiver.port}/hook"))
    assert (result.verdict, result.provider) == (Verdict.DELIVERED, "apprise")
    (came,) = receiver.came
    said = json.loads(came.body)
    assert said["title"] == message().subject
    assert message().link in said["message"]
    assert "Asked by: code-review-agent" in said["message"]


async def test_a_service_that_does_not_take_it_is_tried_again() -> None:
    async with receiving(answers("500 No")) as receiver:
        result = await told(carrier(f"json://127.0.0.1:{receiver.port}/hook"))
    assert (result.verdict, result.error) == (Verdict.RETRY, "the chat service did not take it")


async def test_what_an_operator_took_back_is_told_no_more() -> None:
    async with receiving(answers("200 OK")) as receiver:
        result = await told(carrier(f"json://127.0.0.1:{receiver.port}/hook", allowed=()))
    assert result.verdict is Verdict.GIVE_UP
    assert receiver.came == []


async def test_a_chat_that_was_removed_is_given_up() -> None:
    result = await told(carrier("json://127.0.0.1:1/"), "ada/work")
    assert (result.verdict, result.error) == (Verdict.GIVE_UP, "this chat was removed")


async def test_an_address_that_is_none_is_given_up() -> None:
    result = await told(carrier("slack://x"))
    assert result.verdict is Verdict.GIVE_UP

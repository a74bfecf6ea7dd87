"""What an attempt of a callback comes to, whatever goes wrong on the way."""

from collections.abc import Sequence

import pytest

from kernel.errors import NotFound, Unavailable
from kernel.outbound.delivery import Sign, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Reach
from services.callback_svc.carrier import CallbackCarrier
from tests.unit.outbound.deliveries import delivery
from tests.unit.outbound.receiver import answers, receiving


async def two(secret_ref: str, tenant: str) -> Sequence[str]:
    return ("new secret", "old secret")


async def none(secret_ref: str, tenant: str) -> Sequence[str]:
    raise NotFound("there is no such callback secret")


async def away(secret_ref: str, tenant: str) -> Sequence[str]:
    raise Unavailable("the directory is away")


LOCAL = Egress(Reach(loopback=True))


async def test_what_is_kept_of_the_headers_tells_how_often_it_was_signed_and_not_how() -> None:
    async with receiving() as receiver:
        result = await CallbackCarrier(LOCAL, two).carry(delivery(target=receiver.url))
        LOCAL.close()
    assert (result.verdict, result.sign) == (Verdict.DELIVERED, Sign.WELL)
    assert result.headers is not None
    assert result.headers["webhook-signature"] == "v1,*** v1,***"
    sent = receiver.came[0].headers
    for name in ("webhook-signature", "x-webhook-signature"):
        for part in sent[name].replace("v1,", "").replace("sha256=", "").split():
            assert part not in str(result.headers)


async def test_without_the_secret_it_is_given_up_unsent() -> None:
    async with receiving() as receiver:
        result = await CallbackCarrier(LOCAL, none).carry(delivery(target=receiver.url))
    assert (result.verdict, result.sign, receiver.came) == (Verdict.GIVE_UP, Sign.NONE, [])


async def test_while_the_secrets_are_away_nothing_was_attempted() -> None:
    with pytest.raises(Unavailable):
        await CallbackCarrier(LOCAL, away).carry(delivery())


async def test_a_receiver_that_does_not_answer_is_ailing() -> None:
    async with receiving() as receiver:
        url = receiver.url
    result = await CallbackCarrier(LOCAL, two).carry(delivery(target=url))
    assert (result.verdict, result.sign, result.status_code) == (
        Verdict.RETRY,
        Sign.AILING,
        None,
    )


async def test_a_target_out_of_reach_says_nothing_of_a_receiver() -> None:
    result = await CallbackCarrier(LOCAL, two).carry(delivery(target="https://10.0.0.1/"))
    assert (result.verdict, result.sign) == (Verdict.GIVE_UP, Sign.NONE)


async def test_an_error_of_one_path_is_no_failure_of_the_receiver() -> None:
    async with receiving(answers("500 Oops")) as receiver:
        result = await CallbackCarrier(LOCAL, two).carry(delivery(target=receiver.url))
        LOCAL.close()
    assert (result.verdict, result.sign) == (Verdict.RETRY, Sign.WELL)

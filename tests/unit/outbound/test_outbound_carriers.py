"""That each delivery goes to its channel's carrier, and says so where there is none."""

from dataclasses import dataclass, field

import pytest

from kernel.outbound.carriers import AMENDMENT, Carriers
from kernel.outbound.delivery import Delivery, Result, Verdict
from tests.unit.outbound.deliveries import TAKEN, Hand, delivery


@dataclass
class Changing(Hand):
    """A carrier that can change what it brought."""

    amended: list[Delivery] = field(default_factory=list)

    async def amend(self, delivery: Delivery) -> Result:
        self.amended.append(delivery)
        return TAKEN


MAIL, CHAT = Hand(), Changing()
TABLE = Carriers({"email": MAIL, "slack": CHAT})


async def test_a_delivery_goes_to_the_carrier_of_its_channel_alone() -> None:
    one = delivery(channel="email")
    assert await TABLE.carry(one) == TAKEN
    assert (MAIL.carried, CHAT.carried) == ([one], [])


@pytest.mark.parametrize("event", ["requested", AMENDMENT])
async def test_a_channel_that_is_not_set_up_fails_and_says_so(event: str) -> None:
    result = await TABLE.carry(delivery(channel="sms", event=event))
    assert (result.verdict, result.error) == (
        Verdict.GIVE_UP,
        "the channel 'sms' is not set up here",
    )


async def test_a_change_goes_where_changes_can_be_made() -> None:
    change = delivery(channel="slack", event=AMENDMENT)
    assert await TABLE.carry(change) == TAKEN
    assert (CHAT.amended, CHAT.carried) == ([change], [])
    refused = await TABLE.carry(delivery(channel="email", event=AMENDMENT))
    assert (refused.verdict, refused.error) == (
        Verdict.GIVE_UP,
        "what went by 'email' can't be changed",
    )


def test_it_is_known_where_changes_can_be_made() -> None:
    assert TABLE.channels == {"email", "slack"}
    assert TABLE.amendable == {"slack"}

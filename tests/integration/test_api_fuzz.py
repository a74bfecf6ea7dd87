"""Whatever comes in, nothing breaks and every answer is one that was announced."""

from tests.fuzz import UNLIMITED, fuzz_house
from tests.support.front_door import front_door
from tests.support.slack import slack_stand_in

CASES = 1500


async def test_no_call_breaks_the_front_door(kafka: str, database: str, topic_prefix: str) -> None:
    async with (
        slack_stand_in() as slack,
        front_door(
            kafka, database, topic_prefix, slack_api_url=f"{slack.url}/api", **UNLIMITED
        ) as house,
    ):
        findings = await fuzz_house(house, CASES)
    assert findings.failures == [], str(findings)
    assert findings.cases >= CASES // 2
    assert findings.statuses[200] + findings.statuses[201] > 0

"""One command of each type, and everyone who might give it."""

from event_schemas.types import (
    Actor,
    ActorKind,
    Assign,
    Assignee,
    Cancel,
    Claim,
    CommandBody,
    Comment,
    Escalate,
    Expire,
    Extend,
    Priority,
    RecordCallback,
    RecordNotification,
    Redeem,
    Release,
    Remind,
    Reprioritise,
    Revise,
    Start,
)
from tests.unit.request.samples import (
    ANN,
    BOT,
    CLOCK,
    DAY,
    HASH,
    LEA,
    NOTIFIER,
    POSTMAN,
    agent,
    answer,
    person,
    question,
    service,
)

BODIES: dict[type[CommandBody], CommandBody] = {
    type(body): body
    for body in (
        question(),
        answer(),
        Claim(),
        Start(),
        Release(),
        Assign(assignee=Assignee(person="zoe")),
        Comment(text="Hm."),
        Extend(seconds=2 * DAY),
        Escalate(generation=0),
        Reprioritise(priority=Priority.LOW),
        Cancel(),
        Revise(title="t", context="{}", content_hash=HASH),
        Redeem(content_hash=HASH, spender="s"),
        Expire(generation=1),
        Remind(generation=1),
        RecordNotification(notice_id="n", sent=1, failed=0),
        RecordCallback(delivery_id="d", delivered=True, status_code=200, attempts=1),
    )
}
EVERYONE: dict[str, Actor] = {
    "asker": BOT,
    "agent": agent("other"),
    "reviewer": ANN,
    "lead": LEA,
    "analyst": person("ana", "analyst"),
    "clock": CLOCK,
    "notifier": NOTIFIER,
    "postman": POSTMAN,
    "service": service("api"),
    "policy": Actor(kind=ActorKind.POLICY, id="policy", tenant="demo", auth="policy", channel="x"),
}

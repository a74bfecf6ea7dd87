"""Commands over a handful of requests: sensible, repeated, late, misrouted, spoilt and crashing."""

from collections import deque
from datetime import datetime, timedelta
from functools import cache
from random import Random

from event_schemas.types import (
    Actor,
    ActorKind,
    Assign,
    Assignee,
    Cancel,
    Candidates,
    Claim,
    Command,
    CommandBody,
    Comment,
    DeadlineAction,
    DeadlinePolicy,
    DecisionOption,
    Escalate,
    Expire,
    Extend,
    LadderStep,
    Means,
    Policy,
    RecordCallback,
    RecordNotification,
    Release,
    Remind,
    ReplyTo,
    Respond,
    Revise,
    Start,
    StepKind,
)
from kernel.codec import encode
from kernel.request.model import Request
from kernel.request.steps import next_step
from kernel.topics import partition_for
from services.request_svc.writing.effect import View
from services.request_svc.writing.ruling import Place
from tests.simulator.releases import CRASH_IN_DECIDE, CRASH_IN_ENCODE, CRASH_IN_EVOLVE
from tests.support.questions import ADA, AGENT, BEN, callback, opening, policy

REQUESTS = 10
REPEATABLE = 120
COMMAND_ID = slice(11, 15)
LEAD = Actor(
    kind=ActorKind.PERSON, id="lea", tenant="demo", roles=("lead",), auth="jwt", channel="api"
)
STRANGER = Actor(kind=ActorKind.AGENT, id="agent", tenant="other", auth="api_key", channel="api")
HASH = "0" * 64
_people = (ADA, BEN, LEAD)
_texts = ("fine", "why?", CRASH_IN_DECIDE, CRASH_IN_EVOLVE, CRASH_IN_ENCODE, "x" * 5000)


def service(name: str) -> Actor:
    """One of our own services."""
    return Actor(kind=ActorKind.SERVICE, id=name, tenant="demo", auth="service", channel="service")


TIMEOUT, NOTIFIER, CALLBACK = map(service, ("timeout_svc", "notifier_svc", "callback_svc"))


@cache
def policies() -> tuple[Policy, ...]:
    """A plain one, one that climbs and reminds, one with a quorum and an approval by default."""
    decisions = (
        DecisionOption(name="approve", label="Approve", means=Means.APPROVE),
        DecisionOption(name="change", label="Change", means=Means.CHANGES),
    )
    rung = LadderStep(name="leads", after_seconds=120, candidates=Candidates(roles=("lead",)))
    return (
        policy(),
        policy(
            decisions=decisions,
            deadline=DeadlinePolicy(action=DeadlineAction.ESCALATE),
            remind_before_seconds=(60, 30),
            ladder=(rung,),
            claim_seconds=90,
            max_revisions=1,
            revise_within_seconds=100,
        ),
        policy(deadline=DeadlinePolicy(action=DeadlineAction.APPROVE), quorum=2),
    )


@cache
def body_bytes(body: CommandBody) -> bytes:
    """A command's body, encoded once."""
    return encode(body)


class Traffic:
    """What clients and services send."""

    def __init__(self, rng: Random, place: Place) -> None:
        self._rng = rng
        self._place = place
        self._requests = [self._request_id() for _ in range(REQUESTS)]
        self._sent: deque[bytes] = deque(maxlen=REPEATABLE)

    def next(self, view: View, now: datetime) -> bytes | None:
        """The next record for C; None is a tombstone."""
        chance = self._rng.random()
        if chance < 0.12 and self._sent:
            return self._rng.choice(self._sent)
        if chance < 0.14:
            return self._spoilt()
        value = self._sensible(view, now)
        self._sent.append(value)
        return value

    def _spoilt(self) -> bytes | None:
        rng = self._rng
        if rng.random() < 0.3 or not self._sent:
            return None if rng.random() < 0.3 else rng.randbytes(rng.randrange(60))
        value = bytearray(rng.choice(self._sent))
        value[rng.randrange(len(value))] ^= 1 << rng.randrange(8)
        value[COMMAND_ID] = b"%04x" % rng.getrandbits(16)  # another command than the sound one
        return bytes(value[: rng.randrange(len(value)) if rng.random() < 0.5 else None])

    def _sensible(self, view: View, now: datetime) -> bytes:
        rng = self._rng
        index = rng.randrange(REQUESTS)
        request_id = self._requests[index]
        request = view.request(request_id)
        if request is not None and request.state.closing is not None and rng.random() < 0.3:
            request_id = self._requests[index] = self._request_id()
            request = None
        if rng.random() < 0.01:
            request_id = self._request_id(misrouted=True)
        actor, body, keyed = self._want(request)
        return self._command(request_id, actor, body, now, keyed=keyed)

    def _command(
        self, request_id: str, actor: Actor, body: CommandBody, now: datetime, *, keyed: bool
    ) -> bytes:
        lasting = actor.kind is ActorKind.SERVICE
        valid = timedelta(hours=24) if keyed else timedelta(minutes=15)
        return encode(
            Command(
                command_id=f"{self._rng.getrandbits(64):016x}",
                request_id=request_id,
                tenant=actor.tenant,
                actor=actor,
                keyed=keyed,
                valid_until=None if lasting else now + valid,
                issued_at=now,
                reply_to=None if lasting else ReplyTo(partition=0, instance="api"),
                body=body_bytes(body),
            )
        )

    def _request_id(self, *, misrouted: bool = False) -> str:
        while True:
            found = f"{self._rng.getrandbits(64):016x}"
            here = partition_for(found, self._place.partitions) == self._place.number
            if here is not misrouted:
                return found

    def _want(self, request: Request | None) -> tuple[Actor, CommandBody, bool]:
        rng = self._rng
        if request is None:
            return self._opening() if rng.random() < 0.8 else (ADA, Start(), False)
        if rng.random() < 0.03:
            return self._opening()
        if rng.random() < 0.03:
            return STRANGER, Cancel(), False
        if rng.random() < 0.25:
            return (*self._by_clock(request), False)
        return (*self._by_people(request), rng.random() < 0.1)

    def _opening(self) -> tuple[Actor, CommandBody, bool]:
        rng = self._rng
        kind, timeout, called, long = (
            rng.randrange(3),
            rng.choice((None, 60, 240, 600)),
            rng.random() < 0.4,
            rng.random() < 0.05,
        )
        body = opening(
            policy=policies()[kind],
            timeout_seconds=timeout,
            callback=callback("http://agent") if called else None,
            metadata='"' + "m" * 1800 + '"' if long else "{}",
            fingerprint=f"{kind}{timeout}{called}{long}",
        )
        return AGENT, body, rng.random() < 0.7

    def _by_people(self, request: Request) -> tuple[Actor, CommandBody]:
        rng, revision = self._rng, request.state.revision
        person = rng.choice(_people)
        decision = rng.choice(("approve", "reject", "change"))
        answer = Respond(decision=decision, revision=revision, content_hash=HASH)
        choices: list[tuple[Actor, CommandBody]] = [
            (person, answer),
            (person, answer),
            (person, Claim()),
            (person, Start()),
            (person, Release()),
            (person, Comment(text=rng.choice(_texts))),
            (person, Comment(text=rng.choice(_texts))),
            (person, Extend(seconds=600)),
            (person, Escalate()),
            (AGENT, Cancel()),
            (AGENT, Revise(title="again", context="{}", content_hash=HASH)),
            (LEAD, Assign(assignee=Assignee(person="ada"))),
        ]
        return rng.choice(choices)

    def _by_clock(self, request: Request) -> tuple[Actor, CommandBody]:
        rng, step = self._rng, next_step(request)
        if step is not None and rng.random() < 0.7:
            trigger = {
                StepKind.EXPIRE: Expire,
                StepKind.REMIND: Remind,
                StepKind.ESCALATE: Escalate,
                StepKind.RELEASE: Release,
            }[step.kind]
            return TIMEOUT, trigger(generation=step.generation)
        delivery = request.state.callback_id
        if delivery is not None:
            taken = rng.random() < 0.7
            report = RecordCallback(
                delivery_id=delivery,
                delivered=taken,
                status_code=200 if taken else 500,
                attempts=1,
            )
            return CALLBACK, report
        notice = RecordNotification(notice_id=f"n{rng.randrange(3)}", sent=1, failed=0)
        return NOTIFIER, notice

"""Fills a planned delivery: what it says, in which lane it goes, or why it can never go."""

import re
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from kernel.directory.answer_links import AnswerLink, answer_url, expires_with
from kernel.errors import Invalid
from kernel.outbound.delivery import Delivery, Standing
from kernel.outbound.target import parse_target
from services.notifier_svc.composing import Reader, Setting, message_of
from services.notifier_svc.message import Message, written_message
from services.notifier_svc.notice import INFORMS, Brief, Notice
from services.notifier_svc.reach import CHAT, EMAIL, SLACK, SMS, WEB, WEBHOOK
from services.notifier_svc.webhook import webhook_body
from services.notifier_svc.wording import mailbox
from task_kinds.notices import KindNotices

MakeLink = Callable[[AnswerLink], Awaitable[str]]
"""Keeps a link by which one person may answer, and gives its token."""

_phone = re.compile(r"\+[1-9][0-9]{6,14}")
_NOWHERE = {
    SMS: "there is no telephone number to send to",
    SLACK: "there is no Slack user or channel to send to",
    CHAT: "no chat is set up for this tenant",
    WEBHOOK: "no webhook is set up for this tenant or kind",
}


@dataclass(frozen=True, slots=True)
class Task:
    """A notice with all that it is written from."""

    notice: Notice
    brief: Brief
    kind: KindNotices


class Papers:
    """Writes what deliveries carry."""

    def __init__(self, public_url: str, channels: AbstractSet[str], make_link: MakeLink) -> None:
        """A writer; `channels` are those that are set up."""
        self._public_url = public_url
        self._channels = channels
        self._make_link = make_link

    async def of(
        self, task: Task, plain: Delivery, reader: Reader, *, gathered: bool = False
    ) -> Delivery:
        """The delivery with its payload and lane, or settled where it can't go.

        Raises:
            Unavailable: a link is wanted and can't be kept now.
        """
        if plain.channel == WEB:
            return replace(plain, due_at=None).settled(Standing.DELIVERED)
        why_not = self._why_not(plain)
        if why_not is not None:
            return replace(plain, due_at=None).settled(Standing.FAILED, why_not)
        if plain.channel == WEBHOOK:
            lane = f"{plain.tenant} {parse_target(plain.target).lane}"
            return replace(plain, lane=lane, payload=self._webhook(task))
        link = None if gathered else await self._link(task, plain)
        message = self.message(task, reader, link)
        return replace(plain, payload=written_message(message))

    def message(self, task: Task, reader: Reader, link: str | None = None) -> Message:
        """What a reader is told."""
        setting = Setting(public_url=self._public_url, notices=task.kind)
        return message_of(task.notice, task.brief, reader, setting, link)

    def _why_not(self, plain: Delivery) -> str | None:
        if plain.channel not in self._channels:
            return f"the channel {plain.channel!r} is not set up here"
        if plain.channel == EMAIL:
            return None if mailbox(plain.target) else "this is no mail address"
        if plain.target == plain.channel:
            return _NOWHERE.get(plain.channel, "there is nobody to send to")
        if plain.channel == SMS and not _phone.fullmatch(plain.target):
            return "this is no telephone number with its country (E.164, such as +4930123456)"
        if plain.channel == WEBHOOK:
            try:
                parse_target(plain.target)
            except Invalid as error:
                return str(error)
        return None

    def _webhook(self, task: Task) -> bytes:
        return webhook_body(task.notice, task.brief, self.message(task, Reader()))

    async def _link(self, task: Task, plain: Delivery) -> str | None:
        """A link by which this person may answer; to others the request's page is shown."""
        notice = task.notice
        if plain.person is None or plain.channel != EMAIL or notice.why in INFORMS:
            return None
        token = await self._make_link(
            AnswerLink(
                tenant=notice.tenant,
                person=plain.person,
                request_id=notice.request_id,
                revision=notice.revision,
                delivery_id=plain.id,
                expires_at=expires_with(notice.deadline, notice.at),
            )
        )
        return answer_url(self._public_url, token)

"""Places that are told besides people: a tenant's or kind's webhook, and a tenant's chats."""

from collections.abc import Sequence

from event_schemas.types import Priority
from kernel.directory.kinds import Kinds
from kernel.directory.tenant_notices import AllTenantNotices
from kernel.errors import NotFound
from services.notifier_svc.notice import Brief, Notice, Why
from services.notifier_svc.reach import CHAT, WEBHOOK, Told
from task_kinds.notices import NO_NOTICES, KindNotices, notices_of

_pressing = (Priority.HIGH, Priority.URGENT)
_NEWS = (Why.ASKED, Why.ESCALATED)


class Places:
    """Looks up the places of tenants and kinds."""

    def __init__(self, kinds: Kinds, tenants: AllTenantNotices) -> None:
        self._kinds = kinds
        self._tenants = tenants

    async def kind_notices(self, tenant: str, brief: Brief) -> KindNotices:
        """What the request's kind says of notices; nothing where it is gone.

        Raises:
            Unavailable: the directory is away.
        """
        try:
            kind = await self._kinds.get(tenant, brief.question.kind)
        except NotFound:
            return NO_NOTICES
        return notices_of(kind.definition)

    async def settled(self, notice: Notice, brief: Brief, told: Sequence[Told]) -> list[Told]:
        """The same with every place by its address; one that has none stands as it was.

        A webhook that is set up hears of what is pressing, also where nobody named the channel.

        Raises:
            Unavailable: the directory is away.
        """
        tenant = await self._tenants.get(notice.tenant)
        kind = await self.kind_notices(notice.tenant, brief)
        webhook = kind.webhook or tenant.webhook_url
        settled = dict.fromkeys(told)
        pressing = notice.priority in _pressing and notice.why in _NEWS
        if webhook and (pressing or Told(WEBHOOK, WEBHOOK) in settled):
            settled.pop(Told(WEBHOOK, WEBHOOK), None)
            settled[Told(WEBHOOK, webhook)] = None
        if tenant.chats and Told(CHAT, CHAT) in settled:
            del settled[Told(CHAT, CHAT)]
            settled |= dict.fromkeys(Told(CHAT, f"/{name}") for name in sorted(tenant.chats))
        return list(settled)

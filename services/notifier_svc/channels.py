"""The channels of this installation: which there are, and what carries each of them.

To add one: write a carrier (`kernel.outbound.delivery.Carrier`; with `amend` as well if it can
change what it brought, `kernel.outbound.carriers.Amender`) that reads what to say with
`read_message(delivery.payload)`, and put it into the table here under the channel's name. Results
name the provider and its id, so that receipts find the row (`kernel.outbound.receipts`). If the
channel leads to single people, `reach.addresses` says where a person is on it.
"""

from functools import partial

from kernel.directory.directory import Directory
from kernel.mail_server import MailServer
from kernel.outbound.carriers import Carriers
from kernel.outbound.delivery import Carrier
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Reach
from kernel.settings import Settings
from services.notifier_svc.chat import ChatCarrier
from services.notifier_svc.mail import Letterhead, MailWriter
from services.notifier_svc.mailing import MailCarrier
from services.notifier_svc.reach import CHAT, EMAIL, PUSH, SLACK, SMS, WEBHOOK
from services.notifier_svc.slack.carrier import SlackCarrier
from services.notifier_svc.slack.client import SlackClient
from services.notifier_svc.smtp import SmtpCarrier
from services.notifier_svc.twilio import SmsCarrier, sms_gateway
from services.notifier_svc.web_push import PushCarrier
from services.notifier_svc.webhook import WebhookCarrier


def carriers(
    settings: Settings, directory: Directory, head: Letterhead, server: MailServer, reach: Reach
) -> Carriers:
    """The carrier of each channel that is set up.

    Raises:
        Misconfigured: the gateway for text messages makes no sense.
    """
    egress, contact = Egress(reach), head.sender.addr_spec
    table: dict[str, Carrier] = {
        EMAIL: MailCarrier(MailWriter(head), SmtpCarrier(server, contact)),
        CHAT: ChatCarrier(partial(_chat, directory), settings.chat_schemas),
        PUSH: PushCarrier(egress, directory.push, contact),
        SLACK: SlackCarrier(
            SlackClient(egress, settings.slack_api_url), directory.slack_workspaces
        ),
        WEBHOOK: WebhookCarrier(egress, partial(_secret, directory)),
    }
    gateway = sms_gateway(settings.sms_url)
    if gateway is not None:
        table[SMS] = SmsCarrier(egress, gateway, head.public_url)
    return Carriers(table)


async def _chat(directory: Directory, tenant: str, person: str, name: str) -> str | None:
    if person:
        return await directory.preferences.chat(tenant, person, name)
    return (await directory.tenant_notices.get(tenant)).chats.get(name)


async def _secret(directory: Directory, tenant: str) -> str:
    return await directory.tenant_notices.secret(tenant)

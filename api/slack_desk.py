"""What answering from Slack needs: the way to Slack, and who its users are to us."""

from dataclasses import dataclass, field
from typing import Any

from kernel.directory.directory import Directory
from kernel.directory.principals import Auth, Principal
from kernel.directory.slack_people import SlackUser
from kernel.directory.slack_workspaces import Workspace
from kernel.outbound.egress import Egress
from services.notifier_svc.slack.client import SlackClient
from services.notifier_svc.slack.signature import Seen
from services.notifier_svc.slack.users import SlackUsers

_response_urls = "https://hooks.slack.com/"


@dataclass(frozen=True, slots=True)
class SlackDesk:
    """The way to Slack: `url` is its Web API's, `seen` the calls that were taken."""

    egress: Egress
    url: str
    client: SlackClient
    users: SlackUsers
    seen: Seen = field(default_factory=Seen)

    @classmethod
    def at(cls, egress: Egress, url: str) -> "SlackDesk":
        """A desk for the Web API at this address."""
        client = SlackClient(egress, url)
        return cls(egress, url, client, SlackUsers(client))

    def may_answer_at(self, response_url: str) -> bool:
        """Whether an address is one of those at which Slack takes what we say to a person."""
        own, _, _ = self.url.partition("/api")
        return response_url.startswith((_response_urls, f"{own}/"))


async def principal_of(
    desk: SlackDesk, directory: Directory, workspace: Workspace, user: dict[str, Any]
) -> Principal | None:
    """The active person of the workspace's tenant who this Slack user is; None where nobody is.

    By the link that the person made on a signed-in page, else, where the workspace has it so, by
    the confirmed e-mail address. Users of other workspaces, in shared channels, are nobody.

    Raises:
        SlackFailed: Slack did not say who the user is.
        Unavailable: the directory is away.
    """
    user_id, tenant = str(user.get("id")), workspace.tenant
    if user.get("team_id") != workspace.team_id:
        return None
    linked = await directory.slack_people.person_of(
        SlackUser(tenant=tenant, team_id=workspace.team_id, user_id=user_id)
    )
    if linked is None and workspace.link_by_email:
        email = await desk.users.email_of(workspace.team_id, workspace.bot_token, user_id)
        named = {} if email is None else await directory.people.named(tenant, [email])
        linked = named.get(email or "")
    person = None if linked is None else await directory.people.get(tenant, linked)
    if person is None or not person.is_active:
        return None
    return person.principal(Auth.SLACK)

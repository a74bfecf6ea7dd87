"""Where a tenant's people are reached, beside the mail."""

from datetime import datetime

from api.rest.documents.base import Document


class SlackDocument(Document):
    """The tenant's Slack workspace, if one is connected; secrets are never given back.

    `interactions_url` is what the app's settings in Slack need as the Request URL of Interactivity.
    """

    connected: bool
    team_id: str | None
    team_name: str | None
    bot_user_id: str | None
    link_by_email: bool | None
    updated_at: datetime | None
    interactions_url: str

"""Where a tenant's people are reached, beside the mail."""

from api.rest.examples.facts import Example

SLACK: Example = {
    "connected": True,
    "team_id": "T012AB3C4",
    "team_name": "Acme",
    "bot_user_id": "U0HAND",
    "link_by_email": True,
    "updated_at": "2026-11-21T09:00:00Z",
    "interactions_url": "https://hands.example/hooks/slack/interactions",
}
SLACK_INPUT: Example = {
    "bot_token": "xoxb-of-your-app",
    "signing_secret": "8f742231b10e8888abcd99yyyzzz85a5",
    "link_by_email": True,
}

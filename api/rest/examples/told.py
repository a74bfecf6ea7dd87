"""How people are told."""

from api.rest.examples.facts import AT, ID, LATER, Example

PREFERENCES: Example = {
    "language": "de",
    "time_zone": "Europe/Berlin",
    "channels": {"low": ["email"], "urgent": ["sms", "push"]},
    "quiet": {"begin": "20:00", "end": "07:00"},
    "digest": "hourly",
    "digest_at": "08:00",
    "at_most": 30,
    "fallback": "email",
    "fallback_minutes": 10,
    "phone": "+4930123456",
    "slack_user_id": None,
    "chats": ["team"],
}
PREFERENCES_BODY: Example = {
    **PREFERENCES,
    "chats": {"team": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"},
}
NOTICE: Example = {
    "id": "7d0c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a12",
    "request_id": ID,
    "why": "asked",
    "priority": "high",
    "title": "Review High-Risk Code Changes",
    "note": None,
    "deadline": LATER,
    "at": AT,
    "seen_at": None,
    "done_at": None,
    "url": f"https://handraise.company.com/requests/{ID}",
}
NOTICES: Example = {"items": [NOTICE], "unread": 1, "next_cursor": None}
SEEN_BODY: Example = {"ids": [NOTICE["id"]]}
PUSH_KEY: Example = {
    "public_key": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkN"
    "toIAiw4"
}
PUSH_BODY: Example = {
    "endpoint": "https://push.example.net/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "keys": {
        "p256dh": PUSH_KEY["public_key"],
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
SUBSCRIBED: Example = {"id": "0b6f2f5e-7c3b-5a51-8d5e-3f8e0c1d2e4a"}
TENANT_NOTICES: Example = {
    "webhook_url": "https://ops.company.com/handraise",
    "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    "chats": ["team"],
}
TENANT_NOTICES_BODY: Example = {
    "webhook_url": TENANT_NOTICES["webhook_url"],
    "chats": PREFERENCES_BODY["chats"],
}

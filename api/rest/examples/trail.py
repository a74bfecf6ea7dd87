"""What happened to a request."""

from api.rest.examples.facts import ANSWERED_AT, AT, HASH, ID, PERSON, Example
from api.rest.examples.requests import REQUEST

HISTORY: Example = {
    "items": [
        {
            "at": ANSWERED_AT,
            "event": "Received",
            "actor": {
                "kind": "person",
                "id": PERSON,
                "via": None,
                "on_behalf_of": None,
                "channel": "api",
            },
            "version": 3,
            "data": {"response": REQUEST["response"], "outcome": "answered"},
        }
    ]
}
EXPORTED: Example = {
    **HISTORY["items"][0],
    "cursor": "1768473000000000~3~41~0",
    "request_id": ID,
    "command": "Respond",
    "command_id": "2b7c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a19",
    "correlation_id": None,
    "log": {"partition": 3, "offset": 41, "entry_hash": HASH, "request_previous": HASH},
}
_sent: Example = {
    "id": "7d0c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a12",
    "request_id": ID,
    "retry_count": 0,
    "error": None,
    "created_at": AT,
    "settled_at": AT,
    "next_attempt_at": None,
}
DELIVERIES: Example = {
    "items": [
        {
            **_sent,
            "webhook_id": "b2c1c1e0-3c5b-8f0f-9a57-0d7f0c2f9a13",
            "webhook_url": "https://agent-system.company.com/resume",
            "event": "request.responded",
            "payload": "{…}",
            "payload_sha256": "f8a2c9d0e1b3a4958677f8a2c9d0e1b3a4958677f8a2c9d0e1b3a4958677abcd",
            "redriven_at": None,
            "redriven_by": None,
            "status": "delivered",
            "status_code": 200,
            "response_body": '{"status":"resumed","workflow_id":"wf-abc123"}',
            "attempts": [
                {
                    "number": 1,
                    "at": AT,
                    "duration_ms": 14,
                    "status_code": 200,
                    "error": None,
                    "request_headers": {
                        "webhook-id": "b2c1c1e0-3c5b-8f0f-9a57-0d7f0c2f9a13",
                        "webhook-timestamp": "1768473000",
                        "webhook-signature": "v1,***",
                    },
                    "response_body": None,
                    "address": "93.184.216.34",
                    "dns_ms": 1.2,
                    "connect_ms": 8.4,
                    "first_byte_ms": 3.1,
                }
            ],
        }
    ]
}
NOTIFICATIONS: Example = {
    "items": [
        {
            **_sent,
            "event": "requested",
            "channel": "email",
            "recipient": "s***@company.com",
            "status": "sent",
            "provider": "smtp",
            "provider_id": None,
        }
    ]
}

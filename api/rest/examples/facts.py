"""What the examples have in common."""

from typing import Any

Example = dict[str, Any]

ID = "0b7c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a11"
PERSON = "aba7544f-6d0e-4c3a-9a51-2f7c1d0e9b42"
HASH = "5f2b0f6c9f2d4d0a8f1e3c7b6a59483726150f1e2d3c4b5a69788796a5b4c3d2"
AT = "2026-01-15T10:30:00Z"
LATER = "2026-01-16T10:30:00Z"
ANSWERED_AT = "2026-01-15T11:00:00Z"
URL = f"https://handraise.example/requests/{ID}"

"""Questions of every view, as agents ask them, for tests that look at the pages."""

from typing import Any

CODE = '''\
diff --git a/payments/refund.py b/payments/refund.py
index 3f1c2aa..9be1d00 100644
--- a/payments/refund.py
+++ b/payments/refund.py
@@ -10,9 +10,12 @@ def refund(order, amount):
     """Gives money back."""
     load(order)
-    check_limit(order, amount, limit=500)
-    gateway.refund(order.id, amount)
+    check_limit(order, amount, limit=5000)
+    if amount > 0:  # partial refunds are new
+        gateway.refund(order.id, amount, partial=True)
+        audit(order, "refund", amount)
     return order
\x20
 def audit(order, what, amount):
-    log.info("%s %s", what, order.id)
+    log.info("%s %s %s", what, order.id, amount)
diff --git a/migrations/0042_refunds.sql b/migrations/0042_refunds.sql
new file mode 100644
--- /dev/null
+++ b/migrations/0042_refunds.sql
@@ -0,0 +1,3 @@
+ALTER TABLE orders ADD COLUMN refunded numeric NOT NULL DEFAULT 0;
+CREATE INDEX orders_refunded ON orders (refunded);
+-- backfilled by the nightly job
'''

DIFF: dict[str, Any] = {
    "type": "code_review",
    "title": "Allow partial refunds up to 5,000",
    "description": (
        "The support team asked for **partial refunds**.\n\n- raises the limit from 500 to 5,000\n"
        "- adds a column to `orders`\n\nSee [the ticket](https://tickets.example.com/4711)."
    ),
    "priority": "urgent",
    "context": {
        "repository": "shop/backend",
        "branch": "partial-refunds",
        "code_diff": CODE,
        "risk_assessment": {
            "level": "high",
            "summary": "Money leaves the house, and a large table is locked for a while.",
            "findings": [
                {
                    "severity": "high",
                    "message": "The new column is added with a default to a table of 40M rows.",
                    "file": "migrations/0042_refunds.sql",
                    "line": 1,
                },
                {"severity": "medium", "message": "The limit grows tenfold.", "rule": "LIMIT-2"},
            ],
        },
        "affected_systems": ["orders", "payments", "reporting"],
        "tests": {"passed": 412, "failed": 0, "coverage": "87 %"},
    },
}
TEXT: dict[str, Any] = {
    "type": "script_approval",
    "title": "Script: why lighthouses blink",
    "context": {
        "original_script": "Lighthouses blink. They do so because sailors look. It is old.",
        "script": (
            "Every lighthouse blinks in its own rhythm.\n\nSailors count the seconds between two"
            " flashes, look them up in a list, and know where they are.\n\nIt is one of the oldest"
            " codes that is still in use."
        ),
        "reel_id": "reel-88",
        "seconds": 42,
    },
}
FORM: dict[str, Any] = {
    "type": "clarification",
    "title": "Which terms shall the renewal of Acme have?",
    "description": "The contract ends on 31 March. Nothing was agreed yet.",
    "context": {"customer": "Acme GmbH", "yearly_value": 48000},
    "form": {
        "type": "object",
        "required": ["discount", "contact"],
        "properties": {
            "discount": {
                "type": "integer",
                "title": "Discount in percent",
                "minimum": 0,
                "maximum": 30,
                "description": "Above 15 the head of sales is told.",
            },
            "renew": {"type": "boolean", "title": "Renew by itself"},
            "term": {"enum": ["1 year", "2 years", "3 years"], "title": "Term"},
            "from": {"type": "string", "format": "date", "title": "Valid from"},
            "contact": {
                "type": "object",
                "title": "Contact at the customer",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "email": {"type": "string", "format": "email"},
                },
            },
            "seats": {
                "type": "array",
                "title": "Seats",
                "items": {
                    "type": "object",
                    "properties": {
                        "plan": {"enum": ["basic", "pro"]},
                        "number": {"type": "integer", "minimum": 1},
                    },
                },
            },
            "channels": {
                "type": "array",
                "uniqueItems": True,
                "title": "Announce by",
                "items": {"enum": ["e-mail", "letter", "phone"]},
            },
        },
    },
}
SPLIT: dict[str, Any] = {
    "type": "creator_review",
    "title": "A user was not content with “Meal planner”",
    "context": {
        "agent": {"id": "meal-planner", "name": "Meal planner"},
        "user": {"id": "u-17", "name": "Rosa"},
        "review_cost": 50,
        "inputs": {"days": 3, "diet": "vegetarian", "dislikes": ["mushrooms", "olives"]},
        "output": (
            "Monday: mushroom risotto\nTuesday: lentil curry\nWednesday: Greek salad with olives"
        ),
        "conversation": [
            {"from": "Rosa", "text": "I said no mushrooms and no olives!", "at": "10:04"},
        ],
    },
}
FAILURE: dict[str, Any] = {
    "type": "failed_operation",
    "title": "travel_with_mia is stopped by a challenge",
    "context": {
        "account": {"username": "travel_with_mia", "phase": "warm-up 3", "status": "review"},
        "failure": {
            "type": "challenge_required",
            "message": "The platform asks for a code that was sent by SMS.",
            "at": "2026-01-15T10:29:41Z",
            "retry_count": 3,
        },
        "last_actions": [
            {"at": "10:28:02", "action": "open_profile", "status": "ok"},
            {"at": "10:28:40", "action": "follow", "status": "ok", "target": "nordic.hikes"},
            {
                "at": "10:29:41",
                "action": "like_post",
                "status": "failed",
                "error": "redirected to /challenge/",
            },
        ],
        "page_text": "Help us confirm that it's you\nEnter the 6-digit code we sent to +49 *** 12",
    },
}
MEDIA: dict[str, Any] = {
    "type": "creative_approval",
    "title": "Banner for the spring sale",
    "context": {
        "creative_id": "cr-204",
        "format_id": "display_300x250",
        "headline": "Spring is here. So are 20 % off.",
        "landing_page": "https://shop.example.com/spring",
    },
}
PLAIN: dict[str, Any] = {
    "type": "approval",
    "title": "Deploy 1.4 to production?",
    "description": "All checks are green. The last deploy was two days ago.",
    "context": {"version": "1.4.0", "environment": "production", "changes": 17},
}
VIEWS: dict[str, dict[str, Any]] = {
    "diff": DIFF,
    "text": TEXT,
    "form": FORM,
    "split": SPLIT,
    "failure": FAILURE,
    "media": MEDIA,
    "json": PLAIN,
}

"""The tables of an agent's memory, in the words of each database."""

import re
from collections.abc import Mapping
from typing import Final

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS workflow_checkpoints (
    id {uuid_key},
    workflow_id VARCHAR(255) NOT NULL,
    checkpoint_id VARCHAR(255) NOT NULL,
    agent_id VARCHAR(255) NOT NULL,
    state_data {json} NOT NULL,
    event_history {json},
    question {json} NOT NULL,
    request_id VARCHAR(255),
    seen_version BIGINT,
    created_at {instant} NOT NULL,
    expires_at {instant},
    UNIQUE (workflow_id, checkpoint_id)
);
CREATE INDEX IF NOT EXISTS idx_checkpoints_workflow ON workflow_checkpoints (workflow_id);
CREATE INDEX IF NOT EXISTS idx_checkpoints_agent ON workflow_checkpoints (agent_id);
CREATE INDEX IF NOT EXISTS idx_checkpoints_expires ON workflow_checkpoints (expires_at)
    WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS closed_checkpoints (
    workflow_id VARCHAR(255) NOT NULL,
    checkpoint_id VARCHAR(255) NOT NULL,
    why VARCHAR(20) NOT NULL,
    closed_at {instant} NOT NULL,
    PRIMARY KEY (workflow_id, checkpoint_id)
);
CREATE INDEX IF NOT EXISTS idx_closed_at ON closed_checkpoints (closed_at);
CREATE TABLE IF NOT EXISTS workflows (
    workflow_id VARCHAR(255) PRIMARY KEY,
    agent_id VARCHAR(255) NOT NULL,
    status VARCHAR(20) NOT NULL,
    step VARCHAR(255) NOT NULL,
    state_data {json} NOT NULL,
    failure TEXT,
    claimed_by VARCHAR(255),
    claimed_until {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_workflows_agent ON workflows (agent_id, status);
CREATE TABLE IF NOT EXISTS workflow_answers (
    id {serial_key},
    workflow_id VARCHAR(255) NOT NULL,
    checkpoint_id VARCHAR(255) NOT NULL,
    answer_key VARCHAR(255) NOT NULL,
    webhook_id VARCHAR(255) UNIQUE,
    request {json} NOT NULL,
    received_at {instant} NOT NULL,
    finished_at {instant},
    UNIQUE (workflow_id, checkpoint_id, answer_key)
);
CREATE INDEX IF NOT EXISTS idx_answers_unfinished ON workflow_answers (workflow_id)
    WHERE finished_at IS NULL;
CREATE TABLE IF NOT EXISTS workflow_tries (
    workflow_id VARCHAR(255) PRIMARY KEY,
    agent_id VARCHAR(255) NOT NULL,
    cause VARCHAR(600) NOT NULL,
    tried INTEGER NOT NULL,
    reason TEXT NOT NULL,
    status VARCHAR(20) NOT NULL,
    since {instant} NOT NULL,
    next_try_at {instant} NOT NULL,
    is_last BOOLEAN NOT NULL,
    given_up_at {instant}
);
CREATE INDEX IF NOT EXISTS idx_tries_agent ON workflow_tries (agent_id, since);
CREATE TABLE IF NOT EXISTS event_log (
    id {serial_key},
    event_id {uuid} NOT NULL UNIQUE,
    topic VARCHAR(255) NOT NULL,
    event_type VARCHAR(100) NOT NULL,
    payload {json} NOT NULL,
    workflow_id VARCHAR(255),
    agent_id VARCHAR(255),
    created_at {instant} NOT NULL,
    published_at {instant}
);
CREATE INDEX IF NOT EXISTS idx_event_log_topic ON event_log (topic, id);
CREATE INDEX IF NOT EXISTS idx_event_log_workflow ON event_log (workflow_id, id);
CREATE INDEX IF NOT EXISTS idx_event_log_created ON event_log (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_event_log_unpublished ON event_log (id)
    WHERE published_at IS NULL;
"""

_MADE: Final = re.compile(r"IF NOT EXISTS (\w+)")


def _statements(**words: str) -> Mapping[str, str]:
    """Each table and index by name, with the statement that makes it."""
    parts = (part.strip() for part in _TABLES.format(**words).split(";"))
    return {_MADE.findall(part)[0]: part for part in parts if part}


POSTGRES: Final = _statements(
    uuid_key="UUID PRIMARY KEY DEFAULT gen_random_uuid()",
    uuid="UUID",
    serial_key="BIGSERIAL PRIMARY KEY",
    json="JSONB",
    instant="TIMESTAMPTZ",
)

SQLITE: Final = _statements(
    uuid_key="TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16))))",
    uuid="TEXT",
    serial_key="INTEGER PRIMARY KEY AUTOINCREMENT",
    json="TEXT",
    instant="TEXT",
)

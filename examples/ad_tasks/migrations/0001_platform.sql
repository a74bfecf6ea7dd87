-- The platform's own records; what people decide is Handraise's, and is only applied here.

CREATE TABLE creatives (
    creative_id     text PRIMARY KEY,
    principal_id    text NOT NULL,
    format_id       text NOT NULL,
    media_buy_id    text,
    content         jsonb NOT NULL,
    approval_status text NOT NULL DEFAULT 'received',
    detail          text,
    task_id         text,
    cleared         boolean NOT NULL DEFAULT false,  -- compliance has approved it
    round           integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE media_buys (
    media_buy_id text PRIMARY KEY,
    principal_id text NOT NULL,
    adapter_name text NOT NULL,
    name         text NOT NULL,
    budget_cents bigint NOT NULL,
    targeting    jsonb NOT NULL,
    status       text NOT NULL DEFAULT 'received',
    line_item_id text,
    detail       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE operations (
    operation_id  text PRIMARY KEY,
    media_buy_id  text NOT NULL REFERENCES media_buys,
    operation     text NOT NULL,
    status        text NOT NULL DEFAULT 'received',
    detail        text,
    task_id       text,
    cleared       boolean NOT NULL DEFAULT false,  -- compliance has approved its targeting
    asked         integer NOT NULL DEFAULT 0,      -- how often people were asked in this round
    round         integer NOT NULL DEFAULT 1,
    away          integer NOT NULL DEFAULT 0,      -- how often in a row the ad server was away
    try_again_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX operations_to_retry ON operations (try_again_at) WHERE status = 'retrying';

CREATE TABLE failures (
    operation_id text NOT NULL REFERENCES operations,
    at           timestamptz NOT NULL DEFAULT now(),
    error        text NOT NULL
);
CREATE INDEX failures_at ON failures (at);

-- Settings are told to whoever asks; secrets are sealed, and never told.
CREATE TABLE adapter_configs (
    adapter_name text NOT NULL,
    principal_id text NOT NULL,
    settings     jsonb NOT NULL DEFAULT '{}',
    secrets      jsonb NOT NULL DEFAULT '{}',
    updated_by   text,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_name, principal_id)
);

-- Each task's end is applied once: in the transaction that writes its row here.
CREATE TABLE decisions (
    task_id    text PRIMARY KEY,
    task_type  text NOT NULL,
    resolution text NOT NULL,
    detail     text,
    decided_by text,
    at         timestamptz NOT NULL DEFAULT now()
);

-- The tasks as they were last read, for figures, alarms and tickets.
CREATE TABLE tasks (
    task_id   text PRIMARY KEY,
    version   integer NOT NULL,
    is_open   boolean NOT NULL,
    escalated boolean NOT NULL,  -- whether it ever was
    task      jsonb NOT NULL
);
CREATE INDEX tasks_open ON tasks (task_id) WHERE is_open;

-- What outside systems are still to be told, each once.
CREATE TABLE errands (
    errand_id text PRIMARY KEY,
    what      text NOT NULL,
    body      json NOT NULL,  -- told in this order
    tries     integer NOT NULL DEFAULT 0,
    due_at    timestamptz NOT NULL DEFAULT now(),
    done_at   timestamptz,
    error     text,
    made_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX errands_due ON errands (due_at) WHERE done_at IS NULL;

CREATE TABLE tickets (
    task_id text PRIMARY KEY,
    key     text NOT NULL,
    closed  boolean NOT NULL DEFAULT false
);

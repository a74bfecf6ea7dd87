CREATE TABLE accounts (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username     text NOT NULL UNIQUE,
    status       text NOT NULL DEFAULT 'active'
                 CHECK (status IN ('active', 'review_required', 'completed', 'retired')),
    access_token text NOT NULL,
    run          integer NOT NULL DEFAULT 1,  -- which workflow of the account is the one at work
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE warmup_phases (
    account_id        bigint NOT NULL REFERENCES accounts,
    name              text NOT NULL,
    position          integer NOT NULL,
    status            text NOT NULL DEFAULT 'pending'
                      CHECK (status IN ('pending', 'running', 'review_required', 'completed', 'skipped')),
    failure_type      text,
    failure_reason    text,
    failed_at         timestamptz,
    retry_count       integer NOT NULL DEFAULT 0,
    automatic_retries integer NOT NULL DEFAULT 0,  -- since a person last looked
    content           jsonb NOT NULL DEFAULT '{}',
    started_at        timestamptz,
    completed_at      timestamptz,
    PRIMARY KEY (account_id, name)
);

-- The timeline: everything that bots, people and the watchdog did.
CREATE TABLE actions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    phase      text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor      text NOT NULL,
    action     text NOT NULL,
    target     text NOT NULL DEFAULT '',
    ok         boolean NOT NULL,
    detail     text NOT NULL DEFAULT ''
);
CREATE INDEX actions_of_account ON actions (account_id, id);

CREATE TABLE failures (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id    bigint NOT NULL REFERENCES accounts,
    phase         text NOT NULL,
    type          text NOT NULL,
    reason        text NOT NULL,
    action        text NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    up_to_action  bigint NOT NULL,           -- the timeline up to here led to it
    retry_count   integer NOT NULL,
    url           text NOT NULL,
    page_text     text NOT NULL,
    screenshot    bytea,
    priority      text NOT NULL,
    why           text NOT NULL,             -- why it was retried, or a person asked
    state         text NOT NULL CHECK (state IN ('open', 'retried', 'resolved')),
    request_id    text,
    asks          integer NOT NULL DEFAULT 1,
    attachment_id text,
    resolved_at   timestamptz
);
CREATE UNIQUE INDEX one_open_failure ON failures (account_id) WHERE state = 'open';
CREATE INDEX failures_of_account ON failures (account_id, at DESC);

CREATE TABLE review_logs (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    failure_id         uuid NOT NULL UNIQUE REFERENCES failures,
    account_id         bigint NOT NULL REFERENCES accounts,
    phase              text NOT NULL,
    failure_type       text NOT NULL,
    who                text NOT NULL,        -- a person's id, or 'bot'
    who_name           text NOT NULL,
    at                 timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempted_solution text NOT NULL,
    notes              text NOT NULL DEFAULT '',
    outcome            text NOT NULL CHECK (outcome IN ('pending', 'held', 'failed_again', 'given_up')),
    outcome_at         timestamptz
);
CREATE INDEX review_logs_of_account ON review_logs (account_id, at DESC);
CREATE INDEX review_logs_measured ON review_logs (failure_type, attempted_solution, at);

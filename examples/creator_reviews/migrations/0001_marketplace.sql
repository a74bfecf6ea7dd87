-- Users, agents, executions, their reviews, and the credits that pay for them.

CREATE TABLE users (
    id text PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    person_id text  -- the creator, as a person of Handraise
);

CREATE TABLE agents (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL,
    tool text NOT NULL,
    creator_id text NOT NULL REFERENCES users,
    run_cost integer NOT NULL DEFAULT 5 CHECK (run_cost > 0),
    allow_reviews boolean NOT NULL DEFAULT false,
    review_cost integer NOT NULL DEFAULT 45 CHECK (review_cost > 0),
    review_seconds integer NOT NULL DEFAULT 259200 CHECK (review_seconds > 0)
);

CREATE TABLE executions (
    id uuid PRIMARY KEY,
    agent_id text NOT NULL REFERENCES agents,
    user_id text NOT NULL REFERENCES users,
    inputs jsonb NOT NULL,
    parameters jsonb NOT NULL,
    status text NOT NULL DEFAULT 'COMPLETED' CHECK (status IN ('COMPLETED', 'AWAITING_REVIEW')),
    original_output text NOT NULL,
    edited_output text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX executions_of_user ON executions (user_id, created_at DESC);

-- All but id, execution, note, cost and created_at follows from the request at Handraise.
CREATE TABLE execution_reviews (
    id uuid PRIMARY KEY,
    execution_id uuid NOT NULL REFERENCES executions,
    cost integer NOT NULL,
    review_request_note text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    request_id text UNIQUE,
    request_version integer NOT NULL DEFAULT 0,
    review_status text NOT NULL DEFAULT 'PENDING'
        CHECK (review_status IN ('NONE', 'PENDING', 'IN_PROGRESS', 'COMPLETED')),
    review_response_note text,
    reviewed_at timestamptz,
    outcome text,
    decision text
);
CREATE INDEX reviews_of_execution ON execution_reviews (execution_id, created_at DESC);
-- Two clicks ask once.
CREATE UNIQUE INDEX one_open_review ON execution_reviews (execution_id) WHERE outcome IS NULL;

CREATE TABLE messages (
    review_id uuid NOT NULL REFERENCES execution_reviews,
    request_version integer NOT NULL,
    by_creator boolean NOT NULL,
    text text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (review_id, request_version)
);

-- What the creator tried on the user's behalf, free of charge.
CREATE TABLE reruns (
    id uuid PRIMARY KEY,
    review_id uuid NOT NULL REFERENCES execution_reviews,
    parameters jsonb NOT NULL,
    output text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX reruns_of_review ON reruns (review_id, created_at DESC);

CREATE TABLE transfers (
    id text PRIMARY KEY,
    payer text NOT NULL,
    payee text NOT NULL,
    amount integer NOT NULL CHECK (amount > 0),
    about text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX transfers_of_payer ON transfers (payer, at DESC);
CREATE INDEX transfers_of_payee ON transfers (payee, at DESC);

CREATE TABLE mails (
    id text PRIMARY KEY,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz
);
CREATE INDEX mails_unsent ON mails (made_at) WHERE sent_at IS NULL;

-- The queue. Names are unqualified: the schema is that of `handraise.schema` where a rebuild sets
-- it, else `inbox`.
DO $$ BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I',
                   coalesce(nullif(current_setting('handraise.schema', true), ''), 'inbox'));
END $$;
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'inbox')) || ', public', true);
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

-- Where the view stands in each partition of the log; moved in the transaction of the rows.
CREATE TABLE position (
    partition           integer     PRIMARY KEY,
    next_command_offset bigint      NOT NULL,
    hash                bytea       NOT NULL,
    at                  timestamptz NOT NULL,
    last_command_id     text        NOT NULL,
    log_offset          bigint      NOT NULL,
    read_to             bigint      NOT NULL
) WITH (fillfactor = 50);

-- One row per request, with all that changes in its life. `rank` is 0 for urgent to 3 for low, so
-- that every order of the queue ascends. `word` is the packed state from which the fold goes on.
CREATE TABLE request (
    request_id       text COLLATE "C" PRIMARY KEY,
    tenant           text        NOT NULL COLLATE "C",
    partition        integer     NOT NULL,
    log_offset       bigint      NOT NULL,
    version          integer     NOT NULL,
    revision         integer     NOT NULL,
    kind             text        NOT NULL COLLATE "C",
    state            text        NOT NULL COLLATE "C",
    open             boolean     NOT NULL,
    outcome          text,
    priority         text        NOT NULL,
    rank             smallint    NOT NULL,
    principal_id     text COLLATE "C",
    workflow_id      text COLLATE "C",
    checkpoint_id    text,
    agent_id         text COLLATE "C",
    requester_id     text        NOT NULL COLLATE "C",
    assigned_person  text COLLATE "C",
    assigned_team    text COLLATE "C",
    title            text        NOT NULL,
    facets           jsonb       NOT NULL,
    view             text        NOT NULL,
    response         text,
    votes            text        NOT NULL,
    votes_needed     integer     NOT NULL,
    stage            integer     NOT NULL,
    revisions_used   integer     NOT NULL,
    max_revisions    integer     NOT NULL,
    escalation_level integer     NOT NULL,
    content_hash     text        NOT NULL,
    callback_webhook text,
    callback_status  text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    notified_at      timestamptz,
    assigned_at      timestamptz,
    started_at       timestamptz,
    responded_at     timestamptz,
    responded_by     text,
    closed_at        timestamptz,
    callback_sent_at timestamptz,
    completed_at     timestamptz,
    timeout_at       timestamptz,
    policy_id        text        NOT NULL COLLATE "C",
    word             bytea       NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX request_open_by_age ON request (tenant, created_at, request_id) WHERE open;
CREATE INDEX request_open_by_rank ON request (tenant, rank, created_at, request_id) WHERE open;
CREATE INDEX request_open_by_deadline ON request
    (tenant, coalesce(timeout_at, 'infinity'::timestamptz), request_id) WHERE open;
CREATE INDEX request_open_by_kind ON request (tenant, kind, created_at, request_id) WHERE open;
CREATE INDEX request_open_by_person ON request (tenant, assigned_person, created_at, request_id)
    WHERE open AND assigned_person IS NOT NULL;
CREATE INDEX request_open_by_facet ON request USING gin (facets jsonb_path_ops) WHERE open;
CREATE INDEX request_by_age ON request (tenant, created_at, request_id);
CREATE INDEX request_by_principal ON request (tenant, principal_id, created_at, request_id)
    WHERE principal_id IS NOT NULL;
CREATE INDEX request_by_workflow ON request (tenant, workflow_id, created_at, request_id)
    WHERE workflow_id IS NOT NULL;
CREATE INDEX request_by_requester ON request (tenant, requester_id, created_at, request_id);

-- What is asked, in its latest revision: written when it is put, not when it moves on.
CREATE TABLE question (
    request_id  text COLLATE "C" PRIMARY KEY,
    tenant      text    NOT NULL COLLATE "C",
    revision    integer NOT NULL,
    description text,
    context     text    NOT NULL,
    form        text,
    attachments text    NOT NULL,
    decisions   text    NOT NULL,
    routing     text,
    metadata    text    NOT NULL,
    search      text    NOT NULL
);

CREATE INDEX question_by_words ON question USING gin (search public.gin_trgm_ops);

-- The rules of requests, each once, as words.
CREATE TABLE policy (
    policy_id text COLLATE "C" PRIMARY KEY,
    word      bytea NOT NULL
);

-- How many requests stand where. By partition, so that projectors never wait for each other.
CREATE TABLE tally (
    partition integer NOT NULL,
    tenant    text    NOT NULL COLLATE "C",
    kind      text    NOT NULL COLLATE "C",
    state     text    NOT NULL COLLATE "C",
    priority  text    NOT NULL COLLATE "C",
    n         bigint  NOT NULL,
    PRIMARY KEY (tenant, partition, kind, state, priority)
) WITH (fillfactor = 50);

-- What listeners are told of; old rows are pruned.
CREATE TABLE change (
    partition  integer     NOT NULL,
    log_offset bigint      NOT NULL,
    request_id text        NOT NULL,
    tenant     text        NOT NULL,
    version    integer     NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, log_offset)
);

CREATE INDEX change_by_time ON change USING brin (written_at);

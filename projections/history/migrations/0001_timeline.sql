-- The timeline. Names are unqualified: the schema is that of `handraise.schema` where a rebuild
-- sets it, else `history`.
DO $$ BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I',
                   coalesce(nullif(current_setting('handraise.schema', true), ''), 'history'));
END $$;
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'history')) || ', public', true);

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

-- One row per event and per refusal, as the log has them. `step` is the event's place in its entry,
-- the refusal comes last; `body` is the event's word, from which a state can be folded again.
-- JSON is `json`, not `jsonb`: it is kept byte for byte, and texts that jsonb refuses stop nothing.
CREATE TABLE event (
    request_id       text        NOT NULL COLLATE "C",
    partition        integer     NOT NULL,
    log_offset       bigint      NOT NULL,
    step             smallint    NOT NULL,
    version          integer     NOT NULL,
    tenant           text        NOT NULL COLLATE "C",
    event            text        NOT NULL COLLATE "C",
    at               timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    by_policy        boolean     NOT NULL,
    actor            json,
    data             json        NOT NULL,
    body             bytea,
    entry_hash       bytea       NOT NULL,
    request_previous bytea,
    command          text        NOT NULL,
    command_id       text        NOT NULL,
    correlation_id   text,
    PRIMARY KEY (request_id, partition, log_offset, step) INCLUDE (version)
);

CREATE INDEX event_by_time ON event (tenant, at);
CREATE INDEX event_turning_points ON event (tenant, at, event)
    WHERE event IN ('Requested', 'Received', 'TimedOut', 'Cancelled');

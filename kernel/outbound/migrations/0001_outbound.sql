CREATE SCHEMA IF NOT EXISTS outbound;

-- One row per event and target. `due_at` is when the next attempt may begin; while a worker holds
-- the row it is when the claim lapses, so that a dead worker's rows come up again by themselves.
CREATE TABLE outbound.deliveries (
    id           uuid PRIMARY KEY,
    service      text NOT NULL,
    tenant       text NOT NULL,
    request_id   text NOT NULL,
    event_id     text NOT NULL,
    event        text NOT NULL,
    channel      text NOT NULL,
    target       text NOT NULL,
    lane         text NOT NULL,
    payload      bytea NOT NULL,
    secret_ref   text,
    status       text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'withdrawn')),
    attempts     integer NOT NULL DEFAULT 0,
    tries        integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_by   text,
    status_code  integer,
    error        text,
    provider_id  text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at   timestamptz,
    reported_at  timestamptz
) WITH (fillfactor = 80);

COMMENT ON COLUMN outbound.deliveries.attempts IS 'all attempts made';
COMMENT ON COLUMN outbound.deliveries.tries IS 'attempts since it was last set going: the place in the schedule';
COMMENT ON COLUMN outbound.deliveries.reported_at IS 'when the core was told how the notice ended';

CREATE INDEX deliveries_due ON outbound.deliveries (service, due_at) WHERE status = 'pending';
CREATE INDEX deliveries_unreported ON outbound.deliveries (service, settled_at)
    WHERE reported_at IS NULL AND status <> 'pending';
CREATE INDEX deliveries_of_event ON outbound.deliveries (event_id);
CREATE INDEX deliveries_of_request ON outbound.deliveries (request_id);

-- Every attempt, whoever made it; two workers that took turns may both have made the nth.
CREATE TABLE outbound.attempts (
    delivery_id  uuid NOT NULL REFERENCES outbound.deliveries (id) ON DELETE CASCADE,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    number       integer NOT NULL,
    started_at   timestamptz NOT NULL,
    duration_ms  integer NOT NULL,
    status_code  integer,
    error        text,
    response     text,
    PRIMARY KEY (delivery_id, id)
);

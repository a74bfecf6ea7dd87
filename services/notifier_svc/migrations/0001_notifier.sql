CREATE SCHEMA IF NOT EXISTS notifier;

-- What a notice must say of its request: the question as it was asked (the event, without what
-- only the reviewer's page shows), and its words as last revised. A request that closed before its
-- question was seen has a row without a question.
CREATE TABLE notifier.briefs (
    request_id  text PRIMARY KEY,
    tenant      text NOT NULL,
    asked       bytea,
    revision    integer NOT NULL DEFAULT 1,
    title       text,
    description text,
    closed_at   timestamptz,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Events that came before their question: there is no order between topics.
CREATE TABLE notifier.parked (
    event_id    text PRIMARY KEY,
    request_id  text NOT NULL,
    envelope    bytea NOT NULL,
    parked_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX parked_of_request ON notifier.parked (request_id);

-- Who holds what, as the public events tell it: the row of the highest version counts. Rows are
-- kept for requests that somebody holds or held, or that are given to somebody by themselves.
CREATE TABLE notifier.holdings (
    request_id  text PRIMARY KEY,
    tenant      text NOT NULL,
    version     integer NOT NULL,
    open        boolean NOT NULL,
    person      text,
    chosen      text,
    stage       integer NOT NULL DEFAULT 0,
    asked       bytea,
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX holdings_of_person ON notifier.holdings (tenant, (coalesce(person, chosen))) WHERE open;
CREATE INDEX holdings_closed ON notifier.holdings (changed_at) WHERE NOT open;
COMMENT ON COLUMN notifier.holdings.chosen IS 'who is to get it, until an event says who has it';
COMMENT ON COLUMN notifier.holdings.asked IS 'the question, where its kind gives it to somebody';

-- What was chosen on an event, so that the same event always gives the same.
CREATE TABLE notifier.choices (
    event_id    text PRIMARY KEY,
    request_id  text NOT NULL,
    tenant      text NOT NULL,
    person      text,
    reason      text,
    sent        boolean NOT NULL DEFAULT false,
    chosen_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX choices_of_request ON notifier.choices (request_id);

CREATE TABLE notifier.turns (
    tenant      text NOT NULL,
    kind        text NOT NULL,
    person      text NOT NULL,
    turn        bigint NOT NULL,
    PRIMARY KEY (tenant, kind, person)
);

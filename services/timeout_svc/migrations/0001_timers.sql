CREATE SCHEMA IF NOT EXISTS timers;

-- The next step of each request, as the highest version seen of it says. A request whose clock has
-- nothing to do keeps its row for a while, so that an older event that comes late changes nothing.
-- `fire_at` is when to look at it next: when the step is due, and later while it is being fired.
CREATE TABLE timers.timers (
    request_id  text PRIMARY KEY,
    tenant      text NOT NULL,
    version     integer NOT NULL,
    kind        text CHECK (kind IN ('release', 'remind', 'escalate', 'expire')),
    at          timestamptz,
    generation  integer,
    fire_at     timestamptz,
    fired       integer NOT NULL DEFAULT 0,
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((kind IS NULL) = (at IS NULL) AND (kind IS NULL) = (generation IS NULL)
        AND (kind IS NULL) = (fire_at IS NULL))
) WITH (fillfactor = 75);

CREATE INDEX timers_next ON timers.timers (fire_at) WHERE fire_at IS NOT NULL;

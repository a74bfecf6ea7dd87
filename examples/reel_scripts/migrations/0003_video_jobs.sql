-- The costly step: at most one job for a revision, worked on by one process at a time.
CREATE TABLE video_jobs (
    reel_id bigint NOT NULL,
    script_revision integer NOT NULL,
    round integer NOT NULL,               -- the approval that it rests on
    name text NOT NULL UNIQUE,            -- what the approval is spent on; of no other job anywhere
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'withdrawn')),
    run integer NOT NULL DEFAULT 1,       -- raised only when its owner asks for a failed one again
    ticket text,                          -- the generator's name for it; set once it was started
    began_at timestamptz,
    holder text,
    lease_until timestamptz,
    error text,
    file text,
    seconds double precision,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reel_id, script_revision),
    FOREIGN KEY (reel_id, script_revision) REFERENCES script_revisions (reel_id, number),
    FOREIGN KEY (reel_id, round) REFERENCES approvals (reel_id, round)
);
CREATE INDEX video_jobs_due ON video_jobs (created_at) WHERE state IN ('queued', 'running');

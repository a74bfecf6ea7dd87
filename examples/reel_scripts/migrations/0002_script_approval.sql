-- No video without a yes to exactly one revision of the script.
ALTER TABLE reels
    ADD COLUMN script_approved boolean NOT NULL DEFAULT false,
    ADD COLUMN approved_revision integer,
    ADD CONSTRAINT status_is_known CHECK (status IN (
        'script_pending_approval', 'script_approved', 'script_rejected', 'approval_timed_out',
        'processing', 'completed', 'failed'
    )),
    ADD CONSTRAINT approval_is_of_the_revision_as_it_stands CHECK (
        script_approved = (approved_revision IS NOT NULL)
        AND coalesce(approved_revision = revision, true)
    );

-- Each time that a script is put before its owner is a round: one request of Handraise.
CREATE TABLE approvals (
    reel_id bigint NOT NULL REFERENCES reels,
    round integer NOT NULL,
    workflow_id text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'approved', 'rejected', 'timed_out')),
    request_id text,
    url text,
    script_revision integer,              -- the revision that was decided on
    request_revision integer,             -- of the request, as it was decided
    content_hash text,                    -- of what the owner saw
    decided_by text,
    comment text,
    decided_at timestamptz,
    PRIMARY KEY (reel_id, round)
);
CREATE INDEX approvals_open ON approvals (reel_id) WHERE state = 'open';

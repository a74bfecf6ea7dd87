-- Checkpoints of the writer's partitions: parts first, the manifest last; without it they are none.
CREATE SCHEMA IF NOT EXISTS checkpoints;

CREATE TABLE checkpoints.manifests (
    log            text        NOT NULL,  -- the log topic's name
    partition      integer     NOT NULL,
    state_version  text        NOT NULL,
    log_offset     bigint      NOT NULL,  -- of the last entry that the state holds
    manifest       bytea       NOT NULL,
    written_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (log, partition, state_version, log_offset)
);

CREATE TABLE checkpoints.parts (
    log            text     NOT NULL,
    partition      integer  NOT NULL,
    state_version  text     NOT NULL,
    log_offset     bigint   NOT NULL,
    part           integer  NOT NULL,
    content        bytea    NOT NULL,
    PRIMARY KEY (log, partition, state_version, log_offset, part)
);

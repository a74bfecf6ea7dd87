-- Rows are claimed lane by lane, so that what waits for one receiver costs the others nothing.
DROP INDEX outbound.deliveries_due;
CREATE INDEX deliveries_waiting ON outbound.deliveries (service, lane, due_at)
    WHERE status = 'pending';

-- What is not through, for people; and what ended, for the broom.
CREATE INDEX deliveries_of_tenant ON outbound.deliveries (tenant, service, status, created_at, id)
    WHERE status IN ('pending', 'failed');
CREATE INDEX deliveries_ended ON outbound.deliveries (service, status, settled_at)
    WHERE status <> 'pending';

ALTER TABLE outbound.deliveries
    ADD COLUMN going_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN redriven_at timestamptz,
    ADD COLUMN redriven_by text;

COMMENT ON COLUMN outbound.deliveries.lane IS 'what shares one receiver, and one tenant';
COMMENT ON COLUMN outbound.deliveries.going_since IS 'when it was last set going: made, or redriven';
COMMENT ON COLUMN outbound.deliveries.redriven_by IS 'who set it going again the last time';

ALTER TABLE outbound.attempts
    ADD COLUMN headers text,
    ADD COLUMN address text,
    ADD COLUMN dns_ms real,
    ADD COLUMN connect_ms real,
    ADD COLUMN first_byte_ms real;

COMMENT ON COLUMN outbound.attempts.headers IS 'what was sent, as a JSON object, signatures left out';
COMMENT ON COLUMN outbound.attempts.address IS 'the address that was connected to';
COMMENT ON COLUMN outbound.attempts.dns_ms IS 'null where a connection that was open served';

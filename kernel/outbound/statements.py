"""The SQL of the delivery rows."""

INSERT = """
INSERT INTO outbound.deliveries AS d (
    id, tenant, request_id, event_id, event, channel, target, lane, payload, secret_ref,
    status, error, traceparent, settled_at, service, claimed_by, due_at)
SELECT
    n.id, n.tenant, n.request_id, n.event_id, n.event, n.channel, n.target, n.lane, n.payload,
    n.secret_ref, n.status, n.error, n.traceparent,
    CASE WHEN n.status <> 'pending' THEN clock_timestamp() END, $15,
    CASE WHEN n.ours THEN $16::text END,
    clock_timestamp() + CASE WHEN n.ours THEN $17::float8 ELSE 0 END * interval '1 second'
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::bytea[], $10::text[], $11::text[], $12::text[], $13::bool[],
    $14::text[]
) AS n (id, tenant, request_id, event_id, event, channel, target, lane, payload, secret_ref,
        status, error, ours, traceparent)
ON CONFLICT (id) DO NOTHING
RETURNING d.id
"""

DUE = """
SELECT id, lane
FROM outbound.deliveries
WHERE service = $1 AND status = 'pending' AND due_at <= clock_timestamp() AND lane <> ALL ($2)
ORDER BY due_at
LIMIT $3
FOR UPDATE SKIP LOCKED
"""

CLAIM = """
UPDATE outbound.deliveries
SET claimed_by = $2, due_at = clock_timestamp() + $3::float8 * interval '1 second'
WHERE id = ANY ($1::uuid[])
RETURNING *
"""

RENEW = """
UPDATE outbound.deliveries
SET due_at = clock_timestamp() + $3::float8 * interval '1 second'
WHERE id = ANY ($1::uuid[]) AND claimed_by = $2 AND status = 'pending'
"""

RELEASE = """
UPDATE outbound.deliveries
SET claimed_by = NULL, due_at = clock_timestamp()
WHERE service = $1 AND claimed_by = $2 AND status = 'pending'
"""

SETTLE = """
WITH made AS (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::timestamptz[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::float8[]
    ) AS m (id, started_at, duration_ms, status_code, error, response, provider_id, status,
            delay_seconds)
), kept AS (
    INSERT INTO outbound.attempts (
        delivery_id, number, started_at, duration_ms, status_code, error, response)
    SELECT m.id, d.attempts + 1, m.started_at, m.duration_ms, m.status_code, m.error, m.response
    FROM made m JOIN outbound.deliveries d USING (id)
)
UPDATE outbound.deliveries d
SET attempts = d.attempts + 1,
    tries = d.tries + 1,
    status = m.status,
    status_code = m.status_code,
    error = m.error,
    provider_id = coalesce(m.provider_id, d.provider_id),
    claimed_by = NULL,
    due_at = clock_timestamp() + coalesce(m.delay_seconds, 0) * interval '1 second',
    settled_at = CASE WHEN m.status <> 'pending' THEN clock_timestamp() END
FROM made m
WHERE d.id = m.id AND d.status = 'pending' AND (m.status = 'delivered' OR d.claimed_by = $10)
RETURNING d.event_id
"""

OF_EVENTS = """
SELECT *
FROM outbound.deliveries
WHERE service = $1 AND event_id = ANY ($2) AND reported_at IS NULL
ORDER BY event_id, id
"""

UNREPORTED = """
SELECT DISTINCT event_id
FROM outbound.deliveries
WHERE service = $1 AND reported_at IS NULL AND status <> 'pending'
    AND settled_at < clock_timestamp() - $2::float8 * interval '1 second'
LIMIT $3
"""

MARK_REPORTED = """
UPDATE outbound.deliveries
SET reported_at = clock_timestamp()
WHERE service = $1 AND event_id = ANY ($2) AND reported_at IS NULL
"""

WITHDRAW = """
UPDATE outbound.deliveries
SET status = 'withdrawn', claimed_by = NULL, settled_at = clock_timestamp(),
    reported_at = coalesce(reported_at, clock_timestamp())
WHERE service = $1 AND request_id = ANY ($2) AND status = 'pending'
"""

REDRIVE = """
UPDATE outbound.deliveries
SET status = 'pending', tries = 0, due_at = clock_timestamp(), claimed_by = NULL,
    settled_at = NULL, reported_at = NULL
WHERE id = $1 AND tenant = $2 AND status = 'failed'
RETURNING id
"""

STATUS_OF = "SELECT status FROM outbound.deliveries WHERE id = $1 AND tenant = $2"

OF_REQUEST = """
SELECT *
FROM outbound.deliveries
WHERE request_id = $1 AND tenant = $2 AND service = $3
ORDER BY created_at, id
"""

ATTEMPTS_OF = """
SELECT *
FROM outbound.attempts
WHERE delivery_id = ANY ($1)
ORDER BY delivery_id, id
"""

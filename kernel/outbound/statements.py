"""The SQL of the delivery rows."""

INSERT = """
INSERT INTO outbound.deliveries AS d (
    id, tenant, request_id, event_id, event, channel, target, lane, payload, secret_ref,
    status, error, traceparent, person, informs, summary_id, fallback_of,
    settled_at, reported_at, service, claimed_by, due_at, going_since)
SELECT
    n.id, n.tenant, n.request_id, n.event_id, n.event, n.channel, n.target, n.lane, n.payload,
    n.secret_ref, n.status, n.error, n.traceparent, n.person, n.informs, n.summary_id,
    n.fallback_of,
    CASE WHEN n.status NOT IN ('pending', 'held') THEN clock_timestamp() END,
    CASE WHEN n.informs THEN clock_timestamp() END,
    $20,
    CASE WHEN n.ours THEN $21::text END,
    coalesce(n.due_at, clock_timestamp())
        + CASE WHEN n.ours THEN $22::float8 ELSE 0 END * interval '1 second',
    coalesce(n.due_at, clock_timestamp())
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::bytea[], $10::text[], $11::text[], $12::text[], $13::bool[],
    $14::text[], $15::text[], $16::bool[], $17::uuid[], $18::uuid[], $19::timestamptz[]
) AS n (id, tenant, request_id, event_id, event, channel, target, lane, payload, secret_ref,
        status, error, ours, traceparent, person, informs, summary_id, fallback_of, due_at)
ON CONFLICT (id) DO NOTHING
RETURNING d.id
"""

# Lane by lane (a loose scan of the index), so that it costs as much as there are receivers with
# something pending, however much waits for those that may have nothing now.
CLAIM = """
WITH RECURSIVE lanes (lane) AS (
    (SELECT lane FROM outbound.deliveries WHERE service = $1 AND status = 'pending'
     ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT d.lane FROM outbound.deliveries d
            WHERE d.service = $1 AND d.status = 'pending' AND d.lane > lanes.lane
            ORDER BY d.lane LIMIT 1)
    FROM lanes WHERE lanes.lane IS NOT NULL
), due AS MATERIALIZED (
    SELECT one.id
    FROM lanes
    LEFT JOIN unnest($2::text[], $3::int[]) AS known (lane, places) USING (lane)
    CROSS JOIN LATERAL (
        SELECT d.id, d.due_at
        FROM outbound.deliveries d
        WHERE d.service = $1 AND d.status = 'pending' AND d.lane = lanes.lane
            AND d.due_at <= statement_timestamp()
        ORDER BY d.due_at
        LIMIT coalesce(known.places, $4)
        FOR UPDATE SKIP LOCKED
    ) one
    ORDER BY one.due_at
    LIMIT $5
)
UPDATE outbound.deliveries d
SET claimed_by = $6, due_at = clock_timestamp() + $7::float8 * interval '1 second'
WHERE d.id = ANY (ARRAY (SELECT id FROM due))
RETURNING d.*
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

GIVE_BACK = """
UPDATE outbound.deliveries
SET claimed_by = NULL, due_at = clock_timestamp()
WHERE id = ANY ($1::uuid[]) AND claimed_by = $2 AND status = 'pending'
"""

SETTLE = """
WITH made AS (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::timestamptz[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::float4[], $11::float4[], $12::float4[], $13::text[],
        $14::float8[], $15::bool[], $16::text[]
    ) AS m (id, started_at, duration_ms, status_code, error, response, provider_id, headers,
            address, dns_ms, connect_ms, first_byte_ms, status, delay_seconds, reported, provider)
), kept AS (
    INSERT INTO outbound.attempts (
        delivery_id, number, started_at, duration_ms, status_code, error, response, headers,
        address, dns_ms, connect_ms, first_byte_ms)
    SELECT m.id, d.attempts + 1, m.started_at, m.duration_ms, m.status_code, m.error, m.response,
        m.headers, m.address, m.dns_ms, m.connect_ms, m.first_byte_ms
    FROM made m JOIN outbound.deliveries d USING (id)
)
UPDATE outbound.deliveries d
SET attempts = d.attempts + 1,
    tries = d.tries + 1,
    status = m.status,
    status_code = m.status_code,
    error = m.error,
    provider_id = coalesce(m.provider_id, d.provider_id),
    provider = coalesce(m.provider, d.provider),
    claimed_by = NULL,
    due_at = clock_timestamp() + coalesce(m.delay_seconds, 0) * interval '1 second',
    settled_at = CASE WHEN m.status <> 'pending' THEN clock_timestamp() END,
    reported_at = CASE WHEN m.reported THEN clock_timestamp() ELSE d.reported_at END
FROM made m
WHERE d.id = m.id
    AND (d.status = 'pending' AND (m.status = 'delivered' OR d.claimed_by = $17)
        OR d.status IN ('failed', 'withdrawn') AND m.status = 'delivered')
RETURNING d.event_id, d.status, d.reported_at IS NOT NULL AS reported
"""

GIVE_UP = """
UPDATE outbound.deliveries
SET status = 'failed', error = $4, claimed_by = NULL, settled_at = clock_timestamp()
WHERE id = ANY (ARRAY (
    SELECT id
    FROM outbound.deliveries
    WHERE service = $1 AND status = 'pending' AND lane = ANY ($2)
        AND due_at <= statement_timestamp()
        AND going_since < statement_timestamp() - $3::float8 * interval '1 second'
    LIMIT $5
    FOR UPDATE SKIP LOCKED))
RETURNING event_id
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
WHERE service = $1 AND reported_at IS NULL AND status NOT IN ('pending', 'held')
    AND settled_at < clock_timestamp() - $2::float8 * interval '1 second'
LIMIT $3
"""

MARK_REPORTED = """
UPDATE outbound.deliveries
SET reported_at = clock_timestamp()
WHERE service = $1 AND event_id = ANY ($2) AND reported_at IS NULL
"""

# Who holds it stays: what is on its way may arrive all the same, and is then changed there.
WITHDRAW = """
UPDATE outbound.deliveries
SET status = 'withdrawn', claimed_by = CASE WHEN status = 'pending' THEN claimed_by END,
    settled_at = clock_timestamp(), reported_at = coalesce(reported_at, clock_timestamp())
WHERE service = $1 AND request_id = ANY ($2) AND status IN ('pending', 'held') AND NOT informs
"""

# What is on its way is let go: it may be there already.
WITHDRAW_FROM_OTHERS = """
UPDATE outbound.deliveries
SET status = 'withdrawn', claimed_by = NULL, settled_at = clock_timestamp(),
    reported_at = coalesce(reported_at, clock_timestamp())
WHERE service = $1 AND request_id = $2 AND status IN ('pending', 'held') AND NOT informs
    AND person <> $3 AND claimed_by IS NULL
"""

OF_REQUEST = """
SELECT *
FROM outbound.deliveries
WHERE request_id = $1 AND tenant = $2 AND service = $3
ORDER BY created_at, id
"""

OF_ID = """
SELECT *
FROM outbound.deliveries
WHERE id = $1 AND tenant = $2
"""

ATTEMPTS_OF = """
SELECT *
FROM outbound.attempts
WHERE delivery_id = ANY ($1)
ORDER BY delivery_id, id
"""

ALTER TABLE outbound.deliveries ADD COLUMN traceparent text;

COMMENT ON COLUMN outbound.deliveries.traceparent IS
    'W3C trace context of the event that caused it; null where that was in no trace';

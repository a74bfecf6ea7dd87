-- Which timers are late is counted in the index alone.
DROP INDEX timers.timers_next;
CREATE INDEX timers_next ON timers.timers (fire_at) INCLUDE (at) WHERE fire_at IS NOT NULL;

-- What may be forgotten is found without reading what still waits.
CREATE INDEX timers_idle ON timers.timers (changed_at) WHERE fire_at IS NULL;

-- Which standing rule decided a request as it was opened, or in shadow would have: by it the uses of
-- a rule are counted. Requests from before name none until `make rebuild VIEW=history`.
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'history')) || ', public', true);

ALTER TABLE event ADD COLUMN rule text COLLATE "C";
ALTER TABLE event ADD COLUMN shadow boolean NOT NULL DEFAULT false;
CREATE INDEX event_by_rule ON event (tenant, rule) INCLUDE (shadow, at) WHERE rule IS NOT NULL;
-- An export reads on from where it was.
CREATE INDEX event_by_place ON event (tenant, at, partition, log_offset, step);
DROP INDEX event_by_time;

-- What alike requests share (`kernel/likeness.py`), so that those that wait can be decided together.
-- Rows from before have none until `make rebuild VIEW=inbox`.
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'inbox')) || ', public', true);

ALTER TABLE request ADD COLUMN likeness text NOT NULL DEFAULT '' COLLATE "C";
CREATE INDEX request_open_by_likeness ON request (tenant, likeness, created_at, request_id)
    WHERE open;

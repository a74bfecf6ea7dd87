-- What lists show at a glance: a line of the payload with the question, and whether a request was
-- taken by who holds it or given to them.
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'inbox')) || ', public', true);

ALTER TABLE question ADD COLUMN excerpt text NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN claimed boolean NOT NULL DEFAULT false;

-- What keeps pages and counts quick with a million requests waiting. Columns that change in the
-- course of a life are in few indexes: a row none of whose indexed columns change is updated in
-- place.
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'inbox')) || ', public', true);

-- The facets of closed requests are looked for where they are written once, with the question.
ALTER TABLE question ADD COLUMN facets jsonb NOT NULL DEFAULT '{}';
UPDATE question AS q SET facets = r.facets FROM request AS r WHERE r.request_id = q.request_id;
CREATE INDEX question_by_facet ON question USING gin (facets jsonb_path_ops);

-- In somebody's hands, whether open or not.
DROP INDEX request_open_by_person;
CREATE INDEX request_by_person ON request (tenant, assigned_person, created_at, request_id)
    WHERE assigned_person IS NOT NULL;
CREATE INDEX request_by_team ON request (tenant, assigned_team, created_at, request_id)
    WHERE assigned_team IS NOT NULL;

CREATE INDEX request_by_agent ON request (tenant, agent_id, created_at, request_id)
    WHERE agent_id IS NOT NULL;

-- The few among very many: those held, those begun, those sent back, those closed.
CREATE INDEX request_held_by_age ON request (tenant, created_at, request_id)
    WHERE open AND (assigned_person IS NOT NULL OR assigned_team IS NOT NULL);
CREATE INDEX request_begun_by_age ON request (tenant, created_at, request_id)
    WHERE open AND started_at IS NOT NULL;
CREATE INDEX request_sent_back_by_age ON request (tenant, created_at, request_id)
    WHERE open AND revisions_used > 0;
CREATE INDEX request_closed_by_age ON request (tenant, created_at, request_id) WHERE NOT open;

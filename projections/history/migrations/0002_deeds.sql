-- What people did, newest first: for a person's own activity and for the load of a team.
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'history')) || ', public', true);

-- A column, not an expression in the index: row-level security lets only comparisons that keep
-- secrets choose an index, and looking into JSON is none.
ALTER TABLE event ADD COLUMN actor_id text COLLATE "C" GENERATED ALWAYS AS (actor ->> 'id') STORED;
CREATE INDEX event_by_person ON event (tenant, actor_id, at, partition, log_offset, step)
    WHERE NOT by_policy AND body IS NOT NULL AND event IN (
        'Received', 'AnswerRecorded', 'ChangesRequested', 'Assigned', 'Released', 'Commented',
        'Reprioritised', 'DeadlineMoved', 'Escalated', 'Cancelled'
    );

-- How often a word occurs is guessed from a sample of rows. With the usual hundred of them a word that
-- nearly nobody has looked frequent now and then, and its search walked the whole queue in order.
SELECT set_config('search_path', quote_ident(
    coalesce(nullif(current_setting('handraise.schema', true), ''), 'inbox')) || ', public', true);

ALTER TABLE question ALTER COLUMN search SET STATISTICS 1000;

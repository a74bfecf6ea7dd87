-- What must not leave the house in words about a request, and who had to do with it.
ALTER TABLE notifier.briefs ADD COLUMN personal text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN notifier.briefs.personal IS 'the values of the personal fields of its context';

CREATE TABLE notifier.participants (
    request_id  text NOT NULL,
    person      text NOT NULL,
    PRIMARY KEY (request_id, person)
);

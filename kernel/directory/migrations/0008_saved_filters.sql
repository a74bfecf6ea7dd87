CREATE TABLE directory.saved_filters (
    id uuid PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    name text NOT NULL,
    query text NOT NULL,
    team text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant, person, name)
);
CREATE INDEX saved_filters_of_team ON directory.saved_filters (tenant, team) WHERE team IS NOT NULL;
COMMENT ON TABLE directory.saved_filters IS 'views of the queue that a person comes back to';
COMMENT ON COLUMN directory.saved_filters.query IS 'the query part of the queue''s address';
COMMENT ON COLUMN directory.saved_filters.team IS 'a team that sees it too; only its person changes it';

CREATE TABLE directory.default_filters (
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    filter uuid NOT NULL REFERENCES directory.saved_filters ON DELETE CASCADE,
    PRIMARY KEY (tenant, person)
);
COMMENT ON TABLE directory.default_filters IS 'with which of them a person''s queue begins';

-- json, not jsonb: what is read back is what was written.
CREATE TABLE directory.calendars (
    tenant text NOT NULL REFERENCES directory.tenants,
    name text NOT NULL,
    definition json NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant, name)
);
COMMENT ON TABLE directory.calendars IS 'the hours in which a tenant''s people are at work';

CREATE TABLE directory.rotas (
    tenant text NOT NULL REFERENCES directory.tenants,
    team text NOT NULL,
    definition json NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant, team)
);
COMMENT ON TABLE directory.rotas IS 'who of a team is on call, turn by turn';

CREATE TABLE directory.absences (
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    substitute text REFERENCES directory.people,
    note text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant, person),
    CHECK (begins_at < ends_at)
);
CREATE INDEX absences_end ON directory.absences (tenant, ends_at);
COMMENT ON TABLE directory.absences IS 'who is out of office, and who stands in; one absence per person';

CREATE TABLE directory.skills (
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    skills text[] NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant, person)
);
COMMENT ON TABLE directory.skills IS 'what people know about, for requests that are assigned by skill';

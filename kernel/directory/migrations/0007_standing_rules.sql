CREATE TABLE directory.standing_rules (
    id text PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    version integer NOT NULL DEFAULT 1,
    kind text NOT NULL,
    principal_id text,
    asker text NOT NULL,
    matches json NOT NULL,
    decision text NOT NULL,
    comment text,
    valid_until timestamptz NOT NULL,
    max_uses integer CHECK (max_uses > 0),
    taken integer NOT NULL DEFAULT 0,
    mode text NOT NULL CHECK (mode IN ('live', 'shadow')),
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_from text,
    revoked_at timestamptz,
    revoked_by text,
    CHECK (taken <= max_uses)
);
CREATE INDEX standing_rules_list ON directory.standing_rules (tenant, made_at DESC, id DESC);
CREATE INDEX standing_rules_live ON directory.standing_rules (tenant, kind, valid_until)
    WHERE revoked_at IS NULL;
COMMENT ON COLUMN directory.standing_rules.asker IS 'the owner of the credential that asks';
COMMENT ON COLUMN directory.standing_rules.made_by IS 'the person who answers for this version';
COMMENT ON COLUMN directory.standing_rules.taken IS 'uses that were given out, where they are limited';

CREATE TABLE directory.standing_rule_uses (
    rule text NOT NULL REFERENCES directory.standing_rules,
    request_id text NOT NULL,
    tenant text NOT NULL,
    PRIMARY KEY (rule, request_id)
);
COMMENT ON TABLE directory.standing_rule_uses IS 'which requests have which of a limited rule''s uses';

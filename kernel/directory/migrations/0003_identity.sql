-- Identity: who was let in and by whom, what they did to each other's rights, and who guessed.

ALTER TABLE directory.people
    ADD COLUMN tokens_from timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN issuer text,
    ADD COLUMN subject text;
CREATE UNIQUE INDEX people_subject ON directory.people (tenant, issuer, subject)
    WHERE subject IS NOT NULL;
COMMENT ON COLUMN directory.people.tokens_from IS 'tokens and sessions from before hold no more';
COMMENT ON COLUMN directory.people.subject IS 'what the OpenID provider in issuer calls this person';

ALTER TABLE directory.api_keys ADD COLUMN rotated_from text;
COMMENT ON COLUMN directory.api_keys.revoked_at IS 'from then on it proves nobody; may be to come';
COMMENT ON COLUMN directory.api_keys.rotated_from IS 'the key in whose place this one came';

CREATE TABLE directory.invitations (
    id text PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    purpose text NOT NULL CHECK (purpose IN ('join', 'password')),
    email text NOT NULL,
    person text REFERENCES directory.people,
    name text NOT NULL DEFAULT '',
    roles text[] NOT NULL DEFAULT '{}',
    teams text[] NOT NULL DEFAULT '{}',
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    withdrawn_at timestamptz
);
CREATE INDEX invitations_of_tenant ON directory.invitations (tenant, created_at);
COMMENT ON TABLE directory.invitations IS 'links by which people set a password: to join, or anew';
COMMENT ON COLUMN directory.invitations.token_hash IS 'SHA-256; the token itself is kept nowhere';

CREATE TABLE directory.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text REFERENCES directory.tenants,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    address text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_of_tenant ON directory.audit (tenant, id);
CREATE INDEX audit_by_age ON directory.audit (at);
COMMENT ON COLUMN directory.audit.tenant IS 'none: somebody whom no tenant knows';

CREATE TABLE directory.failures (
    name text PRIMARY KEY,
    count integer NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX failures_by_age ON directory.failures (since);
COMMENT ON COLUMN directory.failures.name IS 'a keyed hash of the address or e-mail that failed';

CREATE TABLE directory.departures (
    id text PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    name text NOT NULL,
    by_id text NOT NULL,
    by_name text NOT NULL,
    by_roles text[] NOT NULL,
    left_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    released integer NOT NULL DEFAULT 0,
    done_at timestamptz
);
CREATE INDEX departures_due ON directory.departures (due_at) WHERE done_at IS NULL;
COMMENT ON TABLE directory.departures IS 'people who were deactivated: what they hold is given back';

-- The narrow ways past row-level security: a credential that says nothing of its tenant is looked
-- up by what it proves, and nothing else comes back.
CREATE FUNCTION directory.key_of_id(wanted text) RETURNS SETOF directory.api_keys
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT * FROM directory.api_keys WHERE id = wanted $$;

CREATE FUNCTION directory.people_of_email(wanted text, of_tenant text)
    RETURNS SETOF directory.people
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$
        SELECT * FROM directory.people WHERE is_active AND lower(email) = lower(wanted)
            AND (of_tenant IS NULL OR tenant = of_tenant)
        ORDER BY tenant LIMIT 5
    $$;

CREATE FUNCTION directory.invitation_of_hash(wanted bytea) RETURNS SETOF directory.invitations
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT * FROM directory.invitations WHERE token_hash = wanted $$;

-- As much work for an address that nobody has as for one that somebody has.
CREATE FUNCTION directory.note_refused_sign_in(email text, address text, detail jsonb)
    RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
    AS $$
        INSERT INTO directory.audit (tenant, actor, action, subject, address, outcome, detail)
        SELECT person.tenant, coalesce(person.id, ''), 'sign_in', coalesce(person.id, ''),
            note_refused_sign_in.address, 'refused', note_refused_sign_in.detail
        FROM (SELECT) AS once
        LEFT JOIN directory.people AS person ON lower(person.email) = lower(note_refused_sign_in.email)
        LIMIT 5
    $$;

REVOKE ALL ON FUNCTION directory.key_of_id, directory.people_of_email,
    directory.invitation_of_hash, directory.note_refused_sign_in FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS directory;

CREATE TABLE directory.tenants (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE directory.teams (
    tenant text NOT NULL REFERENCES directory.tenants,
    name text NOT NULL,
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, name)
);

CREATE TABLE directory.people (
    id text PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    email text NOT NULL CHECK (length(email) <= 255),
    name text NOT NULL,
    roles text[] NOT NULL DEFAULT '{reviewer}',
    teams text[] NOT NULL DEFAULT '{}',
    hashed_password text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX people_email ON directory.people (lower(email), tenant);
CREATE INDEX people_tenant ON directory.people (tenant);
COMMENT ON COLUMN directory.people.hashed_password IS 'argon2id; none: this person can''t sign in with a password';

CREATE TABLE directory.api_keys (
    id text PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    owner text NOT NULL,
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    abilities text[] NOT NULL,
    signing_secret bytea NOT NULL,
    signing_secret_before bytea,
    signing_secret_before_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
CREATE INDEX api_keys_owner ON directory.api_keys (tenant, owner);
COMMENT ON COLUMN directory.api_keys.owner IS 'the agent whose key this is; it stays when the key is rotated';
COMMENT ON COLUMN directory.api_keys.signing_secret IS 'sealed; signs the owner''s asks and the callbacks to it';

CREATE TABLE directory.links (
    tenant text NOT NULL REFERENCES directory.tenants,
    owner text NOT NULL,
    person text NOT NULL REFERENCES directory.people,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, owner, person)
);
COMMENT ON TABLE directory.links IS 'the people for whom the keys of an owner may act';

-- json, not jsonb: the order of a form's fields is what reviewers see.
CREATE TABLE directory.kinds (
    tenant text NOT NULL REFERENCES directory.tenants,
    name text NOT NULL,
    definition json NOT NULL,
    version text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE directory.request_secrets (
    request_id text NOT NULL,
    mark text NOT NULL,
    tenant text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, mark)
);
COMMENT ON TABLE directory.request_secrets IS 'callback_secret of requests, sealed; never in a topic';

CREATE TABLE directory.revoked_tokens (
    jti text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX revoked_tokens_expiry ON directory.revoked_tokens (expires_at);

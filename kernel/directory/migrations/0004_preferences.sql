CREATE TABLE directory.preferences (
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    settings json NOT NULL,
    chats bytea,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, person)
);
COMMENT ON TABLE directory.preferences IS 'how a person wants to be told';
COMMENT ON COLUMN directory.preferences.chats IS 'sealed: a JSON object, the address of each chat by its name';

CREATE TABLE directory.push_subscriptions (
    id uuid PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_person ON directory.push_subscriptions (tenant, person);
COMMENT ON COLUMN directory.push_subscriptions.sealed IS 'endpoint and keys of one browser (RFC 8291), JSON';

CREATE TABLE directory.push_keys (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    public_key text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE directory.push_keys IS 'the one key pair by which push services know us (VAPID, RFC 8292)';

CREATE TABLE directory.tenant_notices (
    tenant text PRIMARY KEY REFERENCES directory.tenants,
    webhook_url text,
    sealed bytea,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL
);
COMMENT ON TABLE directory.tenant_notices IS 'where a tenant itself is told, besides its people';
COMMENT ON COLUMN directory.tenant_notices.webhook_url IS 'hears of high and urgent requests';
COMMENT ON COLUMN directory.tenant_notices.sealed IS 'the secret that signs for the webhook, and its chats, JSON';

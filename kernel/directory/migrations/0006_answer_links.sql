CREATE TABLE directory.answer_links (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    tenant text NOT NULL REFERENCES directory.tenants,
    person text NOT NULL REFERENCES directory.people,
    request_id text NOT NULL,
    revision integer NOT NULL,
    delivery_id text NOT NULL,
    expires_at timestamptz NOT NULL,
    refused integer NOT NULL DEFAULT 0,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX answer_links_expiry ON directory.answer_links (expires_at);
COMMENT ON TABLE directory.answer_links IS 'links in messages by which one person may answer one revision of one request, once';
COMMENT ON COLUMN directory.answer_links.token_hash IS 'SHA-256 of the token in the link';
COMMENT ON COLUMN directory.answer_links.refused IS 'answers by this link that were turned down; each try is a command of its own';

CREATE TABLE directory.slack_workspaces (
    tenant text PRIMARY KEY REFERENCES directory.tenants,
    team_id text NOT NULL,
    team_name text NOT NULL,
    bot_user_id text NOT NULL,
    bot_token bytea NOT NULL,
    signing_secret bytea NOT NULL,
    link_by_email boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL
);
COMMENT ON TABLE directory.slack_workspaces IS 'the Slack workspace of a tenant, and the app installed there';
COMMENT ON COLUMN directory.slack_workspaces.bot_token IS 'sealed';
COMMENT ON COLUMN directory.slack_workspaces.signing_secret IS 'sealed; tells calls by Slack from forged ones';
COMMENT ON COLUMN directory.slack_workspaces.link_by_email IS 'whether a Slack user is taken for the person with the same confirmed e-mail address';

CREATE TABLE directory.slack_people (
    tenant text NOT NULL REFERENCES directory.tenants,
    team_id text NOT NULL,
    slack_user text NOT NULL,
    person text NOT NULL REFERENCES directory.people,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, team_id, slack_user)
);
COMMENT ON TABLE directory.slack_people IS 'Slack users who said on a signed-in page which person they are';

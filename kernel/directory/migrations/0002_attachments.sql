CREATE TABLE directory.attachments (
    id text PRIMARY KEY,
    tenant text NOT NULL REFERENCES directory.tenants,
    name text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint,
    sha256 text,
    uploaded_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    referenced boolean NOT NULL DEFAULT false,
    removing boolean NOT NULL DEFAULT false
);
CREATE INDEX attachments_unused ON directory.attachments (created_at) WHERE NOT referenced;
COMMENT ON TABLE directory.attachments IS 'files beside the log; their bytes are in the blob store';
COMMENT ON COLUMN directory.attachments.sha256 IS 'hex; none until all bytes are there';
COMMENT ON COLUMN directory.attachments.referenced IS 'a command has named it: it stays for good';
COMMENT ON COLUMN directory.attachments.removing IS 'nobody has for a day: it is being deleted';

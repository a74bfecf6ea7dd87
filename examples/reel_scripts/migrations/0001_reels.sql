-- Who makes reels, the reels, and every text that a reel's script ever had.
CREATE TABLE accounts (
    person_id text PRIMARY KEY,          -- of the person in Handraise
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    token_sha256 bytea NOT NULL UNIQUE   -- of the token with which they call the API
);

CREATE TABLE reels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL REFERENCES accounts,
    title text NOT NULL,
    use_rewrite boolean NOT NULL,
    status text NOT NULL,
    revision integer NOT NULL DEFAULT 1,  -- of the script as it stands
    notice text,                          -- what the owner should know
    creation_key text,                    -- the caller's, so that a repeated call makes one reel
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner, creation_key)
);

CREATE TABLE script_revisions (
    reel_id bigint NOT NULL REFERENCES reels,
    number integer NOT NULL,
    script text NOT NULL,
    source text NOT NULL CHECK (source IN ('original', 'rewrite', 'regenerate', 'owner')),
    instructions text,                    -- what its owner wanted to be different
    cause text NOT NULL,                  -- what brought it about; the same cause makes one revision
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reel_id, number),
    UNIQUE (reel_id, cause)
);

CREATE SCHEMA IF NOT EXISTS blobs;

CREATE TABLE blobs.piece (
    key text NOT NULL,
    number integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (key, number)
);
-- Most files are compressed already: trying again costs time and gains nothing.
ALTER TABLE blobs.piece ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE blobs.piece IS 'the bytes of attachments, in pieces';

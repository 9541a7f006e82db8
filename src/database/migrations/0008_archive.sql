-- Members whose archives are kept at Open Humans. Who they are, and what they let us do, is encrypted
-- with a key that is not in the database. Times are Unix milliseconds of the database's clock.

CREATE TABLE archive_members (
    id {serial},
    -- A keyed digest of the name that the member has in this project.
    digest {key} NOT NULL,
    sealed TEXT NOT NULL,
    -- Grows with every change of what is sealed.
    revision BIGINT NOT NULL,
    -- Whether there is an account on GitHub to read.
    is_connected BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the archive was last complete.
    updated_at BIGINT,
    -- Of the sync that runs.
    weeks_done BIGINT,
    weeks_total BIGINT
);
CREATE UNIQUE INDEX archive_members_by_digest ON archive_members (digest);

-- Browsers that are signed in.
CREATE TABLE archive_sessions (
    -- Of the value in the cookie.
    digest {key} PRIMARY KEY,
    member_id BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX archive_sessions_by_member ON archive_sessions (member_id);

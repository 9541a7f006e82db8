-- What several hosts agree on while they work. It is of the moment, so it is neither exported nor
-- copied. Times are Unix milliseconds of the database's clock.

-- What only one process at a time may write to, such as a collection.
CREATE TABLE pyfa_leases (
    -- A digest of `subject`.
    name {key} PRIMARY KEY,
    -- For people: the collection and its server.
    subject TEXT NOT NULL,
    -- Grows with every holder.
    fence BIGINT NOT NULL,
    -- Who holds it, or held it last.
    command TEXT NOT NULL,
    host TEXT NOT NULL,
    process BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    -- 0 if it was given back.
    lease_until BIGINT NOT NULL,
    -- How many fetches have begun to write there: the ledger of the last one knows what they wrote.
    fetches BIGINT NOT NULL
);

-- What is left of a forge's quotas.
CREATE TABLE pyfa_quotas (
    -- The forge and a digest of the token, which is too short to find the token.
    token {key} NOT NULL,
    -- `*` for what concerns all of them.
    resource {key} NOT NULL,
    -- The end of the window by the forge's clock, in Unix seconds: it names the window.
    window_reset BIGINT NOT NULL,
    -- The same by the database's clock; 0 if no window is known.
    reset_at BIGINT NOT NULL,
    quota_limit BIGINT NOT NULL,
    -- As the forge last said.
    remaining BIGINT NOT NULL,
    -- What requests may cost that were not answered yet.
    reserved BIGINT NOT NULL,
    -- Until then, one request is finding out about a new window.
    probe_until BIGINT NOT NULL,
    -- Until then, the forge wants no requests.
    paused_until BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (token, resource)
);

-- What a worker can run, and what it lacks for the rest; of one of an earlier version, nothing is known.
ALTER TABLE workers ADD COLUMN abilities {json};

-- The last time of a schedule that has become jobs; `last_due` is its first sight before that.
ALTER TABLE schedules ADD COLUMN last_made BIGINT;
UPDATE schedules SET last_made = (SELECT MAX(due) FROM jobs WHERE jobs.schedule = schedules.name);

-- What the last sync of each kind could not do.
CREATE TABLE sync_problems (
    -- update, events, daily
    schedule {key} NOT NULL,
    -- A repository, an organisation or a profile in lower case; empty for the whole sync.
    name {key} NOT NULL,
    why TEXT NOT NULL,
    since {time} NOT NULL,
    seen_at {time} NOT NULL,
    PRIMARY KEY (schedule, name)
);

-- Jobs, when they are due, and who runs them. Times are Unix milliseconds of the database's clock.

CREATE TABLE jobs (
    id {serial},
    kind TEXT NOT NULL,
    -- A profile or a repository; empty for everything that the settings name.
    target TEXT NOT NULL,
    -- Of jobs with the same key, one runs at a time.
    exclusive_key {key} NOT NULL,
    -- Of jobs with the same key, one waits or runs.
    unique_key {key} NOT NULL,
    -- waiting, running, done, partly, failed, cancelled
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    -- Runs that have failed, or whose worker was lost.
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    -- The worker that runs it, or ran it last.
    worker TEXT,
    host TEXT,
    -- Grows with every run, so that an earlier one can write nothing more.
    fence BIGINT NOT NULL,
    lease_until BIGINT,
    cancel_requested BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    -- The schedule that has made it, if any, and the time that was due.
    schedule TEXT,
    due BIGINT,
    -- What the last run has done, and why it failed or waits.
    report {json},
    error TEXT
);

CREATE UNIQUE INDEX jobs_unfinished ON jobs (unique_key) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX jobs_running ON jobs (exclusive_key) WHERE state = 'running';
CREATE INDEX jobs_due ON jobs (run_at) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_finished ON jobs (kind, finished_at);

CREATE TABLE schedules (
    name {key} PRIMARY KEY,
    cron TEXT NOT NULL,
    -- The last time that has become jobs, or the first sight of the schedule.
    last_due BIGINT NOT NULL
);

CREATE TABLE workers (
    id {key} PRIMARY KEY,
    host TEXT NOT NULL,
    process BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

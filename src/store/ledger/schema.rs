//! The tables of the ledger, format by format, and what tells a ledger from another database.
//!
//! Nothing here runs a statement; called by `opening`.

/// Added in format 4: a collection may be filled by several registries.
pub(super) const KINDS: &str = "
CREATE TABLE collections_of_kinds (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'pypi',
    created_at INTEGER NOT NULL,
    rules TEXT,
    versions TEXT,
    baseline INTEGER,
    baseline_rules TEXT,
    index_serial INTEGER NOT NULL DEFAULT 0,
    documents INTEGER,
    registry INTEGER REFERENCES registries,
    form TEXT,
    fetches INTEGER,
    UNIQUE (server, name, kind)
) STRICT;
INSERT INTO collections_of_kinds
SELECT id, server, name, 'pypi', created_at, rules, versions, baseline, baseline_rules, index_serial,
    documents, registry, form, fetches FROM collections;
DROP TABLE collections;
ALTER TABLE collections_of_kinds RENAME TO collections;
";

/// Fails on a database with other tables: it names columns that only the ledger has.
pub(super) const PROBE: &str = "
SELECT base_url, text, read.outcome, collections.kind, written.display_name, owed.lasting,
    switches.stage
FROM registries, classifiers, read, collections, written, owed, switches";

/// Whether every list of documents is valid JSON.
pub(super) const LEGIBLE: &str = "
SELECT NOT EXISTS (SELECT 1 FROM written WHERE NOT json_valid(CAST(documents AS TEXT)))";

pub(super) const SCHEMA: &str = "
CREATE TABLE registries (
    id INTEGER PRIMARY KEY,
    base_url TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE classifiers (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE read (
    registry INTEGER NOT NULL REFERENCES registries,
    project TEXT NOT NULL,
    serial INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    classifiers BLOB NOT NULL,
    examined INTEGER NOT NULL,
    PRIMARY KEY (registry, project)
) STRICT, WITHOUT ROWID;
CREATE TABLE collections (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    rules TEXT,
    versions TEXT,
    baseline INTEGER,
    baseline_rules TEXT,
    index_serial INTEGER NOT NULL DEFAULT 0,
    documents INTEGER,
    registry INTEGER REFERENCES registries,
    form TEXT,
    UNIQUE (server, name)
) STRICT;
CREATE TABLE written (
    collection INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    project TEXT NOT NULL,
    serial INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    latest TEXT NOT NULL,
    display_name TEXT NOT NULL,
    documents BLOB NOT NULL,
    PRIMARY KEY (collection, project)
) STRICT, WITHOUT ROWID;
CREATE TABLE owed (
    collection INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    project TEXT NOT NULL,
    serial INTEGER NOT NULL,
    reason TEXT NOT NULL,
    lasting INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    PRIMARY KEY (collection, project)
) STRICT, WITHOUT ROWID;
";

/// Added in format 2.
pub(super) const SWITCHES: &str = "
CREATE TABLE switches (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    aliases TEXT NOT NULL,
    stage TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (server, target)
) STRICT;
";

/// Added in format 3.
pub(super) const FETCHES: &str = "ALTER TABLE collections ADD COLUMN fetches INTEGER";

CREATE TABLE export (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE packages (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    normalized_name TEXT NOT NULL UNIQUE,
    registry TEXT NOT NULL,
    latest_version TEXT NOT NULL,
    summary TEXT NOT NULL,
    license_spdx TEXT,
    status TEXT,
    first_uploaded TEXT,
    release_count INTEGER,
    home_page TEXT,
    documentation TEXT,
    registry_page TEXT,
    repository TEXT,
    archived INTEGER,
    stars INTEGER,
    forks INTEGER,
    open_issues INTEGER,
    pushed TEXT,
    downloads_last_day INTEGER,
    downloads_last_week INTEGER,
    downloads_last_month INTEGER,
    vulnerable INTEGER,
    health_score INTEGER,
    dependents INTEGER,
    search_rank INTEGER
);

CREATE TABLE releases (
    id INTEGER PRIMARY KEY,
    package_id INTEGER NOT NULL REFERENCES packages (id),
    document_id TEXT NOT NULL,
    version TEXT NOT NULL,
    version_order TEXT NOT NULL,
    is_latest INTEGER NOT NULL,
    uploaded TEXT,
    yanked INTEGER NOT NULL,
    yanked_reason TEXT,
    summary TEXT NOT NULL,
    author TEXT,
    author_email TEXT,
    license TEXT,
    license_spdx TEXT,
    requires_python TEXT,
    content_digest TEXT NOT NULL
);

CREATE TABLE frameworks (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    framework TEXT NOT NULL,
    PRIMARY KEY (release_id, framework)
) WITHOUT ROWID;

CREATE TABLE pythons (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    python TEXT NOT NULL,
    PRIMARY KEY (release_id, python)
) WITHOUT ROWID;

CREATE TABLE classifiers (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    classifier TEXT NOT NULL,
    PRIMARY KEY (release_id, classifier)
) WITHOUT ROWID;

CREATE TABLE keywords (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    keyword TEXT NOT NULL,
    PRIMARY KEY (release_id, keyword)
) WITHOUT ROWID;

CREATE TABLE maintainers (
    package_id INTEGER NOT NULL REFERENCES packages (id),
    maintainer TEXT NOT NULL,
    PRIMARY KEY (package_id, maintainer)
) WITHOUT ROWID;

CREATE TABLE requirements (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    requirement TEXT NOT NULL,
    normalized_name TEXT,
    PRIMARY KEY (release_id, requirement)
) WITHOUT ROWID;

CREATE TABLE links (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (release_id, label)
) WITHOUT ROWID;

CREATE TABLE advisories (
    release_id INTEGER NOT NULL REFERENCES releases (id),
    advisory TEXT NOT NULL,
    severity TEXT,
    summary TEXT,
    link TEXT,
    fixed_in TEXT,
    PRIMARY KEY (release_id, advisory)
) WITHOUT ROWID;

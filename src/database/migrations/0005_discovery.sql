-- The map of developers and repositories. The columns of Git-o-matic carry its names; times are UTC.
-- `raw` is GitHub's answer as it came. Rows are found by GitHub's id, which no rename changes.

CREATE TABLE developers (
    -- A version 5 UUID of GitHub's id, so that every database gives the same.
    id {key} PRIMARY KEY,
    github_id BIGINT NOT NULL,
    node_id TEXT,
    -- Who lost it to somebody else, and was not read since, has none.
    login TEXT,
    -- User, Organization, Bot
    type TEXT,
    name TEXT,
    location TEXT,
    bio TEXT,
    company TEXT,
    email TEXT,
    avatar_url TEXT,
    html_url TEXT,
    created_at {time},
    updated_at {time},
    followers_count BIGINT NOT NULL DEFAULT 0,
    following_count BIGINT NOT NULL DEFAULT 0,
    public_gists BIGINT NOT NULL DEFAULT 0,
    public_repos BIGINT NOT NULL DEFAULT 0,
    -- GitHub counts the stars that somebody gave nowhere but in the list itself.
    starred_count BIGINT,
    raw {json},
    -- present, gone
    state TEXT NOT NULL DEFAULT 'present',
    -- Steps from the nearest seed; a seed has 0.
    depth BIGINT NOT NULL,
    first_seen {time} NOT NULL,
    -- When the account itself was read; none if only its id and login are known from a list.
    read_at {time},
    -- When the account and all its lists were last read to their ends.
    synced_at {time}
);
CREATE UNIQUE INDEX developers_by_github_id ON developers (github_id);
CREATE INDEX developers_by_login ON developers (login);

CREATE TABLE discovered_repositories (
    id {key} PRIMARY KEY,
    github_id BIGINT NOT NULL,
    node_id TEXT,
    owner_github_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    description TEXT,
    homepage TEXT,
    language TEXT,
    created_at {time},
    updated_at {time},
    pushed_at {time},
    has_downloads BOOLEAN,
    has_issues BOOLEAN,
    has_pages BOOLEAN,
    has_projects BOOLEAN,
    has_wiki BOOLEAN,
    private BOOLEAN,
    archived BOOLEAN,
    disabled BOOLEAN,
    fork BOOLEAN,
    stargazers_count BIGINT NOT NULL DEFAULT 0,
    -- Only an answer about this one repository says it.
    subscribers_count BIGINT,
    watchers_count BIGINT NOT NULL DEFAULT 0,
    forks_count BIGINT NOT NULL DEFAULT 0,
    open_issues_count BIGINT NOT NULL DEFAULT 0,
    raw {json},
    -- present, gone, blocked
    state TEXT NOT NULL DEFAULT 'present',
    first_seen {time} NOT NULL,
    read_at {time},
    synced_at {time},
    -- The pass of the owner's list of repositories that has shown it last.
    owner_pass BIGINT
);
CREATE UNIQUE INDEX discovered_repositories_by_github_id ON discovered_repositories (github_id);
CREATE INDEX discovered_repositories_by_full_name ON discovered_repositories (full_name);
CREATE INDEX discovered_repositories_by_owner ON discovered_repositories (owner_github_id);

-- Both sides by GitHub's ids; each has a row in `developers`. A relation is in a list of each side, and
-- remembers the last pass of either list that has shown it.
CREATE TABLE follows (
    follower_id BIGINT NOT NULL,
    followed_id BIGINT NOT NULL,
    first_seen {time} NOT NULL,
    -- Of the list whom the follower follows.
    follower_pass BIGINT,
    -- Of the list of followers.
    followed_pass BIGINT,
    PRIMARY KEY (follower_id, followed_id)
);
CREATE INDEX follows_by_followed ON follows (followed_id, follower_id);

CREATE TABLE stars (
    developer_id BIGINT NOT NULL,
    repository_id BIGINT NOT NULL,
    starred_at {time},
    first_seen {time} NOT NULL,
    -- Of the list of what the developer has starred.
    developer_pass BIGINT,
    -- Of the list of stargazers.
    repository_pass BIGINT,
    PRIMARY KEY (developer_id, repository_id)
);
CREATE INDEX stars_by_repository ON stars (repository_id, developer_id);

-- Who contributed to a repository, as GitHub counts commits of its default branch.
CREATE TABLE repository_contributors (
    repository_id BIGINT NOT NULL,
    developer_id BIGINT NOT NULL,
    contributions BIGINT NOT NULL,
    first_seen {time} NOT NULL,
    pass BIGINT,
    PRIMARY KEY (repository_id, developer_id)
);
CREATE INDEX repository_contributors_by_developer ON repository_contributors (developer_id, repository_id);

-- How far each list of an account or a repository was read, and why not further.
CREATE TABLE discovery_lists (
    -- developer, repository
    subject {key} NOT NULL,
    subject_id BIGINT NOT NULL,
    -- followers, following, starred, repositories, stargazers, contributors; `lists` for all lists of
    -- a developer together
    list {key} NOT NULL,
    -- Where the next run goes on; none at the beginning and after the end.
    next_page TEXT,
    -- When the pass began whose pages are being read: what no page of a whole pass shows has ended.
    pass_began {time},
    -- Passes are numbered, so that no clock decides what has ended.
    pass BIGINT NOT NULL DEFAULT 0,
    -- When it was last read to its end, or withheld.
    read_at {time},
    -- Of the first page.
    etag TEXT,
    -- How many GitHub counted when the pass began.
    counted BIGINT,
    -- How many more GitHub counted at the end of the last pass than are stored: hidden accounts, and
    -- those that the bounds leave out. Only another difference means that something has changed.
    gap BIGINT NOT NULL DEFAULT 0,
    -- Why it is not read: `refused` by GitHub, or `too long` for the settings.
    withheld TEXT,
    -- What GitHub said when it refused.
    reason TEXT,
    PRIMARY KEY (subject, subject_id, list)
);
CREATE INDEX discovery_lists_by_next_page ON discovery_lists (next_page);

-- Who asked to be forgotten. Only digests and ids are kept: enough to recognise them, too little to
-- say who they are.
CREATE TABLE forgotten (
    -- The SHA-256 of the login in lower case, in hexadecimal digits.
    login_digest {key} PRIMARY KEY,
    github_id BIGINT,
    asked_at {time} NOT NULL
);
CREATE INDEX forgotten_by_github_id ON forgotten (github_id);

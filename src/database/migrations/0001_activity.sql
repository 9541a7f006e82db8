-- What GitHub says about the work behind packages. Columns of the first six tables carry the names
-- of GitHub's REST API; times are UTC. `raw` is GitHub's answer as it came.

CREATE TABLE members (
    id BIGINT NOT NULL,
    org {key} NOT NULL,
    inserted_dt {time} NOT NULL,
    inactive_dt {time},
    inactive BOOLEAN NOT NULL DEFAULT FALSE,
    avatar_url TEXT,
    events_url TEXT,
    followers_url TEXT,
    following_url TEXT,
    gists_url TEXT,
    gravatar_id TEXT,
    html_url TEXT,
    login TEXT NOT NULL,
    node_id TEXT,
    organizations_url TEXT,
    received_events_url TEXT,
    repos_url TEXT,
    site_admin BOOLEAN,
    starred_url TEXT,
    subscriptions_url TEXT,
    type TEXT,
    url TEXT,
    raw {json},
    PRIMARY KEY (id, org)
);

-- A repository is known by GitHub's id; org and name follow renames and transfers.
CREATE TABLE repositories (
    id BIGINT PRIMARY KEY,
    node_id TEXT,
    org TEXT NOT NULL,
    repo TEXT NOT NULL,
    -- present, private, gone, blocked
    state TEXT NOT NULL DEFAULT 'present',
    state_since {time},
    checked_at {time},
    raw {json}
);
CREATE INDEX repositories_by_name ON repositories (org, repo);

-- Earlier names of repositories, so that a name can be followed.
CREATE TABLE repository_names (
    org {key} NOT NULL,
    repo {key} NOT NULL,
    repository_id BIGINT NOT NULL,
    until {time} NOT NULL,
    PRIMARY KEY (org, repo, repository_id)
);

-- Everybody who has opened, commented, closed, …; a login belongs to one at a time. Who lost it to
-- somebody else, and was not seen since, has none.
CREATE TABLE people (
    id BIGINT PRIMARY KEY,
    login TEXT,
    type TEXT,
    first_seen {time} NOT NULL,
    last_seen {time} NOT NULL
);
CREATE INDEX people_by_login ON people (login);

-- Every login that somebody had.
CREATE TABLE person_logins (
    person_id BIGINT NOT NULL,
    login {key} NOT NULL,
    first_seen {time} NOT NULL,
    last_seen {time} NOT NULL,
    PRIMARY KEY (person_id, login)
);

CREATE TABLE issues (
    id BIGINT PRIMARY KEY,
    active_lock_reason TEXT,
    assignee {json},
    assignees {json_list},
    author_association TEXT,
    body TEXT,
    closed_at {time},
    comments BIGINT,
    comments_url TEXT,
    created_at {time},
    events_url TEXT,
    html_url TEXT,
    labels {json_list},
    labels_url TEXT,
    locked BOOLEAN,
    milestone {json},
    node_id TEXT,
    number BIGINT NOT NULL,
    org TEXT NOT NULL,
    performed_via_github_app TEXT,
    reactions {json},
    repo TEXT NOT NULL,
    repository_url TEXT,
    score {real},
    state TEXT,
    state_reason TEXT,
    timeline_url TEXT,
    title TEXT,
    updated_at {time},
    url TEXT,
    "user" {json},
    username TEXT,
    -- Beside the columns of the first design:
    repository_id BIGINT NOT NULL,
    user_id BIGINT,
    deleted_at {time},
    raw {json},
    -- Whether the timeline was not read since the last change.
    timeline_due BOOLEAN NOT NULL DEFAULT TRUE,
    -- The page of the list of all issues that it was seen on.
    walk_page BIGINT,
    -- Whether it was asked for because another issue looks like its transfer.
    transfer_checked BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX issues_by_repository ON issues (repository_id, number);
CREATE INDEX issues_by_author ON issues (user_id, created_at);
CREATE INDEX issues_due ON issues (repository_id, updated_at) WHERE timeline_due;
CREATE INDEX issues_by_update ON issues (repository_id, updated_at);

CREATE TABLE pull_requests (
    id BIGINT PRIMARY KEY,
    url TEXT,
    repo TEXT NOT NULL,
    org TEXT NOT NULL,
    repository_url TEXT,
    labels_url TEXT,
    comments_url TEXT,
    events_url TEXT,
    html_url TEXT,
    node_id TEXT,
    number BIGINT NOT NULL,
    title TEXT,
    "user" {json},
    username TEXT,
    labels {json_list},
    state TEXT,
    state_reason TEXT,
    merged BOOLEAN,
    locked BOOLEAN,
    assignee {json},
    assignees {json_list},
    milestone {json},
    comments BIGINT,
    created_at {time},
    updated_at {time},
    closed_at {time},
    author_association TEXT,
    active_lock_reason TEXT,
    draft BOOLEAN,
    pull_request {json},
    body TEXT,
    reactions {json},
    timeline_url TEXT,
    performed_via_github_app TEXT,
    score {real},
    -- Beside the columns of the first design:
    repository_id BIGINT NOT NULL,
    user_id BIGINT,
    merged_at {time},
    deleted_at {time},
    raw {json},
    -- As those of issues.
    timeline_due BOOLEAN NOT NULL DEFAULT TRUE,
    walk_page BIGINT
);
CREATE INDEX pull_requests_due ON pull_requests (repository_id, updated_at) WHERE timeline_due;
CREATE INDEX pull_requests_by_repository ON pull_requests (repository_id, number);
CREATE INDEX pull_requests_by_update ON pull_requests (repository_id, updated_at);

-- Timeline events of issues and pull requests; `issue_id` is the id of either.
CREATE TABLE events (
    id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    org TEXT NOT NULL,
    repo TEXT NOT NULL,
    event TEXT NOT NULL,
    body TEXT,
    label {json},
    reactions {json},
    state TEXT,
    created_at {time},
    updated_at {time},
    node_id TEXT,
    "user" {json},
    author_association TEXT,
    username TEXT,
    -- Beside the columns of the first design:
    repository_id BIGINT NOT NULL,
    user_id BIGINT,
    deleted_at {time},
    raw {json},
    -- The page of the timeline that it was seen on; none, if it was on none of them lately.
    page_no BIGINT,
    PRIMARY KEY (id, issue_id)
);
CREATE INDEX events_by_issue ON events (issue_id, created_at);
CREATE INDEX events_by_repository ON events (repository_id, created_at);

-- The entity tag of each page of a timeline, for the token that asked for it.
CREATE TABLE event_polls (
    id BIGINT NOT NULL,
    page_no BIGINT NOT NULL,
    issue_updated_at {time},
    etag TEXT,
    -- A digest of the token that the tag belongs to.
    token TEXT NOT NULL DEFAULT '',
    -- How many entries the page has, those included that are not kept.
    entries BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id, page_no)
);

-- The entity tags of the pages of other lists.
CREATE TABLE page_tags (
    scope {key} NOT NULL,
    list {key} NOT NULL,
    page_no BIGINT NOT NULL,
    etag TEXT NOT NULL,
    token TEXT NOT NULL,
    entries BIGINT NOT NULL,
    PRIMARY KEY (scope, list, page_no)
);

CREATE TABLE transfers (
    issue_id BIGINT NOT NULL,
    new_issue_id BIGINT NOT NULL,
    url TEXT,
    number BIGINT,
    repo TEXT,
    title TEXT,
    body TEXT,
    created_at {time},
    closed_at {time},
    state TEXT,
    org TEXT,
    assignee {json},
    assignees {json_list},
    labels {json_list},
    new_repo TEXT,
    new_html_url TEXT,
    new_url TEXT,
    new_number BIGINT,
    "user" {json},
    username TEXT,
    -- Beside the columns of the first design:
    new_org TEXT,
    raw {json},
    PRIMARY KEY (issue_id, new_issue_id)
);

-- How far each scope has been read: everything before `done_until` is stored.
CREATE TABLE sync_marks (
    scope {key} NOT NULL,
    kind {key} NOT NULL,
    done_until {time},
    -- Further state of the kind, such as the chunks of a back-fill.
    detail {json},
    updated_at {time} NOT NULL,
    PRIMARY KEY (scope, kind)
);

-- A copy from another database that has begun and not ended; no table of the data.
CREATE TABLE pyfa_copies (
    source {key} PRIMARY KEY,
    begun_at {time} NOT NULL
);

-- Keys of the API, and the indexes that its filters and orders need. A text is found by the beginning
-- that is in an index; a row without a value stands before all others.

CREATE TABLE api_keys (
    id {serial},
    -- What people call it.
    name {key} NOT NULL,
    -- The beginning of the key, by which it is found and shown.
    prefix {key} NOT NULL,
    -- The SHA-256 of the whole key, in hexadecimal digits.
    digest TEXT NOT NULL,
    -- read, tasks, admin, emails; separated by commas.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name);
CREATE UNIQUE INDEX api_keys_by_prefix ON api_keys (prefix);


-- Issues and pull requests that were not deleted.
CREATE INDEX issues_api_created ON issues ({time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_updated ON issues ({time key updated_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_repository ON issues (repository_id, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_org ON issues ({text key org}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_repo ON issues ({text key repo}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_state ON issues ({text key state}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_username ON issues ({text key username}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX issues_api_number ON issues (number, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_created ON pull_requests ({time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_updated ON pull_requests ({time key updated_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_repository ON pull_requests (repository_id, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_org ON pull_requests ({text key org}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_repo ON pull_requests ({text key repo}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_state ON pull_requests ({text key state}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_username ON pull_requests ({text key username}, {time key created_at}, id)
    WHERE deleted_at IS NULL;
CREATE INDEX pull_requests_api_number ON pull_requests (number, {time key created_at}, id)
    WHERE deleted_at IS NULL;

-- Events that were not deleted.
CREATE INDEX events_api_created ON events ({time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;
CREATE INDEX events_api_issue ON events (issue_id, {time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;
CREATE INDEX events_api_repository ON events (repository_id, {time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;
CREATE INDEX events_api_org ON events ({text key org}, {time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;
CREATE INDEX events_api_repo ON events ({text key repo}, {time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;
CREATE INDEX events_api_event ON events ({text key event}, {time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;
CREATE INDEX events_api_username ON events ({text key username}, {time key created_at}, id, issue_id)
    WHERE deleted_at IS NULL;

-- Members of organisations.
CREATE INDEX members_api_org ON members ({text key org}, id, org);
CREATE INDEX members_api_login ON members ({text key login}, id, org);
CREATE INDEX members_api_inactive ON members (inactive, id, org);
CREATE INDEX members_api_inserted ON members (inserted_dt, id, org);

-- Transfers of issues.
CREATE INDEX transfers_api_created ON transfers ({time key created_at}, issue_id, new_issue_id);
CREATE INDEX transfers_api_org ON transfers ({text key org}, {time key created_at}, issue_id, new_issue_id);
CREATE INDEX transfers_api_repo ON transfers ({text key repo}, {time key created_at}, issue_id, new_issue_id);
CREATE INDEX transfers_api_new_org ON transfers ({text key new_org}, {time key created_at}, issue_id, new_issue_id);
CREATE INDEX transfers_api_new_repo ON transfers ({text key new_repo}, {time key created_at}, issue_id, new_issue_id);
CREATE INDEX transfers_api_new_issue ON transfers (new_issue_id, {time key created_at}, issue_id);

-- Jobs.
CREATE INDEX jobs_api_kind ON jobs ({text key kind}, id);
CREATE INDEX jobs_api_state ON jobs ({text key state}, id);
CREATE INDEX jobs_api_target ON jobs ({text key target}, id);

-- Developers who were read and have their account still.
CREATE INDEX developers_api_created ON developers ({time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_updated ON developers ({time key updated_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_followers_count ON developers (followers_count, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_following_count ON developers (following_count, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_public_gists ON developers (public_gists, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_public_repos ON developers (public_repos, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_login ON developers ({text key login}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_name ON developers ({text key name}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_location ON developers ({text key location}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_bio ON developers ({text key bio}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_company ON developers ({text key company}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_email ON developers ({text key email}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;
CREATE INDEX developers_api_type ON developers ({text key type}, {time key created_at}, id)
    WHERE state = 'present' AND read_at IS NOT NULL;

-- Repositories that GitHub shows.
CREATE INDEX discovered_repositories_api_created ON discovered_repositories ({time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_updated ON discovered_repositories ({time key updated_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_pushed ON discovered_repositories ({time key pushed_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_stargazers_count ON discovered_repositories (stargazers_count, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_watchers_count ON discovered_repositories (watchers_count, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_forks_count ON discovered_repositories (forks_count, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_open_issues_count ON discovered_repositories (open_issues_count, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_subscribers_count ON discovered_repositories ({integer key subscribers_count}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_owner ON discovered_repositories (owner_github_id, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_name ON discovered_repositories ({text key name}, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_full_name ON discovered_repositories ({text key full_name}, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_description ON discovered_repositories ({text key description}, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_homepage ON discovered_repositories ({text key homepage}, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_language ON discovered_repositories ({text key language}, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_has_downloads ON discovered_repositories (has_downloads, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_has_issues ON discovered_repositories (has_issues, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_has_pages ON discovered_repositories (has_pages, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_has_projects ON discovered_repositories (has_projects, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_has_wiki ON discovered_repositories (has_wiki, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_private ON discovered_repositories (private, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_archived ON discovered_repositories (archived, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_disabled ON discovered_repositories (disabled, {time key created_at}, id)
    WHERE state = 'present';
CREATE INDEX discovered_repositories_api_fork ON discovered_repositories (fork, {time key created_at}, id)
    WHERE state = 'present';

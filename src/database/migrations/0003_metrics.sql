-- What can be asked about the work in repositories: who answers whom, how soon, and how the pile of
-- open work grows. `docs/activity.md` defines each term. Bots are told from people in one place.

-- Logins of bots that GitHub does not know as such, in lower case.
CREATE TABLE bots (
    login {key} PRIMARY KEY
);

CREATE VIEW bot_people AS
SELECT id FROM people
WHERE type = 'Bot' OR LOWER(login) LIKE '%[bot]' OR LOWER(login) IN (SELECT login FROM bots);

-- Issues and pull requests that were not deleted.
CREATE VIEW activity_items AS
SELECT id, 'issue' AS kind, repository_id, number, user_id,
    COALESCE(user_id IN (SELECT id FROM bot_people), FALSE) AS by_bot,
    created_at, closed_at, NULL AS merged_at,
    timeline_due AND NOT EXISTS
        (SELECT 1 FROM event_polls WHERE event_polls.id = issues.id) AS is_unread
FROM issues WHERE deleted_at IS NULL AND created_at IS NOT NULL
UNION ALL
SELECT id, 'pull_request' AS kind, repository_id, number, user_id,
    COALESCE(user_id IN (SELECT id FROM bot_people), FALSE) AS by_bot,
    created_at, closed_at, CASE WHEN merged THEN COALESCE(merged_at, closed_at) END AS merged_at,
    timeline_due AND NOT EXISTS
        (SELECT 1 FROM event_polls WHERE event_polls.id = pull_requests.id) AS is_unread
FROM pull_requests WHERE deleted_at IS NULL AND created_at IS NOT NULL;

-- What people, not bots, have said or decided. Who closes or merges what another one has opened has
-- the rights of a member.
CREATE VIEW replies AS
SELECT id, issue_id, repository_id, user_id, event, created_at,
    event IN ('closed', 'merged')
        OR COALESCE(author_association IN ('OWNER', 'MEMBER', 'COLLABORATOR'), FALSE)
        OR EXISTS (SELECT 1 FROM members
            WHERE members.id = events.user_id AND LOWER(members.org) = LOWER(events.org)
                AND (NOT members.inactive OR members.inactive_dt > events.created_at)) AS by_member
FROM events
WHERE event IN ('commented', 'reviewed', 'closed', 'merged')
    AND deleted_at IS NULL AND created_at IS NOT NULL
    AND user_id IS NOT NULL AND user_id NOT IN (SELECT id FROM bot_people);

-- When each issue and pull request got its answers: from anybody but its author.
CREATE VIEW issue_responses AS
SELECT found.*,
    {epoch first_response_at} - {epoch created_at} AS seconds_to_first_response,
    {epoch closed_at} - {epoch created_at} AS seconds_to_close,
    {epoch merged_at} - {epoch created_at} AS seconds_to_merge
FROM (
    SELECT item.*,
        (SELECT MIN(replies.created_at) FROM replies
         WHERE replies.issue_id = item.id AND replies.user_id IS DISTINCT FROM item.user_id
             AND replies.created_at >= item.created_at) AS first_response_at,
        (SELECT MIN(replies.created_at) FROM replies
         WHERE replies.issue_id = item.id AND replies.user_id IS DISTINCT FROM item.user_id
             AND replies.created_at >= item.created_at
             AND replies.by_member) AS first_member_response_at,
        (SELECT MAX(replies.created_at) FROM replies
         WHERE replies.issue_id = item.id AND replies.user_id IS DISTINCT FROM item.user_id
             AND replies.created_at >= item.created_at) AS last_human_response_at
    FROM activity_items AS item
) AS found;

-- Everything that counts as a contribution. A merge is counted as the closing that comes with it.
CREATE VIEW contributions AS
SELECT repository_id, user_id, by_bot, kind, created_at AS contributed_at
FROM activity_items WHERE user_id IS NOT NULL
UNION ALL
SELECT repository_id, user_id, user_id IN (SELECT id FROM bot_people) AS by_bot, event AS kind,
    created_at AS contributed_at
FROM events
WHERE event IN ('commented', 'reviewed', 'closed')
    AND deleted_at IS NULL AND created_at IS NOT NULL AND user_id IS NOT NULL;

-- Everybody who has contributed to a repository.
CREATE VIEW contributors AS
SELECT counted.*, people.login,
    EXISTS (SELECT 1 FROM members
        JOIN repositories ON LOWER(repositories.org) = LOWER(members.org)
        WHERE repositories.id = counted.repository_id AND members.id = counted.user_id
            AND NOT members.inactive) AS is_member
FROM (
    SELECT repository_id, user_id, by_bot,
        MIN(contributed_at) AS first_contribution_at,
        MAX(contributed_at) AS last_contribution_at,
        COUNT(*) AS contributions,
        COUNT(CASE WHEN kind = 'issue' THEN 1 END) AS issues,
        COUNT(CASE WHEN kind = 'pull_request' THEN 1 END) AS pull_requests,
        COUNT(CASE WHEN kind = 'commented' THEN 1 END) AS comments,
        COUNT(CASE WHEN kind = 'reviewed' THEN 1 END) AS reviews,
        COUNT(CASE WHEN kind = 'closed' THEN 1 END) AS closings
    FROM contributions GROUP BY repository_id, user_id, by_bot
) AS counted
LEFT JOIN people ON people.id = counted.user_id;

-- What happened in each week, which is named by its Monday.
CREATE VIEW weekly_activity AS
SELECT repository_id, week, by_bot,
    CAST(SUM(issues_opened) AS BIGINT) AS issues_opened,
    CAST(SUM(issues_closed) AS BIGINT) AS issues_closed,
    CAST(SUM(pull_requests_opened) AS BIGINT) AS pull_requests_opened,
    CAST(SUM(pull_requests_closed) AS BIGINT) AS pull_requests_closed,
    CAST(SUM(pull_requests_merged) AS BIGINT) AS pull_requests_merged,
    CAST(SUM(issues_opened + pull_requests_opened - issues_closed - pull_requests_closed)
        AS BIGINT) AS backlog_growth,
    CAST(SUM(new_contributors) AS BIGINT) AS new_contributors,
    CAST(SUM(returning_contributors) AS BIGINT) AS returning_contributors
FROM (
    SELECT repository_id, {week created_at} AS week, by_bot,
        CASE WHEN kind = 'issue' THEN 1 ELSE 0 END AS issues_opened, 0 AS issues_closed,
        CASE WHEN kind = 'issue' THEN 0 ELSE 1 END AS pull_requests_opened,
        0 AS pull_requests_closed, 0 AS pull_requests_merged,
        0 AS new_contributors, 0 AS returning_contributors
    FROM activity_items
    UNION ALL
    SELECT repository_id, {week closed_at}, by_bot,
        0, CASE WHEN kind = 'issue' THEN 1 ELSE 0 END,
        0, CASE WHEN kind = 'issue' THEN 0 ELSE 1 END,
        CASE WHEN merged_at IS NULL THEN 0 ELSE 1 END, 0, 0
    FROM activity_items WHERE closed_at IS NOT NULL
    UNION ALL
    SELECT active.repository_id, active.week, active.by_bot, 0, 0, 0, 0, 0,
        CASE WHEN {week first_contribution_at} = active.week THEN 1 ELSE 0 END,
        CASE WHEN {week first_contribution_at} = active.week THEN 0 ELSE 1 END
    FROM (
        SELECT DISTINCT repository_id, user_id, by_bot, {week contributed_at} AS week
        FROM contributions
    ) AS active
    JOIN (
        SELECT repository_id, user_id, MIN(contributed_at) AS first_contribution_at
        FROM contributions GROUP BY repository_id, user_id
    ) AS begun ON begun.repository_id = active.repository_id AND begun.user_id = active.user_id
) AS happened
GROUP BY repository_id, week, by_bot;

//! The statements of metrics. Each takes the period as `$1` and `$2`, and the ids of repositories as a
//! list in JSON, `$3`. No I/O.

use super::period::TimeSpan;
use crate::database::Dialect;

/// What belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    Repository,
    Time(TimeSpan),
    /// All repositories as if they were one.
    Everything,
}

/// Whose issues, pull requests and contributions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    People,
    Bots,
}

impl Population {
    /// A condition on `by_bot`.
    fn condition(self) -> &'static str {
        match self {
            Self::People => "NOT(by_bot)",
            Self::Bots => "(by_bot)",
        }
    }
}

impl Grouping {
    /// What rows are grouped by, where something happened at the time in the column `time`.
    fn of(self, time: &str, dialect: Dialect) -> String {
        match self {
            Self::Repository => "CAST(repository_id AS TEXT)".to_owned(),
            Self::Time(span) => name_of_span(span, time, dialect),
            Self::Everything => "''".to_owned(),
        }
    }

    /// Within what somebody is new.
    fn whole(self) -> &'static str {
        match self {
            Self::Repository => "CAST(repository_id AS TEXT)",
            Self::Time(_) | Self::Everything => "''",
        }
    }
}

/// The span in which the time of a column is.
fn name_of_span(span: TimeSpan, time: &str, dialect: Dialect) -> String {
    match span {
        TimeSpan::Week => dialect.week(time),
        TimeSpan::Month => dialect.month(time),
        TimeSpan::Quarter => dialect.quarter(time),
        TimeSpan::Year => dialect.year(time),
    }
}

/// Everything that was opened, closed or open in the period.
fn items(population: Population, dialect: Dialect) -> String {
    format!(
        "WITH items AS (
            SELECT repository_id, kind, created_at, closed_at, merged_at, is_unread,
                first_response_at, first_member_response_at, seconds_to_first_response,
                seconds_to_close, seconds_to_merge, {epoch} AS created_epoch
            FROM issue_responses
            WHERE {who} AND repository_id IN {ids} AND created_at < $2
                AND (closed_at IS NULL OR closed_at >= $1 OR created_at >= $1)) ",
        epoch = dialect.epoch("created_at"),
        who = population.condition(),
        ids = dialect.integers("$3"),
    )
}

/// How much was opened, closed and answered.
pub(super) fn counts(grouping: Grouping, population: Population, dialect: Dialect) -> String {
    let open = match grouping {
        // What is open at the end of a week is open in the next one too.
        Grouping::Time(_) => String::new(),
        Grouping::Repository | Grouping::Everything => format!(
            "UNION ALL
             SELECT {}, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                CASE WHEN kind = 'issue' THEN 1 ELSE 0 END,
                CASE WHEN kind = 'issue' THEN 0 ELSE 1 END
             FROM items WHERE closed_at IS NULL OR closed_at >= $2",
            grouping.whole()
        ),
    };
    let select = format!(
        "SELECT group_name,
            CAST(SUM(issues_opened) AS BIGINT) AS issues_opened,
            CAST(SUM(pull_requests_opened) AS BIGINT) AS pull_requests_opened,
            CAST(SUM(issues_closed) AS BIGINT) AS issues_closed,
            CAST(SUM(pull_requests_closed) AS BIGINT) AS pull_requests_closed,
            CAST(SUM(pull_requests_merged) AS BIGINT) AS pull_requests_merged,
            CAST(SUM(by_members) AS BIGINT) AS by_members,
            CAST(SUM(by_others) AS BIGINT) AS by_others,
            CAST(SUM(unanswered) AS BIGINT) AS unanswered,
            CAST(SUM(unread) AS BIGINT) AS unread,
            CAST(SUM(open_issues) AS BIGINT) AS open_issues,
            CAST(SUM(open_pull_requests) AS BIGINT) AS open_pull_requests
        FROM (
            SELECT {opened} AS group_name,
                CASE WHEN kind = 'issue' THEN 1 ELSE 0 END AS issues_opened,
                CASE WHEN kind = 'issue' THEN 0 ELSE 1 END AS pull_requests_opened,
                0 AS issues_closed, 0 AS pull_requests_closed, 0 AS pull_requests_merged,
                CASE WHEN first_response_at < $2 AND first_member_response_at = first_response_at
                    THEN 1 ELSE 0 END AS by_members,
                CASE WHEN first_response_at < $2
                    AND first_member_response_at IS DISTINCT FROM first_response_at
                    THEN 1 ELSE 0 END AS by_others,
                CASE WHEN first_response_at < $2 OR closed_at < $2 OR is_unread
                    THEN 0 ELSE 1 END AS unanswered,
                CASE WHEN first_response_at < $2 THEN 0 WHEN is_unread THEN 1 ELSE 0 END AS unread,
                0 AS open_issues, 0 AS open_pull_requests
            FROM items WHERE created_at >= $1
            UNION ALL
            SELECT {closed}, 0, 0,
                CASE WHEN kind = 'issue' THEN 1 ELSE 0 END,
                CASE WHEN kind = 'issue' THEN 0 ELSE 1 END,
                CASE WHEN merged_at IS NULL THEN 0 ELSE 1 END,
                0, 0, 0, 0, 0, 0
            FROM items WHERE closed_at >= $1 AND closed_at < $2
            {open}
        ) AS happened
        GROUP BY group_name",
        opened = grouping.of("created_at", dialect),
        closed = grouping.of("closed_at", dialect),
    );
    items(population, dialect) + &select
}

/// Median and 90th percentile, by nearest rank, of each measure. That of what is open is the negative
/// time of its creation.
pub(super) fn spreads(grouping: Grouping, population: Population, dialect: Dialect) -> String {
    let open = match grouping {
        Grouping::Time(_) => String::new(),
        Grouping::Repository | Grouping::Everything => format!(
            "UNION ALL
             SELECT {}, 'open', -created_epoch
             FROM items WHERE closed_at IS NULL OR closed_at >= $2",
            grouping.whole()
        ),
    };
    let select = format!(
        "SELECT group_name, measure, MAX(total) AS total,
            MAX(CASE WHEN place = (total * 50 + 99) / 100 THEN seconds END) AS median,
            MAX(CASE WHEN place = (total * 90 + 99) / 100 THEN seconds END) AS percentile_90
        FROM (
            SELECT group_name, measure, seconds,
                ROW_NUMBER() OVER (PARTITION BY group_name, measure ORDER BY seconds) AS place,
                COUNT(*) OVER (PARTITION BY group_name, measure) AS total
            FROM (
                SELECT {opened} AS group_name, 'response' AS measure,
                    seconds_to_first_response AS seconds
                FROM items WHERE created_at >= $1 AND first_response_at < $2
                UNION ALL
                SELECT {closed}, 'close', seconds_to_close
                FROM items WHERE closed_at >= $1 AND closed_at < $2
                UNION ALL
                SELECT {closed}, 'merge', seconds_to_merge
                FROM items WHERE merged_at IS NOT NULL AND closed_at >= $1 AND closed_at < $2
                {open}
            ) AS measured
        ) AS placed
        GROUP BY group_name, measure",
        opened = grouping.of("created_at", dialect),
        closed = grouping.of("closed_at", dialect),
    );
    items(population, dialect) + &select
}

/// How many people took part, how many of them for the first time, and how few made half of all
/// contributions.
pub(super) fn contributors(grouping: Grouping, population: Population, dialect: Dialect) -> String {
    let is_new = match grouping {
        Grouping::Time(span) => {
            let first = name_of_span(span, "first_at", dialect);
            format!("CASE WHEN {first} = counted.group_name THEN 1 ELSE 0 END")
        }
        Grouping::Repository | Grouping::Everything => {
            "CASE WHEN first_at >= $1 THEN 1 ELSE 0 END".to_owned()
        }
    };
    let from = format!(
        "FROM contributions WHERE {} AND repository_id IN {} AND contributed_at < $2",
        population.condition(),
        dialect.integers("$3"),
    );
    format!(
        "WITH firsts AS (
            SELECT {whole} AS whole, user_id, MIN(contributed_at) AS first_at
            {from} GROUP BY 1, 2
        ), counted AS (
            SELECT {group} AS group_name, {whole} AS whole, user_id, COUNT(*) AS contributions
            {from} AND contributed_at >= $1 GROUP BY 1, 2, 3
        ), ranked AS (
            SELECT counted.group_name, {is_new} AS is_new,
                SUM(contributions) OVER (PARTITION BY counted.group_name
                    ORDER BY contributions DESC, counted.user_id
                    ROWS UNBOUNDED PRECEDING) - contributions AS earlier,
                SUM(contributions) OVER (PARTITION BY counted.group_name) AS total
            FROM counted
            JOIN firsts ON firsts.whole = counted.whole AND firsts.user_id = counted.user_id)
        SELECT group_name, COUNT(*) AS contributors, CAST(SUM(is_new) AS BIGINT) AS newcomers,
            COUNT(CASE WHEN earlier * 2 < total THEN 1 END) AS bus_factor
        FROM ranked GROUP BY group_name",
        whole = grouping.whole(),
        group = grouping.of("contributed_at", dialect),
    )
}

/// Everybody who took part in the period, the most active first.
pub(super) fn persons(population: Population, dialect: Dialect) -> String {
    let within = |kind: &str| {
        format!("COUNT(CASE WHEN contributed_at >= $1 AND kind = '{kind}' THEN 1 END)")
    };
    format!(
        "SELECT done.*, people.login,
            EXISTS (SELECT 1 FROM members
                WHERE members.id = done.user_id AND NOT members.inactive) AS is_member
        FROM (
            SELECT user_id,
                MIN(contributed_at) AS first_at, MAX(contributed_at) AS last_at,
                COUNT(CASE WHEN contributed_at >= $1 AND kind <> 'merged' THEN 1 END)
                    AS contributions,
                {issues} AS issues, {pull_requests} AS pull_requests, {merged} AS merged,
                {comments} AS comments, {reviews} AS reviews, {closings} AS closings
            FROM (
                SELECT user_id, kind, contributed_at FROM contributions
                WHERE {who} AND repository_id IN {ids}
                UNION ALL
                SELECT user_id, 'merged', merged_at FROM activity_items
                WHERE {who} AND repository_id IN {ids} AND merged_at IS NOT NULL
                    AND user_id IS NOT NULL
            ) AS each_one
            WHERE contributed_at < $2
            GROUP BY user_id
        ) AS done
        LEFT JOIN people ON people.id = done.user_id
        WHERE contributions > 0
        ORDER BY contributions DESC, user_id",
        issues = within("issue"),
        pull_requests = within("pull_request"),
        merged = within("merged"),
        comments = within("commented"),
        reviews = within("reviewed"),
        closings = within("closed"),
        who = population.condition(),
        ids = dialect.integers("$3"),
    )
}

/// What one person did. Takes the id of the person as `$4`.
pub(super) fn one_person(dialect: Dialect) -> String {
    let number = |kind: &str| format!("COUNT(CASE WHEN kind = '{kind}' THEN 1 END)");
    format!(
        "SELECT COUNT(DISTINCT repository_id) AS repositories, MAX(contributed_at) AS last_at,
            {issues} AS issues, {pull_requests} AS pull_requests, {comments} AS comments,
            {reviews} AS reviews, {closings} AS closings
        FROM contributions
        WHERE user_id = $4 AND repository_id IN {ids}
            AND contributed_at >= $1 AND contributed_at < $2",
        issues = number("issue"),
        pull_requests = number("pull_request"),
        comments = number("commented"),
        reviews = number("reviewed"),
        closings = number("closed"),
        ids = dialect.integers("$3"),
    )
}

/// When a person last answered what another one has opened. Takes the ids of repositories as `$1`.
pub(super) fn last_responses(dialect: Dialect) -> String {
    format!(
        "SELECT repository_id, MAX(last_human_response_at) AS last_at FROM issue_responses
         WHERE repository_id IN {} GROUP BY repository_id",
        dialect.integers("$1"),
    )
}

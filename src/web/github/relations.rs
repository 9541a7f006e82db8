//! Whom rows are related to: the UUIDs that links are made of, up to a number for each row.

use std::collections::HashMap;

use super::failure::Failure;
use super::resources::Kind;
use crate::database::{Row, Statement, Value};
use crate::records::Records;

/// Links that one row shows of one relation. Whoever wants all asks the API, which has pages.
pub(super) const MOST: usize = 1_000;

/// What is behind a link has to be there.
const SHOWN_DEVELOPER: &str = "developers.state = 'present' AND developers.read_at IS NOT NULL";
const SHOWN_REPOSITORY: &str = "discovered_repositories.state = 'present'";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    Followers,
    Following,
    Starred,
    Owned,
    Owner,
    Stargazers,
}

impl Relation {
    /// Its name in answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Followers => "followers",
            Self::Following => "following",
            Self::Starred => "starred_repositories",
            Self::Owned => "repositories",
            Self::Owner => "owner",
            Self::Stargazers => "stargazers",
        }
    }

    fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Developers => &[Self::Followers, Self::Following, Self::Starred, Self::Owned],
            Kind::Repositories => &[Self::Owner, Self::Stargazers],
        }
    }

    /// The column of a row that it begins at.
    fn subject(self) -> &'static str {
        match self {
            Self::Owner => "owner_github_id",
            _ => "github_id",
        }
    }

    /// The UUIDs that belong to the subject at `place`; one more than is shown.
    fn select(self, place: &str) -> String {
        let (from, order) = match self {
            Self::Followers => (
                format!(
                    "developers.id FROM follows
                     JOIN developers ON developers.github_id = follows.follower_id
                     WHERE follows.followed_id = {place} AND {SHOWN_DEVELOPER}"
                ),
                "follows.follower_id",
            ),
            Self::Following => (
                format!(
                    "developers.id FROM follows
                     JOIN developers ON developers.github_id = follows.followed_id
                     WHERE follows.follower_id = {place} AND {SHOWN_DEVELOPER}"
                ),
                "follows.followed_id",
            ),
            Self::Starred => (
                format!(
                    "discovered_repositories.id FROM stars
                     JOIN discovered_repositories
                         ON discovered_repositories.github_id = stars.repository_id
                     WHERE stars.developer_id = {place} AND {SHOWN_REPOSITORY}"
                ),
                "stars.repository_id",
            ),
            Self::Owned => (
                format!(
                    "discovered_repositories.id FROM discovered_repositories
                     WHERE discovered_repositories.owner_github_id = {place}
                         AND {SHOWN_REPOSITORY}"
                ),
                "discovered_repositories.id",
            ),
            Self::Owner => (
                format!(
                    "developers.id FROM developers
                     WHERE developers.github_id = {place} AND {SHOWN_DEVELOPER}"
                ),
                "developers.id",
            ),
            Self::Stargazers => (
                format!(
                    "developers.id FROM stars
                     JOIN developers ON developers.github_id = stars.developer_id
                     WHERE stars.repository_id = {place} AND {SHOWN_DEVELOPER}"
                ),
                "stars.developer_id",
            ),
        };
        format!(
            "SELECT CAST({place} AS BIGINT) AS subject, {from} ORDER BY {order} LIMIT {}",
            MOST + 1
        )
    }
}

/// The relations of some rows.
#[derive(Debug, Default)]
pub(super) struct Relations {
    found: HashMap<(Relation, i64), Vec<String>>,
}

impl Relations {
    /// Fetches the relations of rows, each in one statement.
    pub(super) async fn fetch(
        records: &Records,
        kind: Kind,
        rows: &[Row],
    ) -> Result<Self, Failure> {
        let mut relations = Self::default();
        if rows.is_empty() {
            return Ok(relations);
        }
        for relation in Relation::of(kind) {
            let mut subjects: Vec<i64> = Vec::new();
            for row in rows {
                let subject = row.integer(relation.subject())?;
                if !subjects.contains(&subject) {
                    subjects.push(subject);
                }
            }
            let parts: Vec<String> = (1..=subjects.len())
                .map(|place| {
                    format!(
                        "SELECT * FROM ({}) AS part{place}",
                        relation.select(&format!("${place}"))
                    )
                })
                .collect();
            let values: Vec<Value> = subjects.into_iter().map(Value::from).collect();
            let statement = Statement::new(parts.join(" UNION ALL "), values);
            for row in records.database().query(statement).await? {
                let key = (*relation, row.integer("subject")?);
                let known = relations.found.entry(key).or_default();
                known.push(row.text("id")?);
            }
        }
        Ok(relations)
    }

    /// The UUIDs related to a row.
    pub(super) fn of(&self, relation: Relation, subject: i64) -> impl Iterator<Item = &str> {
        let found = self.found.get(&(relation, subject));
        let found = found.into_iter().flatten();
        found.take(MOST).map(String::as_str)
    }

    /// The relations of which some row has more than are shown.
    pub(super) fn cut(&self) -> Vec<&'static str> {
        let long = self.found.iter().filter(|(_, found)| found.len() > MOST);
        let mut names: Vec<&str> = long.map(|((relation, _), _)| relation.name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

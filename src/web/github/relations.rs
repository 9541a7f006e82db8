//! Whom rows are related to: the UUIDs that links are made of, some at a time.

use std::collections::HashMap;

use super::failure::Failure;
use super::resources::Kind;
use crate::database::{Row, Statement, Value};
use crate::records::Records;

/// Links of one relation of one row that are read at a time.
pub(super) const AT_ONCE: usize = 1_000;

/// A list of links in a row.
#[derive(Debug)]
pub(super) struct Relation {
    /// Its name in answers.
    pub(super) name: &'static str,
    /// What its links lead to.
    pub(super) kind: Kind,
    /// The table that relates, and its columns with GitHub's ids of both sides.
    table: &'static str,
    subject: &'static str,
    related: &'static str,
}

const FOLLOWERS: Relation = Relation {
    name: "followers",
    kind: Kind::Developers,
    table: "follows",
    subject: "followed_id",
    related: "follower_id",
};
const FOLLOWING: Relation = Relation {
    name: "following",
    kind: Kind::Developers,
    table: "follows",
    subject: "follower_id",
    related: "followed_id",
};
const STARRED: Relation = Relation {
    name: "starred_repositories",
    kind: Kind::Repositories,
    table: "stars",
    subject: "developer_id",
    related: "repository_id",
};
const OWNED: Relation = Relation {
    name: "repositories",
    kind: Kind::Repositories,
    table: "discovered_repositories",
    subject: "owner_github_id",
    related: "github_id",
};
const STARGAZERS: Relation = Relation {
    name: "stargazers",
    kind: Kind::Developers,
    table: "stars",
    subject: "repository_id",
    related: "developer_id",
};

/// Some links of a relation.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    /// UUIDs.
    pub(super) ids: Vec<String>,
    /// The last of them by GitHub's id, if more follow.
    pub(super) after: Option<i64>,
}

impl Links {
    fn add(&mut self, row: &Row) -> Result<(), Failure> {
        self.ids.push(row.text("id")?);
        let is_full = self.ids.len() == AT_ONCE;
        self.after = is_full.then_some(row.integer("related")?);
        Ok(())
    }
}

impl Relation {
    /// Those of a row, in the order of the answer.
    pub(super) fn of(kind: Kind) -> &'static [&'static Self] {
        match kind {
            Kind::Developers => &[&FOLLOWERS, &FOLLOWING, &STARRED, &OWNED],
            Kind::Repositories => &[&STARGAZERS],
        }
    }

    /// What belongs to the subject at a place, behind another place. What is behind a link is there.
    fn select(&self, subject: &str, after: &str) -> String {
        let (shown, condition) = match self.kind {
            Kind::Developers => (
                "developers",
                "shown.state = 'present' AND shown.read_at IS NOT NULL",
            ),
            Kind::Repositories => ("discovered_repositories", "shown.state = 'present'"),
        };
        format!(
            "SELECT relation.{subject_column} AS subject, relation.{related} AS related, shown.id AS id
             FROM {table} AS relation
             JOIN {shown} AS shown ON shown.github_id = relation.{related}
             WHERE relation.{subject_column} = {subject} AND relation.{related} > {after}
                 AND {condition}
             ORDER BY relation.{related} LIMIT {AT_ONCE}",
            subject_column = self.subject,
            related = self.related,
            table = self.table,
        )
    }

    /// Fetches the links that follow one of GitHub's ids.
    pub(super) async fn fetch_after(
        &self,
        records: &Records,
        subject: i64,
        after: i64,
    ) -> Result<Links, Failure> {
        let text = self.select("$1", "$2");
        let statement = Statement::new(text, vec![subject.into(), after.into()]);
        let mut links = Links::default();
        for row in records.database().query(statement).await? {
            links.add(&row)?;
        }
        Ok(links)
    }

    /// Fetches the first links of each subject, in one statement.
    async fn fetch_first(
        &self,
        records: &Records,
        subjects: &[i64],
    ) -> Result<HashMap<i64, Links>, Failure> {
        let parts: Vec<String> = (1..=subjects.len())
            .map(|place| {
                let select = self.select(&format!("${place}"), &i64::MIN.to_string());
                format!("SELECT * FROM ({select}) AS part{place}")
            })
            .collect();
        let values = subjects.iter().copied().map(Value::from).collect();
        let statement = Statement::new(parts.join(" UNION ALL "), values);
        let mut found: HashMap<i64, Links> = HashMap::new();
        for row in records.database().query(statement).await? {
            let links = found.entry(row.integer("subject")?).or_default();
            links.add(&row)?;
        }
        Ok(found)
    }
}

/// The first links of some rows, and who owns them.
#[derive(Debug, Default)]
pub(super) struct Related {
    links: HashMap<(&'static str, i64), Links>,
    owners: HashMap<i64, String>,
}

impl Related {
    /// Fetches what is related to the rows, each relation in one statement.
    pub(super) async fn fetch(
        records: &Records,
        kind: Kind,
        rows: &[Row],
    ) -> Result<Self, Failure> {
        let mut related = Self::default();
        if rows.is_empty() {
            return Ok(related);
        }
        let subjects = integers(rows, "github_id")?;
        for relation in Relation::of(kind) {
            let found = relation.fetch_first(records, &subjects).await?;
            let found = found.into_iter();
            let named = found.map(|(subject, links)| ((relation.name, subject), links));
            related.links.extend(named);
        }
        if kind == Kind::Repositories {
            related.owners = fetch_owners(records, integers(rows, "owner_github_id")?).await?;
        }
        Ok(related)
    }

    /// The first links of a row.
    pub(super) fn links(&self, relation: &Relation, subject: i64) -> Links {
        let links = self.links.get(&(relation.name, subject));
        links.cloned().unwrap_or_default()
    }

    /// The UUID of an owner who is there.
    pub(super) fn owner(&self, github_id: i64) -> Option<&str> {
        self.owners.get(&github_id).map(String::as_str)
    }
}

async fn fetch_owners(
    records: &Records,
    github_ids: Vec<i64>,
) -> Result<HashMap<i64, String>, Failure> {
    let places: Vec<String> = (1..=github_ids.len())
        .map(|place| format!("${place}"))
        .collect();
    let text = format!(
        "SELECT github_id, id FROM developers
         WHERE github_id IN ({}) AND state = 'present' AND read_at IS NOT NULL",
        places.join(", ")
    );
    let values = github_ids.into_iter().map(Value::from).collect();
    let rows = records
        .database()
        .query(Statement::new(text, values))
        .await?;
    rows.iter()
        .map(|row| Ok((row.integer("github_id")?, row.text("id")?)))
        .collect()
}

/// The different values of a column.
fn integers(rows: &[Row], column: &str) -> Result<Vec<i64>, Failure> {
    let values: Result<Vec<i64>, _> = rows.iter().map(|row| row.integer(column)).collect();
    let mut values = values?;
    values.sort_unstable();
    values.dedup();
    Ok(values)
}

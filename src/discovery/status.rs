//! How large the map is, what is owed, and why not more is read.

use jiff::Timestamp;
use serde::Serialize;

use super::choice::Turn;
use super::error::DiscoveryError;
use super::settings::DiscoverySettings;
use crate::database::{Database, Statement};

/// The map as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MapStatus {
    pub developers: i64,
    pub gone: i64,
    /// Of whom more is known than lists show.
    pub read: i64,
    /// Whose lists were read as well.
    pub synced: i64,
    pub repositories: i64,
    pub follows: i64,
    pub stars: i64,
    pub contributions: i64,
    pub forgotten: i64,
    /// Developers whose sync was interrupted.
    pub interrupted: i64,
    /// Synced developers whose counts and relations differ.
    pub differing: i64,
    /// Synced developers whose data is old.
    pub old: i64,
    /// Developers within the depth who were never synced.
    pub new: i64,
    /// When the developer was synced whose data is oldest.
    pub oldest: Option<Timestamp>,
    pub withheld: Vec<WithheldCount>,
}

/// Lists that are not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithheldCount {
    /// Such as `stargazers`.
    pub list: String,
    /// `refused` by GitHub, or `too long` for the settings.
    pub why: String,
    pub lists: i64,
    /// What GitHub said, of one of them.
    pub reason: Option<String>,
}

const COUNTS: &str = "SELECT
    (SELECT COUNT(*) FROM developers WHERE state = 'present') AS developers,
    (SELECT COUNT(*) FROM developers WHERE state = 'gone') AS gone,
    (SELECT COUNT(*) FROM developers WHERE state = 'present' AND read_at IS NOT NULL) AS known,
    (SELECT COUNT(*) FROM developers WHERE state = 'present' AND synced_at IS NOT NULL) AS synced,
    (SELECT COUNT(*) FROM discovered_repositories WHERE state = 'present') AS repositories,
    (SELECT COUNT(*) FROM follows) AS follows,
    (SELECT COUNT(*) FROM stars) AS stars,
    (SELECT COUNT(*) FROM repository_contributors) AS contributions,
    (SELECT COUNT(*) FROM forgotten) AS forgotten,
    (SELECT MIN(synced_at) FROM developers WHERE state = 'present') AS oldest";

const WITHHELD: &str = "SELECT list, withheld, COUNT(*) AS lists, MAX(reason) AS reason
    FROM discovery_lists WHERE withheld IS NOT NULL
    GROUP BY list, withheld ORDER BY list, withheld";

/// Whether there is nobody in the map from whom it could grow.
pub async fn is_empty(database: &Database) -> Result<bool, DiscoveryError> {
    let text = "SELECT github_id FROM developers WHERE state = 'present' LIMIT 1";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    Ok(rows.is_empty())
}

/// Counts what is in the map. Asks nobody but the database.
pub async fn fetch_status(
    database: &Database,
    settings: &DiscoverySettings,
) -> Result<MapStatus, DiscoveryError> {
    let now = Timestamp::now();
    let rows = database.query(Statement::new(COUNTS, Vec::new())).await?;
    let Some(counts) = rows.first() else {
        return Err(DiscoveryError::Unanswered {
            what: "the map".to_owned(),
            why: "the database gives no counts".to_owned(),
        });
    };
    let due = |turn: Turn| turn.count(database, settings, now);
    let withheld = database.query(Statement::new(WITHHELD, Vec::new())).await?;
    let withheld = withheld.iter().map(|row| {
        Ok(WithheldCount {
            list: row.text("list")?,
            why: row.text("withheld")?,
            lists: row.integer("lists")?,
            reason: row.optional_text("reason")?,
        })
    });
    Ok(MapStatus {
        developers: counts.integer("developers")?,
        gone: counts.integer("gone")?,
        read: counts.integer("known")?,
        synced: counts.integer("synced")?,
        repositories: counts.integer("repositories")?,
        follows: counts.integer("follows")?,
        stars: counts.integer("stars")?,
        contributions: counts.integer("contributions")?,
        forgotten: counts.integer("forgotten")?,
        interrupted: due(Turn::Interrupted).await?,
        differing: due(Turn::Differing).await?,
        old: due(Turn::Old).await?,
        new: due(Turn::New).await?,
        oldest: counts.optional_time("oldest")?,
        withheld: withheld.collect::<Result<_, DiscoveryError>>()?,
    })
}

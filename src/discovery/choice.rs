//! Whose turn it is: those whose sync was interrupted, then those whose counts and relations differ, then
//! those whose data is oldest, then new ones.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::error::DiscoveryError;
use super::session::DiscoverySession;
use super::settings::DiscoverySettings;
use crate::database::{Database, Statement, Value};

/// A developer who is to be synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) id: i64,
    pub(super) depth: i64,
}

/// Why it is somebody's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Interrupted,
    /// What GitHub counts is not what is stored, though it was when the lists were read last.
    Differing,
    Old,
    New,
}

impl Turn {
    pub(super) const ALL: [Self; 4] = [Self::Interrupted, Self::Differing, Self::Old, Self::New];

    /// Developers whose turn it is: with `$1` as the deepest, and `$2` as the latest time of their last
    /// sync.
    fn developers(self) -> &'static str {
        match self {
            Self::Interrupted => {
                "FROM developers AS someone
                 WHERE someone.state = 'present' AND someone.depth <= $1
                     AND (someone.synced_at IS NULL OR someone.synced_at <= $2)
                     AND EXISTS (SELECT 1 FROM discovery_lists AS open
                         WHERE open.next_page IS NOT NULL AND open.subject = 'developer'
                             AND open.subject_id = someone.github_id AND open.list = 'lists')"
            }
            Self::Differing => {
                "FROM developers AS someone
                 WHERE someone.state = 'present' AND someone.depth <= $1
                     AND someone.synced_at <= $2
                     AND EXISTS (SELECT 1 FROM discovery_lists AS done
                         WHERE done.subject = 'developer' AND done.subject_id = someone.github_id
                             AND done.withheld IS NULL AND done.gap <> CASE done.list
                                 WHEN 'followers' THEN someone.followers_count
                                     - (SELECT COUNT(*) FROM follows
                                         WHERE followed_id = someone.github_id)
                                 WHEN 'following' THEN someone.following_count
                                     - (SELECT COUNT(*) FROM follows
                                         WHERE follower_id = someone.github_id)
                                 WHEN 'repositories' THEN someone.public_repos
                                     - (SELECT COUNT(*) FROM discovered_repositories AS owned
                                         WHERE owned.owner_github_id = someone.github_id
                                             AND owned.state = 'present')
                                 ELSE done.gap END)"
            }
            Self::Old => {
                "FROM developers AS someone
                 WHERE someone.state = 'present' AND someone.depth <= $1
                     AND someone.synced_at <= $2"
            }
            Self::New => {
                "FROM developers AS someone
                 WHERE someone.state = 'present' AND someone.depth <= $1
                     AND someone.synced_at IS NULL AND someone.first_seen <= $2"
            }
        }
    }

    /// How long ago the last sync has to be.
    fn age(self, settings: &DiscoverySettings) -> Duration {
        match self {
            Self::Interrupted | Self::New => Duration::ZERO,
            Self::Differing => settings.pause(),
            Self::Old => settings.age,
        }
    }

    fn values(self, settings: &DiscoverySettings, now: Timestamp) -> Vec<Value> {
        let before = now.checked_sub(self.age(settings)).unwrap_or(now);
        vec![settings.depth.into(), before.into()]
    }

    /// How many developers wait for this reason.
    pub(super) async fn count(
        self,
        database: &Database,
        settings: &DiscoverySettings,
        now: Timestamp,
    ) -> Result<i64, DiscoveryError> {
        let text = format!("SELECT COUNT(*) AS due {}", self.developers());
        let rows = database.query(Statement::new(text, self.values(settings, now)));
        let rows = rows.await?;
        Ok(rows.first().map_or(Ok(0), |row| row.integer("due"))?)
    }
}

/// Chooses developers who were not chosen before, at most `most`.
pub(super) async fn choose(
    session: &DiscoverySession,
    before: &[Chosen],
    most: usize,
) -> Result<Vec<Chosen>, DiscoveryError> {
    let now = session.github.now();
    let mut known: Vec<i64> = before.iter().map(|one| one.id).collect();
    let mut chosen = Vec::new();
    for turn in Turn::ALL {
        let left = most.saturating_sub(chosen.len());
        if left == 0 {
            break;
        }
        let text = format!(
            "SELECT someone.github_id, someone.depth {} AND someone.github_id NOT IN {}
             ORDER BY CASE WHEN someone.synced_at IS NULL THEN someone.depth END,
                 someone.synced_at, someone.github_id LIMIT $4",
            turn.developers(),
            session.database.dialect().integers("$3")
        );
        let mut values = turn.values(&session.settings, now);
        values.push(Json::from(known.clone()).into());
        values.push(i64::try_from(left).unwrap_or(i64::MAX).into());
        for row in session.database.query(Statement::new(text, values)).await? {
            let (id, depth) = (row.integer("github_id")?, row.integer("depth")?);
            known.push(id);
            chosen.push(Chosen { id, depth });
        }
    }
    Ok(chosen)
}

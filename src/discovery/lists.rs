//! How far each list was read, as the database keeps it.

use jiff::Timestamp;

use super::error::DiscoveryError;
use super::session::DiscoverySession;
use crate::database::{Row, Statement};
use crate::forge::github::EntityTag;

/// A list of an account or a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Followers,
    Following,
    Starred,
    Repositories,
    Stargazers,
    Contributors,
    /// All lists of a developer together.
    All,
}

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListKey {
    /// GitHub's id of the account or repository.
    pub(super) of: i64,
    pub(super) list: List,
}

/// What is known of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ListState {
    pub(super) next_page: Option<u32>,
    pub(super) pass_began: Option<Timestamp>,
    pub(super) pass: i64,
    pub(super) read_at: Option<Timestamp>,
    pub(super) etag: Option<EntityTag>,
    pub(super) counted: Option<i64>,
    pub(super) gap: i64,
    pub(super) withheld: Option<String>,
    pub(super) reason: Option<String>,
}

/// GitHub does not show it to us.
pub(super) const REFUSED: &str = "refused";
/// It is longer than the settings allow.
pub(super) const TOO_LONG: &str = "too long";

impl List {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Followers => "followers",
            Self::Following => "following",
            Self::Starred => "starred",
            Self::Repositories => "repositories",
            Self::Stargazers => "stargazers",
            Self::Contributors => "contributors",
            Self::All => "lists",
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Stargazers | Self::Contributors => "repository",
            _ => "developer",
        }
    }

    /// How many entries are stored, of the subject whose id is `$1`.
    fn stored(self) -> &'static str {
        match self {
            Self::Followers => "SELECT COUNT(*) AS stored FROM follows WHERE followed_id = $1",
            Self::Following => "SELECT COUNT(*) AS stored FROM follows WHERE follower_id = $1",
            Self::Starred => "SELECT COUNT(*) AS stored FROM stars WHERE developer_id = $1",
            Self::Repositories => {
                "SELECT COUNT(*) AS stored FROM discovered_repositories
                 WHERE owner_github_id = $1 AND state = 'present'"
            }
            Self::Stargazers => "SELECT COUNT(*) AS stored FROM stars WHERE repository_id = $1",
            Self::Contributors => {
                "SELECT COUNT(*) AS stored FROM repository_contributors WHERE repository_id = $1"
            }
            Self::All => "SELECT COUNT(*) AS stored FROM developers WHERE github_id = $1",
        }
    }

    /// Removes what a pass has not shown. Repositories are not removed, but asked for.
    fn end_unseen(self) -> Option<&'static str> {
        Some(match self {
            Self::Followers => {
                "DELETE FROM follows WHERE followed_id = $1 AND followed_pass IS DISTINCT FROM $2"
            }
            Self::Following => {
                "DELETE FROM follows WHERE follower_id = $1 AND follower_pass IS DISTINCT FROM $2"
            }
            Self::Starred => {
                "DELETE FROM stars WHERE developer_id = $1 AND developer_pass IS DISTINCT FROM $2"
            }
            Self::Stargazers => {
                "DELETE FROM stars WHERE repository_id = $1 AND repository_pass IS DISTINCT FROM $2"
            }
            Self::Contributors => {
                "DELETE FROM repository_contributors
                 WHERE repository_id = $1 AND pass IS DISTINCT FROM $2"
            }
            Self::Repositories | Self::All => return None,
        })
    }
}

impl ListKey {
    pub(super) async fn fetch(
        self,
        session: &DiscoverySession,
    ) -> Result<ListState, DiscoveryError> {
        let text = "SELECT * FROM discovery_lists
                    WHERE subject = $1 AND subject_id = $2 AND list = $3";
        let values = vec![
            self.list.subject().into(),
            self.of.into(),
            self.list.name().into(),
        ];
        let rows = session.database.query(Statement::new(text, values)).await?;
        match rows.first() {
            Some(row) => state_of(row),
            None => Ok(ListState::default()),
        }
    }

    pub(super) async fn count_stored(
        self,
        session: &DiscoverySession,
    ) -> Result<i64, DiscoveryError> {
        let count = Statement::new(self.list.stored(), vec![self.of.into()]);
        let rows = session.database.query(count).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.integer("stored"))?)
    }

    /// Keeps what is known of the list.
    pub(super) fn keep(self, state: &ListState) -> Statement {
        let tag = state.etag.as_ref();
        Statement::new(
            "INSERT INTO discovery_lists (subject, subject_id, list, next_page, pass_began, pass,
                 read_at, etag, counted, gap, withheld, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (subject, subject_id, list) DO UPDATE SET
                 next_page = excluded.next_page, pass_began = excluded.pass_began,
                 pass = excluded.pass, read_at = excluded.read_at, etag = excluded.etag,
                 counted = excluded.counted, gap = excluded.gap, withheld = excluded.withheld,
                 reason = excluded.reason",
            vec![
                self.list.subject().into(),
                self.of.into(),
                self.list.name().into(),
                state.next_page.map(|page| page.to_string()).into(),
                state.pass_began.into(),
                state.pass.into(),
                state.read_at.into(),
                tag.map(|tag| format!("{} {}", tag.token, tag.tag)).into(),
                state.counted.into(),
                state.gap.into(),
                state.withheld.clone().into(),
                state.reason.clone().into(),
            ],
        )
    }

    /// Removes what the pass has not shown.
    pub(super) fn end_unseen(self, pass: i64) -> Option<Statement> {
        let text = self.list.end_unseen()?;
        Some(Statement::new(text, vec![self.of.into(), pass.into()]))
    }

    /// Keeps the difference between GitHub's count and what is stored.
    pub(super) fn keep_gap(self, counted: i64) -> Statement {
        let stored = self.list.stored();
        Statement::new(
            format!(
                "UPDATE discovery_lists SET gap = $4 - ({stored})
                 WHERE subject = $2 AND subject_id = $1 AND list = $3"
            ),
            vec![
                self.of.into(),
                self.list.subject().into(),
                self.list.name().into(),
                counted.into(),
            ],
        )
    }
}

fn state_of(row: &Row) -> Result<ListState, DiscoveryError> {
    let page = row.optional_text("next_page")?;
    let tag = row.optional_text("etag")?;
    Ok(ListState {
        next_page: page.and_then(|page| page.parse().ok()),
        pass_began: row.optional_time("pass_began")?,
        pass: row.integer("pass")?,
        read_at: row.optional_time("read_at")?,
        etag: tag.and_then(|text| {
            let (token, tag) = text.split_once(' ')?;
            Some(EntityTag {
                tag: tag.to_owned(),
                token: token.to_owned(),
            })
        }),
        counted: row.optional_integer("counted")?,
        gap: row.integer("gap")?,
        withheld: row.optional_text("withheld")?,
        reason: row.optional_text("reason")?,
    })
}

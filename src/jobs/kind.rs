//! The kinds of jobs. No I/O.

use serde::{Serialize, Serializer};

use super::error::JobError;
use crate::model::{RepositorySlug, is_login};

/// The longest target that is taken, in bytes.
const LONGEST_TARGET: usize = 250;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    FetchIncremental,
    FetchFull,
    FetchRefresh,
    GitHub,
    Downloads,
    Advisories,
    Health,
    /// All enrichers, one after the other.
    Enrich,
    ActivityUpdate,
    ActivityEvents,
    ActivityDaily,
    /// Developers whose turn it is.
    DiscoveryScraper,
    /// One developer, with all lists.
    ProfileSync,
    /// One repository, with its owner and its lists.
    RepositorySync,
    /// The archive of a member.
    ArchiveSync,
    /// A project in step with a board file.
    Board,
    /// A new version of a collection, with the present fields.
    Rebuild,
}

impl JobKind {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 17] = [
        Self::FetchIncremental,
        Self::FetchFull,
        Self::FetchRefresh,
        Self::GitHub,
        Self::Downloads,
        Self::Advisories,
        Self::Health,
        Self::Enrich,
        Self::ActivityUpdate,
        Self::ActivityEvents,
        Self::ActivityDaily,
        Self::DiscoveryScraper,
        Self::ProfileSync,
        Self::RepositorySync,
        Self::ArchiveSync,
        Self::Board,
        Self::Rebuild,
    ];

    /// Its name in the database and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FetchIncremental => "fetch-incremental",
            Self::FetchFull => "fetch-full",
            Self::FetchRefresh => "fetch-refresh",
            Self::GitHub => "github",
            Self::Downloads => "downloads",
            Self::Advisories => "advisories",
            Self::Health => "health",
            Self::Enrich => "enrich",
            Self::ActivityUpdate => "activity-update",
            Self::ActivityEvents => "activity-events",
            Self::ActivityDaily => "activity-daily",
            Self::DiscoveryScraper => "discovery-scraper",
            Self::ProfileSync => "profile-sync",
            Self::RepositorySync => "repository-sync",
            Self::ArchiveSync => "archive-sync",
            Self::Board => "board",
            Self::Rebuild => "rebuild",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is about what happens in repositories; its target is one of them, or none.
    #[must_use]
    pub fn is_activity(self) -> bool {
        matches!(
            self,
            Self::ActivityUpdate | Self::ActivityEvents | Self::ActivityDaily
        )
    }

    /// Whether it grows the map of developers and repositories.
    #[must_use]
    pub fn is_discovery(self) -> bool {
        matches!(
            self,
            Self::DiscoveryScraper | Self::ProfileSync | Self::RepositorySync
        )
    }

    /// Whether its target is a profile or a collection.
    #[must_use]
    pub fn is_about_packages(self) -> bool {
        !self.is_activity() && !self.is_discovery() && self != Self::Board
    }

    /// Jobs with the same key run one after the other: those on one collection, those on the tables of
    /// activity, those on the map of developers, those of one board, and those on the archive of a member.
    pub(super) fn exclusive_key(self, target: &str) -> String {
        if self.is_activity() {
            "activity".to_owned()
        } else if self.is_discovery() {
            "discovery".to_owned()
        } else if self == Self::Board {
            format!("board {target}")
        } else if self == Self::ArchiveSync {
            format!("archive {target}")
        } else {
            format!("collection {target}")
        }
    }

    fn miss_target(self) -> Result<(), JobError> {
        Err(JobError::NoTarget {
            kind: self.name(),
            example: match self {
                Self::ProfileSync => "octocat",
                Self::RepositorySync => "plone/plone.api",
                Self::ArchiveSync => "1",
                Self::Board => "peloton",
                _ => "plone",
            },
        })
    }

    /// Checks what somebody has written as its target.
    ///
    /// # Errors
    ///
    /// [`JobError::Target`] if a job of this kind cannot have it.
    pub fn check_target(self, target: &str) -> Result<(), JobError> {
        let refuse = |why: &str| {
            Err(JobError::Target {
                kind: self.name(),
                target: target.chars().take(80).collect(),
                why: why.to_owned(),
            })
        };
        if target.len() > LONGEST_TARGET || target.chars().any(char::is_control) {
            return refuse("it is too long, or has characters that no name has");
        }
        if self == Self::Board && !target.is_empty() && !is_board_name(target) {
            return refuse("use the name of a board, such as `peloton`");
        }
        if self.is_discovery() {
            return match self {
                Self::DiscoveryScraper if target.is_empty() => Ok(()),
                Self::DiscoveryScraper => refuse("it chooses developers by itself; leave it out"),
                _ if target.is_empty() => self.miss_target(),
                Self::ProfileSync if is_login(target) => Ok(()),
                Self::ProfileSync => refuse("use a login, such as `octocat`"),
                _ if target.parse::<RepositorySlug>().is_ok() => Ok(()),
                _ => refuse("use `OWNER/NAME`"),
            };
        }
        if self == Self::ArchiveSync {
            return match target.parse::<u32>() {
                Ok(_) => Ok(()),
                Err(_) if target.is_empty() => self.miss_target(),
                Err(_) => refuse("use the number of a member"),
            };
        }
        match (self.is_activity(), target) {
            (true, "") => Ok(()),
            (true, slug) if slug.parse::<RepositorySlug>().is_err() => {
                refuse("use `OWNER/NAME`, or leave it out for everything in `activity.toml`")
            }
            (false, "") => self.miss_target(),
            _ => Ok(()),
        }
    }
}

/// Whether a text can be the name of a board: never a path.
fn is_board_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.bytes().all(allowed)
}

impl std::fmt::Display for JobKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for JobKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::JobKind;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in JobKind::ALL {
            assert_eq!(JobKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(JobKind::from_name("fetch"), None);
    }

    #[test]
    fn targets_are_what_a_kind_works_on() {
        let is_taken = |kind: JobKind, target: &str| kind.check_target(target).is_ok();
        assert!(is_taken(JobKind::FetchFull, "plone"));
        assert!(!is_taken(JobKind::FetchFull, ""));
        assert!(!is_taken(JobKind::FetchFull, "a\nb"));
        assert!(!is_taken(JobKind::Health, &"a".repeat(251)));
        assert!(is_taken(JobKind::ActivityDaily, ""));
        assert!(is_taken(JobKind::ActivityDaily, "plone/plone.api"));
        assert!(!is_taken(JobKind::ActivityDaily, "plone"));
        assert!(is_taken(JobKind::DiscoveryScraper, ""));
        assert!(!is_taken(JobKind::DiscoveryScraper, "octocat"));
        assert!(is_taken(JobKind::ProfileSync, "octocat"));
        assert!(!is_taken(JobKind::ProfileSync, ""));
        assert!(!is_taken(JobKind::ProfileSync, "../octocat"));
        assert!(is_taken(JobKind::Board, "peloton"));
        assert!(!is_taken(JobKind::Board, ""));
        assert!(!is_taken(JobKind::Board, "../peloton"));
        assert!(is_taken(JobKind::RepositorySync, "plone/plone.api"));
        assert!(!is_taken(JobKind::RepositorySync, "plone"));
        assert!(is_taken(JobKind::ArchiveSync, "7"));
        assert!(!is_taken(JobKind::ArchiveSync, "octocat"));
    }
}

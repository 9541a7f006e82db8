//! Puts accounts and repositories into the map, from which it grows.

use serde::Serialize;

use super::accounts::read_named;
use super::error::DiscoveryError;
use super::lists::{List, ListKey};
use super::passes::{ListRequest, read_list};
use super::report::{DiscoveryProblem, DiscoveryReport};
use super::repositories;
use super::session::DiscoverySession;
use crate::database::Statement;
use crate::model::{RepositorySlug, is_login};

/// Where the map begins to grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seed {
    Account(String),
    /// With its owner and its contributors.
    Repository(RepositorySlug),
}

impl Seed {
    /// Reads `LOGIN` or `OWNER/NAME`.
    ///
    /// # Errors
    ///
    /// [`DiscoveryError::Login`] if it can be neither.
    pub fn parse(text: &str) -> Result<Self, DiscoveryError> {
        if let Ok(slug) = text.parse() {
            return Ok(Self::Repository(slug));
        }
        if is_login(text) {
            return Ok(Self::Account(text.to_owned()));
        }
        let name = text.chars().take(80).collect();
        Err(DiscoveryError::Login { name })
    }
}

/// What was put into the map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SeedReport {
    /// Seeds that were read now.
    pub added: u64,
    /// Repositories that were added before, and were not read again.
    pub known: u64,
    pub new_developers: u64,
    pub new_repositories: u64,
    /// Requests to GitHub.
    pub calls: u64,
    pub problems: Vec<DiscoveryProblem>,
}

impl SeedReport {
    /// Whether everything was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads seeds and puts them into the map. Repositories that were added before are left as they are, so
/// an interrupted call can be repeated.
pub async fn add_seeds(
    session: &DiscoverySession,
    seeds: &[Seed],
) -> Result<SeedReport, DiscoveryError> {
    let mut report = DiscoveryReport::default();
    let mut done = SeedReport::default();
    for seed in seeds {
        session.check_stop()?;
        let (name, added) = match seed {
            Seed::Account(login) => {
                let read = read_named(session, login, 0, &mut report).await;
                (login.clone(), read.map(|_| true))
            }
            Seed::Repository(slug) => {
                let added = add_repository(session, slug, &mut report).await;
                (slug.to_string(), added)
            }
        };
        match report.check(&name, added)? {
            Some(true) => done.added += 1,
            Some(false) => done.known += 1,
            None => {}
        }
    }
    done.new_developers = report.new_developers;
    done.new_repositories = report.new_repositories;
    done.problems = report.problems;
    done.calls = session.github.statistics().calls.values().sum();
    Ok(done)
}

/// Whether it was read now.
async fn add_repository(
    session: &DiscoverySession,
    slug: &RepositorySlug,
    report: &mut DiscoveryReport,
) -> Result<bool, DiscoveryError> {
    let text = "SELECT 1 AS added FROM discovered_repositories AS repositories
                JOIN discovery_lists AS lists ON lists.subject = 'repository'
                    AND lists.subject_id = repositories.github_id
                    AND lists.list = 'contributors' AND lists.read_at IS NOT NULL
                JOIN developers AS owners ON owners.github_id = repositories.owner_github_id
                    AND owners.depth = 0
                WHERE repositories.full_name = $1";
    let values = vec![slug.to_string().into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    if !rows.is_empty() {
        return Ok(false);
    }
    let repository = repositories::read_named(session, slug, 0, report).await?;
    let contributors = ListRequest {
        key: ListKey {
            of: repository.id,
            list: List::Contributors,
        },
        counted: None,
        depth: 0,
        since: None,
    };
    read_list(session, contributors, report).await?;
    Ok(true)
}

//! Which repositories are followed, as they are called now. Called by the schedules and the back-fill.

use std::collections::HashSet;

use super::error::ActivityError;
use super::packages::list_profile_repositories;
use super::report::SyncReport;
use super::rows::RepositoryIdentity;
use super::scope::ActivityScope;
use super::session::ActivitySession;
use super::steps::{Identity, fetch_known_gone, follow_identity, list_repositories};
use crate::model::RepositorySlug;

/// A repository that is to be followed.
struct Followed {
    slug: RepositorySlug,
    /// Whether only a package names it.
    is_of_package: bool,
}

/// The followed repositories, each once. Those that cannot be read are named in the report.
pub(super) async fn find_repositories(
    session: &ActivitySession,
    scope: &ActivityScope,
    report: &mut SyncReport,
) -> Result<Vec<RepositoryIdentity>, ActivityError> {
    let mut found: Vec<RepositoryIdentity> = Vec::new();
    let mut ids = HashSet::new();
    let followed = list_followed(session, scope, report).await?;
    let names = followed.iter().rev().map(|one| one.slug.to_string());
    report.not_reached = names.collect();
    for one in followed {
        session.check_stop()?;
        let identity = look_up(session, &one, report).await?;
        report.reached.extend(report.not_reached.pop());
        if let Some(identity) = identity.filter(|identity| ids.insert(identity.id)) {
            report.reached.push(identity.to_string());
            found.push(identity);
        }
    }
    Ok(found)
}

/// What a followed repository is called now, if it can be read.
async fn look_up(
    session: &ActivitySession,
    followed: &Followed,
    report: &mut SyncReport,
) -> Result<Option<RepositoryIdentity>, ActivityError> {
    let Followed {
        slug,
        is_of_package,
    } = followed;
    let name = slug.to_string();
    // Asking for what is not there costs as much as everything else.
    if *is_of_package && fetch_known_gone(session, slug).await? {
        report.gone += 1;
        return Ok(None);
    }
    let identity = follow_identity(session, slug).await;
    match report.check(&name, identity)? {
        Some(Identity::Present(identity)) => return Ok(Some(identity)),
        Some(Identity::Gone | Identity::Blocked { .. }) if *is_of_package => report.gone += 1,
        Some(Identity::Gone) => {
            let why = "the repository is gone or private";
            report.add_problem(&name, why.to_owned());
        }
        Some(Identity::Blocked { why }) => {
            report.add_problem(&name, format!("GitHub refuses access: {why}"));
        }
        None => {}
    }
    Ok(None)
}

async fn list_followed(
    session: &ActivitySession,
    scope: &ActivityScope,
    report: &mut SyncReport,
) -> Result<Vec<Followed>, ActivityError> {
    let mut slugs: Vec<RepositorySlug> = scope.repositories.clone();
    for organisation in &scope.organisations {
        let listed = list_repositories(session, organisation).await;
        match report.check(organisation, listed)? {
            Some(listed) if listed.is_empty() => {
                let why = "GitHub shows no repository of such an organisation";
                report.add_problem(organisation, why.to_owned());
            }
            listed => slugs.extend(listed.unwrap_or_default()),
        }
    }
    let named = slugs.len();
    for profile in &scope.profiles {
        let listed = match session.search() {
            Some(search) => list_profile_repositories(search, profile).await,
            None => Err(ActivityError::Packages {
                profile: profile.clone(),
                why: "there is no search engine".to_owned(),
            }),
        };
        match report.check(profile, listed)? {
            Some(listed) if listed.is_empty() => {
                let why = "none of its packages names a repository on GitHub";
                report.add_problem(profile, why.to_owned());
            }
            listed => slugs.extend(listed.unwrap_or_default()),
        }
    }
    let mut keys = HashSet::new();
    let followed = slugs.into_iter().enumerate();
    let followed = followed.map(|(place, slug)| Followed {
        slug,
        is_of_package: place >= named,
    });
    Ok(followed
        .filter(|followed| keys.insert(followed.slug.key()))
        .collect())
}

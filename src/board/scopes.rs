//! Looks up what organisations and repositories are called now.
//!
//! A search of a former name finds nothing, and says nothing. Without this, renaming a repository would
//! empty the board.

use super::error::BoardError;
use super::rules::Scopes;
use super::session::Session;
use crate::forge::github::BoardRequest;
use crate::model::RepositorySlug;

/// Names in one request.
const BATCH: usize = 50;

/// The scopes with present names; and those that GitHub does not show, as sentences.
pub(super) async fn fetch_scopes(
    session: &Session,
    scopes: &Scopes,
) -> Result<(Scopes, Vec<String>), BoardError> {
    let mut found = scopes.clone();
    let mut missing = Vec::new();
    found.organisations.clear();
    for some in scopes.organisations.chunks(BATCH) {
        let request = BoardRequest::scopes(some, &[]);
        let answer = session.ask("organisations", &request).await?;
        for (number, login) in some.iter().enumerate() {
            match answer.get(&format!("o{number}"))["login"].as_str() {
                Some(present) => found.organisations.push(present.to_owned()),
                None => missing.push(format!("GitHub shows no organisation {login}")),
            }
        }
    }
    let (repositories, gone) = fetch_names(session, &scopes.repositories).await?;
    missing.extend(
        gone.iter()
            .map(|slug| format!("GitHub shows no repository {slug}")),
    );
    found.repositories = repositories;
    // One that is gone needs no exclusion.
    (found.exclude, _) = fetch_names(session, &scopes.exclude).await?;
    Ok((found, missing))
}

async fn fetch_names(
    session: &Session,
    slugs: &[RepositorySlug],
) -> Result<(Vec<RepositorySlug>, Vec<RepositorySlug>), BoardError> {
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for some in slugs.chunks(BATCH) {
        let request = BoardRequest::scopes(&[], some);
        let answer = session.ask("repositories", &request).await?;
        for (number, slug) in some.iter().enumerate() {
            let name = answer.get(&format!("r{number}"))["nameWithOwner"].as_str();
            match name.and_then(|name| name.parse().ok()) {
                Some(present) => {
                    if present != *slug {
                        session.log.note(&format!("{slug} is called {present} now"));
                    }
                    found.push(present);
                }
                None => gone.push(slug.clone()),
            }
        }
    }
    Ok((found, gone))
}

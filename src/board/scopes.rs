//! Looks up what organisations and repositories are called now.
//!
//! A search of a former name finds nothing, and says nothing. Without this, renaming a repository would
//! empty the board.

use super::error::BoardError;
use super::rules::Scopes;
use super::session::BoardSession;
use crate::forge::github::{BoardAnswer, BoardRequest};
use crate::model::RepositorySlug;

/// Names in one request.
const BATCH: usize = 50;
/// What GitHub answers about a repository that is gone, or that the token may not see.
const REFUSALS: [&str; 2] = ["NOT_FOUND", "FORBIDDEN"];
/// What is said where GitHub says nothing.
const NOTHING: &str = "it gives neither a name nor an error";

/// The scopes with present names; and those that GitHub does not show, as sentences.
pub(super) async fn fetch_scopes(
    session: &BoardSession,
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
                None => missing.push(match fault_of(&answer, &format!("o{number}")) {
                    Some(why) => format!("GitHub does not say what {login} is called now: {why}"),
                    None => format!("GitHub shows no organisation {login}"),
                }),
            }
        }
    }
    let repositories = fetch_names(session, &scopes.repositories).await?;
    let gone = repositories.gone.iter();
    missing.extend(gone.map(|(slug, fault)| match fault {
        Some(why) => format!("GitHub does not say what {slug} is called now: {why}"),
        None => format!("GitHub shows no repository {slug}"),
    }));
    found.repositories = repositories.found;
    let exclude = fetch_names(session, &scopes.exclude).await?;
    found.exclude = exclude.found;
    for (slug, fault) in exclude.gone {
        // Under another name it would fill the board.
        if let Some(why) = fault {
            let what = format!("the excluded repository {slug}");
            return Err(BoardError::Unanswered { what, why });
        }
        // Searches do not show it either; if they do after all, it is excluded.
        found.exclude.push(slug);
    }
    Ok((found, missing))
}

/// GitHub's message about a part that has no answer, unless it says that there is no such thing. It may
/// not say what it is about.
fn fault_of(answer: &BoardAnswer, alias: &str) -> Option<String> {
    let problem = answer
        .problem_of(alias)
        .or_else(|| answer.general_problem());
    let fault = problem.filter(|error| !REFUSALS.contains(&error.kind.as_str()));
    fault.map(|fault| fault.message.clone())
}

/// What repositories are called now.
#[derive(Default)]
struct Names {
    found: Vec<RepositorySlug>,
    /// Those that GitHub does not show; with its message, if that is a fault of its own.
    gone: Vec<(RepositorySlug, Option<String>)>,
}

/// What is asked for, for people.
fn described(slugs: &[RepositorySlug]) -> String {
    match slugs {
        [] => "repositories".to_owned(),
        [slug] => format!("the repository {slug}"),
        [slug, others @ ..] => format!("the repository {slug} and {} others", others.len()),
    }
}

async fn fetch_names(
    session: &BoardSession,
    slugs: &[RepositorySlug],
) -> Result<Names, BoardError> {
    let mut names = Names::default();
    for some in slugs.chunks(BATCH) {
        let request = BoardRequest::scopes(&[], some);
        let answer = session.ask(&described(some), &request).await?;
        for (number, slug) in some.iter().enumerate() {
            let alias = format!("r{number}");
            let name = answer.get(&alias)["nameWithOwner"].as_str();
            if let Some(present) = name.and_then(|name| name.parse().ok()) {
                if present != *slug {
                    session.log.note(&format!("{slug} is called {present} now"));
                }
                names.found.push(present);
                continue;
            }
            // A repository that is not there is always said to be so.
            let why = match answer.problem_of(&alias) {
                Some(_) => fault_of(&answer, &alias),
                None => fault_of(&answer, &alias).or_else(|| Some(NOTHING.to_owned())),
            };
            names.gone.push((slug.clone(), why));
        }
    }
    Ok(names)
}

//! The three tasks: listed, and added as jobs.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value as Json, json};
use url::form_urlencoded;

use super::answer::Answer;
use super::asked::GitHubApiRequest;
use super::failure::Failure;
use crate::jobs::{JobError, JobKind, JobRequest, Queue};
use crate::model::RepositorySlug;

/// Characters of a name that are repeated in an answer.
const SHOWN: usize = 100;

const TASKS: [(JobKind, &str, &str, &str); 3] = [
    (JobKind::ProfileSync, "full_profile_sync", "required", "n/a"),
    (
        JobKind::RepositorySync,
        "full_repository_sync",
        "required",
        "required",
    ),
    (JobKind::DiscoveryScraper, "discovery_scraper", "n/a", "n/a"),
];

/// Why a task cannot be added, in the original's words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum WishError {
    #[error("task name {0} not recognized")]
    Task(String),
    #[error("Missing username. Provide a valid github username")]
    Username,
    #[error("Missing repo_name. Provide a valid repository name")]
    Repository,
}

/// Lists what can be done. As in the original, this list has no pages.
pub(super) fn list() -> Answer {
    let tasks = (1..).zip(TASKS);
    let tasks = tasks.map(|(id, (_, name, username, repo_name))| {
        json!({"id": id, "name": name, "username": username, "repo_name": repo_name})
    });
    Answer::new(tasks.collect())
}

/// What somebody wants to be done.
#[derive(Debug, Default)]
struct Wish {
    name: String,
    username: String,
    repo_name: String,
}

/// Adds the job of a task, unless one that does the same waits or runs.
pub(super) async fn add(asked: &GitHubApiRequest<'_>, body: &[u8]) -> Result<Answer, Failure> {
    let content_type = asked.parts.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let wish = Wish::read(content_type.unwrap_or_default(), body)?;
    let (kind, target) = match wish.job() {
        Ok(job) => job,
        Err(error) => return Ok(refused(&error)),
    };
    let request = JobRequest {
        kind,
        target,
        run_at: None,
    };
    let database = asked.door.database().await?;
    match Queue::new(database.work.clone()).add(&request).await {
        Ok(_) => Ok(Answer::new(json!({"success": "yes"}))),
        // It looks like a name, and GitHub gives no such name to anybody.
        Err(JobError::Target { .. }) => Ok(refused(&WishError::Username)),
        Err(error) => Err(error.into()),
    }
}

fn refused(error: &WishError) -> Answer {
    Answer {
        status: StatusCode::NOT_ACCEPTABLE,
        ..Answer::new(json!({"success": "no", "error": error.to_string()}))
    }
}

impl Wish {
    /// Reads a form or JSON. What is absent is empty, and refused like that.
    fn read(content_type: &str, body: &[u8]) -> Result<Self, Failure> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        let mut wish = Self::default();
        let mut set = |name: &str, value: String| match name {
            "name" => wish.name = value,
            "username" => wish.username = value,
            "repo_name" => wish.repo_name = value,
            _ => {}
        };
        match kind.to_ascii_lowercase().as_str() {
            "application/json" => {
                let json: Json = serde_json::from_slice(body).map_err(|_| Failure::NoJson)?;
                let object = json.as_object().ok_or(Failure::NoJson)?;
                for (name, value) in object {
                    match value {
                        Json::String(text) => set(name, text.clone()),
                        Json::Null => {}
                        _ => return Err(Failure::NoJson),
                    }
                }
            }
            "application/x-www-form-urlencoded" => {
                for (name, value) in form_urlencoded::parse(body) {
                    set(&name, value.into_owned());
                }
            }
            // Nothing was sent.
            "" if body.is_empty() => {}
            _ => return Err(Failure::MediaType),
        }
        Ok(wish)
    }

    /// The kind and the target of the job.
    fn job(&self) -> Result<(JobKind, String), WishError> {
        let known = TASKS.iter().find(|(_, name, ..)| *name == self.name);
        let Some((kind, ..)) = known else {
            let name: String = self
                .name
                .chars()
                .filter(|one| !one.is_control())
                .take(SHOWN)
                .collect();
            return Err(WishError::Task(name));
        };
        // A login is what the owner of a repository can be.
        let has_login = RepositorySlug::new(&self.username, "x").is_some();
        let target = match kind {
            JobKind::DiscoveryScraper => String::new(),
            _ if !has_login => return Err(WishError::Username),
            JobKind::RepositorySync => RepositorySlug::new(&self.username, &self.repo_name)
                .ok_or(WishError::Repository)?
                .to_string(),
            _ => self.username.clone(),
        };
        Ok((*kind, target))
    }
}

#[cfg(test)]
mod tests {
    use super::{JobKind, Wish};

    const NO_USERNAME: &str = "Missing username. Provide a valid github username";
    const NO_REPOSITORY: &str = "Missing repo_name. Provide a valid repository name";

    #[test]
    fn a_wish_is_a_job_or_refused_in_the_originals_words() {
        let form = "application/x-www-form-urlencoded";
        let json = "application/json; charset=utf-8";
        let sync = (JobKind::RepositorySync, "h3nnn4n/garapa".to_owned());
        for (kind, body, expected) in [
            (
                form,
                "name=discovery_scraper",
                Ok((JobKind::DiscoveryScraper, String::new())),
            ),
            (
                form,
                "name=full_profile_sync&username=h3nnn4n",
                Ok((JobKind::ProfileSync, "h3nnn4n".to_owned())),
            ),
            (
                form,
                "name=full_repository_sync&username=h3nnn4n&repo_name=garapa",
                Ok(sync.clone()),
            ),
            (
                json,
                r#"{"name":"full_repository_sync","username":"h3nnn4n","repo_name":"garapa"}"#,
                Ok(sync),
            ),
            (form, "name=full_profile_sync", Err(NO_USERNAME)),
            (form, "name=full_profile_sync&username=", Err(NO_USERNAME)),
            (
                form,
                "name=full_profile_sync&username=a%2Fb",
                Err(NO_USERNAME),
            ),
            (
                form,
                "name=full_repository_sync&username=a",
                Err(NO_REPOSITORY),
            ),
            (
                form,
                "name=full_repository_sync&username=a&repo_name=",
                Err(NO_REPOSITORY),
            ),
            (
                form,
                "name=full_repository_sync&repo_name=b",
                Err(NO_USERNAME),
            ),
            (form, "name=x", Err("task name x not recognized")),
            ("", "", Err("task name  not recognized")),
        ] {
            let wish = Wish::read(kind, body.as_bytes());
            let job = wish
                .map_err(|error| error.to_string())
                .and_then(|wish| wish.job().map_err(|error| error.to_string()));
            assert_eq!(job, expected.map_err(str::to_owned), "{body}");
        }
        for (kind, body) in [
            ("text/plain", "x"),
            (json, "{"),
            (json, "[]"),
            (json, r#"{"name":1}"#),
        ] {
            assert!(Wish::read(kind, body.as_bytes()).is_err(), "{body}");
        }
    }
}

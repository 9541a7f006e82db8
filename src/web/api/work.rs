//! Jobs that are added and cancelled, and the keys of the API.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::address::PREFIX;
use super::asked::ApiRequest;
use super::body::read_json;
use super::format::Format;
use super::problem::Problem;
use super::respond;
use crate::access::{AccessError, KeyStore, Scope};
use crate::jobs::{JobError, JobKind, JobRequest, Queue};

/// A job that somebody wants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedJob {
    kind: String,
    #[serde(default)]
    target: String,
}

/// Adds a job, unless one that does the same waits or runs.
pub(super) async fn add_job(
    asked: &ApiRequest<'_>,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    asked.caller.require(Scope::Tasks)?;
    asked.takes_no_parameters()?;
    let wanted: WantedJob = read_json(asked.headers(), body).await?;
    let kind = JobKind::from_name(&wanted.kind).ok_or_else(|| {
        let names = JobKind::ALL.map(|kind| kind.name().to_owned());
        let detail = format!("there is no such kind; there are: {}", names.join(", "));
        Problem::parameter("kind", detail, names)
    })?;
    let request = JobRequest {
        kind,
        target: wanted.target,
        run_at: None,
    };
    let queue = Queue::new(asked.database().await?.work.clone());
    let added = queue.add(&request).await.map_err(job_problem)?;
    let status = if added.existed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let url = format!("{}{PREFIX}jobs/{}", asked.base_url(), added.id);
    let mut response = respond::done(
        status,
        &json!({"id": added.id, "existed": added.existed, "url": url}),
    );
    respond::set(
        response.headers_mut(),
        axum::http::header::LOCATION,
        &format!("{PREFIX}jobs/{}", added.id),
    );
    Ok(response)
}

/// Cancels a job.
pub(super) async fn cancel_job(asked: &ApiRequest<'_>, id: &str) -> Result<Response, Problem> {
    asked.caller.require(Scope::Tasks)?;
    asked.takes_no_parameters()?;
    let id: i64 = id
        .parse()
        .map_err(|_| Problem::not_found("there is no such job"))?;
    let queue = Queue::new(asked.database().await?.work.clone());
    let cancelled = queue.cancel(id).await.map_err(job_problem)?;
    let status = match cancelled {
        crate::jobs::Cancelled::AtOnce => StatusCode::OK,
        crate::jobs::Cancelled::Requested => StatusCode::ACCEPTED,
    };
    Ok(respond::done(
        status,
        &json!({"id": id, "cancelled": cancelled}),
    ))
}

fn job_problem(error: JobError) -> Problem {
    match error {
        JobError::Database(error) => error.into(),
        JobError::NotFound { .. } => Problem::not_found("there is no such job"),
        error @ (JobError::Target { .. } | JobError::NoTarget { .. }) => {
            Problem::parameter("target", error.to_string(), [])
        }
        error => Problem::conflict(error.to_string()),
    }
}

/// Lists the keys of the API, masked.
pub(super) async fn list_keys(asked: &ApiRequest<'_>) -> Result<Response, Problem> {
    asked.caller.require(Scope::Admin)?;
    Format::of(asked.headers(), &[Format::Json])?;
    asked.takes_no_parameters()?;
    let store = KeyStore::new(asked.records().await?.database().clone());
    let keys = store.list().await.map_err(|error| match error {
        AccessError::Database(error) => error.into(),
        other => Problem::conflict(other.to_string()),
    })?;
    Ok(respond::json(
        asked.headers(),
        &json!({"count": keys.len(), "next": null, "previous": null, "results": keys}),
    ))
}

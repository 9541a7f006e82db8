//! `/github/`: developers, repositories, the rate limit and tasks in the shapes of Git-o-matic 9k, so
//! that programs written for it work unchanged; and `/health/`.
//!
//! A path becomes an [`Address`], the [`Door`] lets the request in, rows are read
//! through [`records`](crate::records), and what goes wrong is said as that program's framework says
//! it: `{"detail": …}`. `docs/git-o-matic.md` says what differs. [`routes`] is called by `cli`.

mod address;
mod answer;
mod asked;
mod body;
mod failure;
mod lists;
mod rate_limit;
mod relations;
mod resources;
mod shapes;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::response::Response;
use tower_http::compression::CompressionLayer;

pub use address::is_path;

use address::{Address, Parsed};
use answer::Answer;
use asked::GitHubApiRequest;
use failure::Failure;

use super::door::{Door, Refusal};
use crate::access::Scope;

/// How long an answer may take in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of the longest body that asks for a task.
const LONGEST_BODY: usize = 64 << 10;

/// What all answers need.
#[derive(Debug)]
struct GitHubShapes {
    door: Arc<Door>,
    rate_limit: rate_limit::RateLimits,
}

/// The routes behind this door.
pub fn routes(door: Arc<Door>) -> Router {
    let rate_limit = rate_limit::RateLimits::new(&door.settings().database);
    Router::new()
        .fallback(answer)
        .layer(CompressionLayer::new())
        .with_state(Arc::new(GitHubShapes { door, rate_limit }))
}

async fn answer(State(shapes): State<Arc<GitHubShapes>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let address = match Address::parse(parts.uri.path()) {
        // As Django does, which redirects what it can.
        Parsed::WithoutSlash(address) if parts.method != Method::POST => {
            return answer::redirect(&address.to_string(), parts.uri.query());
        }
        Parsed::There(address) | Parsed::WithoutSlash(address) => address,
        Parsed::Nowhere => return Failure::NotFound.into_response(),
    };
    let making = Box::pin(make(&shapes, &address, &parts, body));
    let made = match tokio::time::timeout(PATIENCE, making).await {
        Ok(made) => made,
        Err(_) => Err(Refusal::TooSlow.into()),
    };
    made.unwrap_or_else(Failure::into_response)
}

async fn make(
    shapes: &GitHubShapes,
    address: &Address,
    parts: &Parts,
    body: Body,
) -> Result<Response, Failure> {
    let methods = address.methods();
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let is_task = parts.method == Method::POST && matches!(address, Address::Tasks);
    if !is_read && !is_task {
        return Err(Failure::Method {
            method: parts.method.to_string().chars().take(20).collect(),
            allow: methods,
        });
    }
    match address {
        Address::Health => return Ok(answer::text("ok")),
        Address::Documents(to) => return Ok(answer::redirect(to, None)),
        _ => {}
    }
    let asked = GitHubApiRequest {
        door: &shapes.door,
        parts,
        caller: shapes.door.enter(parts).await?,
    };
    asked
        .caller
        .require(if is_task { Scope::Tasks } else { Scope::Read })?;
    let mut response = match address {
        Address::Developers => lists::list(&asked, resources::DEVELOPERS).await?,
        Address::Developer(id) => lists::one(&asked, resources::DEVELOPERS, id).await?,
        Address::Repositories => lists::list(&asked, resources::REPOSITORIES).await?,
        Address::Repository(id) => lists::one(&asked, resources::REPOSITORIES, id).await?,
        other => answer_shortly(shapes, other, &asked, body)
            .await?
            .into_response(),
    };
    answer::set(response.headers_mut(), ALLOW, methods);
    Ok(response)
}

/// Answers what has no lists of links.
async fn answer_shortly(
    shapes: &GitHubShapes,
    address: &Address,
    asked: &GitHubApiRequest<'_>,
    body: Body,
) -> Result<Answer, Failure> {
    Ok(match address {
        Address::RateLimits => shapes.rate_limit.list(asked).await?,
        Address::RateLimit(id) => shapes.rate_limit.one(asked, id).await?,
        Address::Tasks if asked.parts.method == Method::POST => {
            let body = to_bytes(body, LONGEST_BODY).await;
            let body = body.map_err(|_| Failure::TooLarge)?;
            tasks::add(asked, &body).await?
        }
        Address::Tasks => tasks::list(),
        _ => lists::root(asked),
    })
}

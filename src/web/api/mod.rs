//! The API below `/api/v1/`: what other programs ask.
//!
//! A path becomes an [`Address`](address::Address), the [`Door`] lets the request in, a function reads
//! rows or packages, and `respond` makes an answer of them. What goes wrong is a
//! [`Problem`](problem::Problem). Parameters follow the declarations in [`resources`].
//!
//! [`routes`] is called by `cli`.

mod address;
mod asked;
mod format;
mod lists;
mod problem;
pub mod resources;
mod respond;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;

pub use address::PREFIX;

use address::Address;
use asked::Asked;
use problem::Problem;

use super::door::{Door, Refusal};

/// How long an answer may take in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a path belongs to the API.
#[must_use]
pub fn is_path(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// What all answers need.
#[derive(Debug)]
struct Api {
    door: Arc<Door>,
}

/// The routes of the API behind this door.
#[must_use]
pub fn routes(door: Arc<Door>) -> Router {
    Router::new()
        .fallback(answer)
        .with_state(Arc::new(Api { door }))
}

async fn answer(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let address = Address::parse(parts.uri.path());
    let methods = address.as_ref().map_or("", Address::methods);
    let found = match &address {
        Some(_) if parts.method == Method::OPTIONS => Ok(respond::options(methods)),
        Some(address) => {
            let made = make(&api, address, &parts, body);
            match tokio::time::timeout(PATIENCE, Box::pin(made)).await {
                Ok(made) => made,
                Err(_) => Err(Refusal::TooSlow.into()),
            }
        }
        None => Err(Problem::not_found(
            "nothing is at this address; `/api/v1/` lists what there is",
        )),
    };
    let mut response = found.unwrap_or_else(Problem::into_response);
    let origins = &api.door.settings().origins;
    let head = response.headers_mut();
    respond::share(head, &parts.headers, origins, methods);
    respond::finish(head);
    response
}

async fn make(
    api: &Api,
    address: &Address,
    parts: &Parts,
    _body: Body,
) -> Result<Response, Problem> {
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    if !is_read {
        return Err(Problem::method(address.methods()));
    }
    let asked = Asked {
        door: &api.door,
        parts,
        caller: api.door.enter(parts).await?,
    };
    asked.caller.require(crate::access::Scope::Read)?;
    match address {
        Address::Index => Ok(lists::index(&asked, &parts.headers)),
        Address::List(listed) => lists::list(&asked, *listed).await,
        Address::Row(listed, name) => lists::row(&asked, *listed, name).await,
    }
}

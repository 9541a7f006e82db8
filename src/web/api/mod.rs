//! The API below `/api/v1/`: what other programs ask.
//!
//! A path becomes an [`Address`], the [`Door`] lets the request in, a function reads
//! rows or packages, and `respond` makes an answer of them. What goes wrong is a
//! [`Problem`]. Parameters follow the declarations in [`resources`] and
//! [`operations`], and so does the [`document`] that describes the API.
//!
//! [`routes`] is called by `cli`.

#![expect(
    clippy::result_large_err,
    reason = "a problem is the whole answer to a request"
)]

mod address;
mod asked;
mod body;
mod format;
mod lists;
mod lookup;
mod metrics;
mod openapi;
mod operations;
mod packages;
mod pages;
mod parameters;
mod problem;
mod profiles;
pub mod resources;
mod respond;
mod rows;
mod work;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use tower_http::compression::CompressionLayer;

pub use address::PREFIX;
pub use openapi::document;

use address::Address;
use asked::ApiRequest;
use problem::Problem;
use profiles::Profiles;

use super::door::{Door, Refusal};
use super::people::People;
use crate::access::Scope;
use crate::profile::Profile;
use crate::search;

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
    profiles: Profiles,
    /// The description of the API.
    document: Vec<u8>,
}

/// The routes of the API behind this door, with the packages of these profiles.
pub fn routes<'p>(
    door: Arc<Door>,
    profiles: impl IntoIterator<Item = &'p Profile>,
    client: &search::Client,
) -> Router {
    let mut description = document();
    description["servers"][0]["url"] = format!("{}/", door.base_path().as_str()).into();
    let settings = door.settings();
    let people = Arc::new(People::new(Some(&settings.database), settings.patience));
    let api = Api {
        profiles: Profiles::new(profiles, client, &people),
        door,
        // Writing to memory does not fail.
        document: serde_json::to_vec(&description).unwrap_or_default(),
    };
    Router::new()
        .fallback(answer)
        .layer(CompressionLayer::new())
        .with_state(Arc::new(api))
}

async fn answer(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let address = Address::parse(parts.uri.path());
    let methods = address.as_ref().map_or("", Address::methods);
    let found = match &address {
        Some(_) if parts.method == Method::OPTIONS => Ok(respond::options(methods)),
        Some(address) if !address.takes(&parts.method) => Err(Problem::method(methods)),
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
    body: Body,
) -> Result<Response, Problem> {
    // What describes the API is for everybody.
    match address {
        Address::Document => {
            let document = api.document.clone();
            return Ok(respond::whole(&parts.headers, "application/json", document));
        }
        Address::SwaggerPage => return Ok(pages::swagger()),
        Address::RedocPage => return Ok(pages::redoc()),
        Address::Asset(name) => return pages::asset(&parts.headers, name),
        _ => {}
    }
    let asked = ApiRequest {
        door: &api.door,
        parts,
        caller: api.door.enter(parts).await?,
    };
    let profiles = &api.profiles;
    match (address, &parts.method) {
        (Address::List(_), &Method::POST) => return work::add_job(&asked, body).await,
        (Address::Row(_, id), &Method::DELETE) => return work::cancel_job(&asked, id).await,
        (Address::Keys, _) => return work::list_keys(&asked).await,
        _ => {}
    }
    asked.caller.require(Scope::Read)?;
    match address {
        Address::Profiles => profiles::list(&asked, profiles),
        Address::Packages => packages::list(&asked, profiles).await,
        Address::Package(name) => packages::package(&asked, profiles, name).await,
        Address::Releases(name) => packages::releases(&asked, profiles, name).await,
        Address::Release(name, version) => packages::release(&asked, profiles, name, version).await,
        Address::Dependents(name) => packages::dependents(&asked, profiles, name).await,
        Address::LookUp => lookup::look_up(&asked, profiles, body).await,
        Address::Metrics => metrics::show(&asked).await,
        Address::List(listed) => lists::list(&asked, *listed).await,
        Address::Row(listed, name) => lists::row(&asked, *listed, name).await,
        _ => lists::index(&asked),
    }
}

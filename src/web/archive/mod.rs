//! The archive's pages: sign in with Open Humans, connect GitHub, see how far the archive is, and leave.
//!
//! Everything is below `/archive/`. Who is signed in is in a session, whose cookie scripts cannot read and
//! other sites cannot send; forms carry a token of the session, and requests of other sites are refused.
//! Nothing works without the key that encrypts what is stored. Sends requests to GitHub and Open Humans
//! on behalf of the member; the archive itself is read by jobs. Writes no names into the log.
//! [`routes`] is called by `cli`.

mod actions;
mod answers;
mod cookies;
mod fields;
mod leave;
mod pages;
mod sign_in;
mod site;
mod visitor;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures::future::BoxFuture;

pub use site::{ArchiveSite, ArchiveSiteError, ArchiveWebSettings};

use answers::Answer;
use visitor::Visitor;

/// Bytes of the longest form.
const LONGEST_FORM: usize = 16 << 10;
/// How long a browser may take to send it.
const LONGEST_READ: Duration = Duration::from_secs(10);

/// Whether a path is one of these pages.
#[must_use]
pub fn is_path(path: &str) -> bool {
    path == "/archive" || path.starts_with("/archive/")
}

/// The pages.
pub fn routes(site: ArchiveSite) -> Router {
    let site = Arc::new(site);
    Router::new().fallback(move |request: Request| {
        let site = Arc::clone(&site);
        let answering = async move {
            let is_head = request.method() == Method::HEAD;
            let answer = respond(&site, request).await;
            answer.into_response(&site.policy(), &site.door.base_path(), is_head)
        };
        Box::pin(answering) as BoxFuture<'static, Response>
    })
}

async fn respond(site: &ArchiveSite, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let is_form = parts.method == Method::POST;
    let form = if is_form {
        if !visitor::is_from_here(site, &parts) {
            return forbidden(site);
        }
        match tokio::time::timeout(LONGEST_READ, to_bytes(body, LONGEST_FORM)).await {
            Ok(Ok(form)) => form,
            Ok(Err(_)) => return pages::problem(site, 413, "That is too long", ""),
            Err(_) => return pages::problem(site, 408, "That took too long", "Try again."),
        }
    } else {
        axum::body::Bytes::new()
    };
    // Only after the form is here: one that never ends keeps nobody out.
    let Ok(_place) = site.places.enter().await else {
        return pages::problem(
            site,
            503,
            "Too many others are here",
            "Try again in a moment.",
        );
    };
    let visitor = match Visitor::read(site, parts).await {
        Ok(visitor) => visitor,
        Err(error) => return failed(site, &error),
    };
    let answer = if is_form {
        if !visitor.may_post(site, &path, &form) {
            return forbidden(site);
        }
        post(site, &visitor, &path, &form).await
    } else if matches!(visitor.request.method, Method::GET | Method::HEAD) {
        get(site, &visitor, &path).await
    } else {
        Ok(pages::problem(site, 405, "This cannot be done here", ""))
    };
    answer.unwrap_or_else(|error| failed(site, &error))
}

async fn get(site: &ArchiveSite, visitor: &Visitor, path: &str) -> site::Result<Answer> {
    match path {
        "/archive" | "/archive/" => pages::start(site, visitor),
        "/archive/dashboard" => pages::dashboard(site, visitor).await,
        "/archive/about" => pages::about(site, visitor),
        "/archive/delete" => pages::ask_to_delete(site, visitor),
        "/archive/archive.css" => Ok(answers::stylesheet()),
        "/archive/open-humans" => sign_in::come_from_open_humans(site, visitor).await,
        "/archive/github" => sign_in::come_from_github(site, visitor).await,
        _ => Ok(pages::problem(site, 404, "There is no such page", "")),
    }
}

async fn post(
    site: &ArchiveSite,
    visitor: &Visitor,
    path: &str,
    form: &[u8],
) -> site::Result<Answer> {
    match path {
        "/archive/sign-in" => sign_in::go_to_open_humans(site, visitor),
        "/archive/sign-out" => actions::sign_out(site, visitor).await,
        "/archive/connect" => sign_in::go_to_github(site, visitor, form),
        "/archive/disconnect" => leave::disconnect(site, visitor).await,
        "/archive/update" => actions::update(site, visitor).await,
        "/archive/delete" => leave::delete(site, visitor).await,
        _ => Ok(pages::problem(site, 404, "There is no such page", "")),
    }
}

fn forbidden(site: &ArchiveSite) -> Answer {
    let what = "This form is not from here, or too old";
    pages::problem(site, 403, what, "Go back, reload the page, and try again.")
}

/// What is wrong is in the log, without names; the visitor gets less.
fn failed(site: &ArchiveSite, error: &site::PageError) -> Answer {
    tracing::warn!(error = error.kind(), "a page of the archive failed");
    let (status, what) = error.shown();
    pages::problem(site, status, what, "Try again in a moment.")
}

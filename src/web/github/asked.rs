//! A request to `/github/` that was let in, as those need it who answer it.

use axum::http::request::Parts;

use crate::web::door::{Caller, Door};

/// A request that was let in.
#[derive(Debug)]
pub(super) struct GitHubApiRequest<'a> {
    pub(super) door: &'a Door,
    pub(super) parts: &'a Parts,
    pub(super) caller: Caller<'a>,
}

impl GitHubApiRequest<'_> {
    /// Scheme and host for links, without a slash at the end.
    pub(super) fn base_url(&self) -> String {
        self.door.base_url(self.parts)
    }
}

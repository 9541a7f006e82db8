//! A request to `/github/` that was let in, as those need it who answer it.

use axum::http::request::Parts;

use crate::web::door::{Caller, Door};
use crate::web::origin;

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) door: &'a Door,
    pub(super) parts: &'a Parts,
    pub(super) caller: Caller<'a>,
}

impl Asked<'_> {
    /// Scheme and host for links, without a slash at the end.
    pub(super) fn base_url(&self) -> String {
        let settings = self.door.settings();
        if let Some(url) = &settings.base_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let (headers, extensions) = (&self.parts.headers, &self.parts.extensions);
        origin::read(headers, extensions, &settings.trusted_proxies).url
    }
}

//! The visitor: the session behind a cookie, and whether a form is from here.

use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use super::cookies::Cookie;
use super::fields::field;
use super::site::{ArchiveSite, Result};
use crate::archive::Member;

/// The one who asks.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) request: Parts,
    /// Scheme and host, and the path of the service.
    pub(super) base_url: String,
    pub(super) is_secure: bool,
    /// The value of the session's cookie, if it is one.
    pub(super) session: Option<String>,
    pub(super) member: Option<Member>,
}

impl Visitor {
    pub(super) async fn read(site: &ArchiveSite, request: Parts) -> Result<Self> {
        let base_url = site.door.base_url(&request);
        let is_secure = base_url.starts_with("https://");
        let value = Cookie::Session.read(&request.headers, is_secure);
        let (mut session, mut member) = (None, None);
        if let Some(value) = value {
            member = site.open_members().await?.find_session(&value).await?;
            session = member.is_some().then_some(value);
        }
        Ok(Self {
            request,
            base_url,
            is_secure,
            session,
            member,
        })
    }

    /// The token that forms of this session carry.
    pub(super) fn form_token(&self, site: &ArchiveSite) -> String {
        let session = self.session.as_deref().unwrap_or_default();
        site.key.digest("form", session)
    }

    /// A digest that tells this session from others.
    pub(super) fn session_mark(&self, site: &ArchiveSite) -> Option<String> {
        let session = self.session.as_deref()?;
        Some(site.key.digest("mark", session))
    }

    /// Whether a form may do what it is for: it needs the token of the session, unless it begins one.
    pub(super) fn may_post(&self, site: &ArchiveSite, path: &str, form: &[u8]) -> bool {
        if path == "/archive/sign-in" {
            return true;
        }
        let sent = field(form, "token").unwrap_or_default();
        let wanted = self.form_token(site);
        self.session.is_some() && sent.as_bytes().ct_eq(wanted.as_bytes()).into()
    }
}

/// Whether a form was sent from one of our own pages, as far as the browser tells; one that tells nothing
/// has no session from another site either.
pub(super) fn is_from_here(site: &ArchiveSite, request: &Parts) -> bool {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    let is_same_site = header("sec-fetch-site").is_none_or(|from| from == "same-origin");
    let own = site.door.origin(request);
    let is_same_origin = header("origin").is_none_or(|origin| origin == own);
    is_same_site && is_same_origin
}

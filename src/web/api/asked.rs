//! A request that was let in, and what an answer needs of it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use url::form_urlencoded;

use super::problem::Problem;
use crate::access::Scope;
use crate::records::Records;
use crate::web::door::{Caller, Door, OpenDatabase};

/// A request, and who has sent it.
#[derive(Debug)]
pub(super) struct ApiRequest<'a> {
    pub(super) door: &'a Door,
    pub(super) parts: &'a Parts,
    pub(super) caller: Caller<'a>,
}

impl<'a> ApiRequest<'a> {
    pub(super) fn headers(&self) -> &'a HeaderMap {
        &self.parts.headers
    }

    /// The parameters of the address, decoded.
    pub(super) fn parameters(
        &self,
    ) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        let query = self.parts.uri.query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
    }

    /// That there are none, where none counts.
    pub(super) fn takes_no_parameters(&self) -> Result<(), Problem> {
        match self.parameters().next() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(50).collect();
                let detail = "this address takes no parameters";
                Err(Problem::parameter(&name, detail, []))
            }
        }
    }

    pub(super) fn shows_personal(&self) -> bool {
        self.caller.may(Scope::Emails)
    }

    pub(super) async fn database(&self) -> Result<Arc<OpenDatabase>, Problem> {
        Ok(self.door.database().await?)
    }

    pub(super) async fn records(&self) -> Result<Records, Problem> {
        Ok(self.database().await?.records.clone())
    }

    /// Scheme and host for links, without a slash at the end.
    pub(super) fn base_url(&self) -> String {
        self.door.base_url(self.parts)
    }
}

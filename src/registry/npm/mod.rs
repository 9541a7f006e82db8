//! npm: search, organisations, packages with all their releases, and the files of releases.
//!
//! A package is one document, the *packument*, with every release; large ones are parsed value by
//! value. npm's search is incomplete and late, so it only names packages that are then asked
//! themselves, with the tag of the document that was read before. Every answer is checked to be about
//! the package that was asked for.
//!
//! Nothing is kept here but what saves requests, in the disk cache: tags of documents, READMEs of
//! files, and the download counts in results of the search. The token goes to the registry's own host
//! alone; no other is asked, except for the change feed if the settings name one. Called by the
//! pipeline through [`Registry`](super::Registry) (`adapter`).

mod absence;
mod adapter;
mod changes;
mod find;
mod held;
mod integrity;
mod license;
mod manifest;
mod packument;
mod people;
mod readme;
mod repository;
mod searched_downloads;
mod tarball;
mod values;

use std::sync::Arc;

use pyfa_http::{DiskCache, HeaderMap, HeaderValue, HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use url::Url;

pub use self::searched_downloads::SearchedDownloads;

use self::changes::ChangeFeed;
use self::held::ReadPackage;
use super::error::RegistryError;
use super::settings::RegistrySettings;

/// The public registry.
pub const PUBLIC_BASE_URL: &str = "https://registry.npmjs.org/";

/// Bytes of a packument. The largest known have forty million.
const DOCUMENT_LIMIT: u64 = 64 << 20;
/// Bytes of a page of search results, or of an organisation's list.
const LIST_LIMIT: u64 = 16 << 20;

/// Whether the address is that of the public registry, shared by everybody: on whatever path and
/// port of its host.
#[must_use]
pub fn is_public(base_url: &Url) -> bool {
    Url::parse(PUBLIC_BASE_URL).is_ok_and(|public| public.host() == base_url.host())
}

/// The client of one registry. Cheap to clone.
#[derive(Clone)]
pub struct Npm {
    http: pyfa_http::HttpClient,
    cache: DiskCache,
    base: Url,
    /// `base` without user and password, or the name that the settings give it.
    identity: String,
    workers: usize,
    readmes_from_files: usize,
    changes: Option<ChangeFeed>,
    /// The releases of the package that was read last for a single release.
    held: Arc<Mutex<Option<ReadPackage>>>,
}

impl Npm {
    /// A client that reads as `settings` say and calls itself `user_agent`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Broken`] where no HTTP client can be made of the settings.
    pub fn new(
        settings: &RegistrySettings,
        user_agent: &str,
        cache: DiskCache,
    ) -> Result<Self, RegistryError> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &settings.token {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
            let mut value = value.map_err(|_| RegistryError::Broken {
                what: "the HTTP client".to_owned(),
                why: "`NPM_AUTH_TOKEN` has characters that no header may have".to_owned(),
            })?;
            value.set_sensitive(true);
            headers.insert("authorization", value);
        }
        Ok(Self {
            http: settings.http_client(user_agent, headers)?,
            changes: ChangeFeed::new(settings, user_agent, &cache)?,
            cache,
            base: settings.base_url.clone(),
            identity: settings.identity(),
            workers: settings.max_workers.max(1),
            readmes_from_files: settings.readmes_from_files,
            held: Arc::default(),
        })
    }

    /// `base` plus `segments`, each percent-encoded: the slash of a scoped name too.
    fn url_of(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Sends a request for `what`, which answers with JSON.
    async fn get(&self, request: HttpRequest, what: &str) -> Result<HttpResponse, RegistryError> {
        let answer = self
            .http
            .get(request)
            .await
            .map_err(|error| RegistryError::from_http(what, error))?;
        // A page for people, such as a notice of maintenance, says nothing about the data.
        if is_page(&answer.body) {
            return Err(RegistryError::Broken {
                what: what.to_owned(),
                why: "it answers with a page of HTML".to_owned(),
            });
        }
        Ok(answer)
    }
}

/// Whether a body is a page of HTML.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

//! The README of a release: its own, the document's for the latest, or that of its file.
//!
//! The document has one README, that of the latest release, cut after some 65,000 characters, and
//! often none. A release published under another tag has its own. Files are fetched only if the
//! settings ask for it, from the registry's own host, and once: what a file holds never changes. What
//! a release once had is kept in the cache, because the document moves on to the next release.

use pyfa_http::{BodySink, Bucket, HttpRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::Npm;
use super::integrity::{Integrity, Sum};
use super::packument::Packument;
use super::tarball::ReadmeFinder;
use super::values::{object, text};
use crate::model::ProjectName;
use crate::registry::error::RegistryError;

/// READMEs of files, by registry, package, version and digest; those of documents, without digest.
const READMES: Bucket = Bucket::new("npm-readmes", 1);
/// What the registry writes if a package was published without a README.
const NONE: &str = "ERROR: No README data found!";
/// From this many characters on, the document's README may have been cut.
const CUT_FROM: usize = 64_000;
/// Bytes of a file that is fetched for its README.
const LONGEST_FILE: u64 = 32 << 20;

/// What the cache keeps.
#[derive(Serialize, Deserialize)]
struct KeptReadme {
    /// The README's name; empty if a file has no README.
    file: String,
    text: String,
}

/// The file of a release.
struct ReleaseFile {
    url: Url,
    integrity: Integrity,
    /// What the cache keeps its README under.
    key: String,
}

/// A file as it comes, which is never in memory as a whole.
struct ArrivingFile {
    integrity: Integrity,
    sum: Sum,
    finder: ReadmeFinder,
}

impl ArrivingFile {
    fn new(integrity: Integrity) -> Self {
        Self {
            sum: integrity.sum(),
            finder: ReadmeFinder::default(),
            integrity,
        }
    }
}

impl BodySink for ArrivingFile {
    fn restart(&mut self) {
        self.sum = self.integrity.sum();
        self.finder = ReadmeFinder::default();
    }

    fn take(&mut self, piece: &[u8]) {
        self.sum.add(piece);
        self.finder.take(piece);
    }
}

impl Npm {
    /// Text and file name of the README of a release. `may_fetch` allows a request for its file.
    ///
    /// # Errors
    ///
    /// The file cannot be fetched now, and may be later.
    pub(super) async fn read_readme(
        &self,
        name: &ProjectName,
        version: &str,
        packument: &Packument<'_>,
        manifest: &Map<String, Value>,
        may_fetch: bool,
    ) -> Result<Option<(String, String)>, RegistryError> {
        let is_one = |(text, _): &(String, String)| !text.trim().is_empty() && text.trim() != NONE;
        let is_whole = |(text, _): &(String, String)| text.chars().count() < CUT_FROM;
        let own = text(manifest, "readme").map(|readme| {
            let file = text(manifest, "readmeFilename").unwrap_or_default();
            (readme.to_owned(), file.to_owned())
        });
        let mut stated = own.filter(is_one);
        if stated.is_none() {
            let key = format!("{}\n{name}\n{version}", self.identity);
            stated = packument.readme_of(version).filter(is_one);
            match &stated {
                Some((text, file)) => self.keep(&key, file, text).await,
                None => {
                    stated = self
                        .read_kept(&key)
                        .await
                        .map(|kept| (kept.text, kept.file));
                }
            }
        }
        if stated.as_ref().is_some_and(is_whole) {
            return Ok(stated);
        }
        let Some(file) = self.file_of(name, version, manifest) else {
            return Ok(stated);
        };
        let found = match self.read_kept(&file.key).await {
            Some(kept) => Some(kept),
            None if may_fetch => self.fetch_file(name, version, file).await?,
            None => None,
        };
        let found = found.filter(|kept| !kept.file.is_empty());
        Ok(found.map(|kept| (kept.text, kept.file)).or(stated))
    }

    /// The file of a release; `None` if there is none that can be checked.
    fn file_of(
        &self,
        name: &ProjectName,
        version: &str,
        manifest: &Map<String, Value>,
    ) -> Option<ReleaseFile> {
        let dist = object(manifest, "dist")?;
        let integrity = Integrity::read(dist)?;
        let key = format!("{}\n{name}\n{version}\n{}", self.identity, integrity.key());
        let url = Url::parse(text(dist, "tarball")?).ok()?;
        Some(ReleaseFile {
            url,
            integrity,
            key,
        })
    }

    /// What the file of a release holds; `None` if it cannot be believed.
    async fn fetch_file(
        &self,
        name: &ProjectName,
        version: &str,
        file: ReleaseFile,
    ) -> Result<Option<KeptReadme>, RegistryError> {
        let ReleaseFile {
            url,
            integrity,
            key,
        } = file;
        // The token may go to no other host, and a document may name any.
        if url.origin() != self.base.origin() {
            tracing::debug!(package = %name, version, "the file is on another host; left out");
            return Ok(None);
        }
        let what = format!("file of release `{version}` of package `{name}`");
        let request = HttpRequest::new(url, "file").body_limit(LONGEST_FILE);
        let mut arriving = ArrivingFile::new(integrity);
        if let Err(error) = self.http.get_into(request, &mut arriving).await {
            return match RegistryError::from_http(&what, error) {
                error @ (RegistryError::NotFound { .. }
                | RegistryError::Refused { .. }
                | RegistryError::TooLarge { .. }) => {
                    tracing::warn!(package = %name, version, %error, "the file cannot be fetched");
                    Ok(None)
                }
                error => Err(error),
            };
        }
        let ArrivingFile {
            integrity,
            sum,
            finder,
        } = arriving;
        let is_right = integrity.is_of(sum);
        let (true, Ok(found)) = (is_right, finder.finish()) else {
            tracing::warn!(package = %name, version, is_right, "the file cannot be used");
            return Ok(None);
        };
        let (file, text) = found.map_or_else(Default::default, |it| (it.file, it.text));
        self.keep(&key, &file, &text).await;
        Ok(Some(KeptReadme { file, text }))
    }

    async fn read_kept(&self, key: &str) -> Option<KeptReadme> {
        let kept = self.cache.get(READMES, key).await?;
        serde_json::from_slice(&kept).ok()
    }

    async fn keep(&self, key: &str, file: &str, text: &str) {
        let kept = KeptReadme {
            file: file.to_owned(),
            text: text.to_owned(),
        };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            self.cache.put(READMES, key, bytes.into()).await;
        }
    }
}

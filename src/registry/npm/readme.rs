//! The README of a release: its own, the document's for the latest, or that of its file.
//!
//! The document has one README, that of the latest release, cut after some 65,000 characters, and
//! often none. A release published under another tag has its own. Files are fetched only if the
//! settings ask for it, from the registry's own host, and once: what a file holds never changes.

use pyfa_http::{Bucket, HttpRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;
use url::Url;

use super::Npm;
use super::integrity::Integrity;
use super::packument::Packument;
use super::tarball::find_readme;
use super::values::{object, text};
use crate::model::ProjectName;

/// READMEs of files, by registry, package, version and digest.
const READMES: Bucket = Bucket::new("npm-readmes", 1);
/// What the registry writes if a package was published without a README.
const NONE: &str = "ERROR: No README data found!";
/// From this many characters on, the document's README may have been cut.
const CUT_FROM: usize = 64_000;
/// Bytes of a file that is fetched for its README.
const LONGEST_FILE: u64 = 32 << 20;

/// What the cache keeps of a file.
#[derive(Serialize, Deserialize)]
struct KeptReadme {
    /// Empty if the file has no README.
    file: String,
    text: String,
}

impl Npm {
    /// Text and file name of the README of a release. `may_fetch` allows a request for its file.
    pub(super) async fn read_readme(
        &self,
        name: &ProjectName,
        version: &str,
        packument: &Packument<'_>,
        manifest: &Map<String, Value>,
        may_fetch: bool,
    ) -> Option<(String, String)> {
        let own = text(manifest, "readme").map(|readme| {
            let file = text(manifest, "readmeFilename").unwrap_or_default();
            (readme.to_owned(), file.to_owned())
        });
        let stated = own
            .or_else(|| packument.readme_of(version))
            .filter(|(text, _)| !text.trim().is_empty() && text.trim() != NONE);
        let is_whole = |(text, _): &(String, String)| text.chars().count() < CUT_FROM;
        if !may_fetch || stated.as_ref().is_some_and(is_whole) {
            return stated;
        }
        let found = self.read_file(name, version, manifest).await;
        found.or(stated)
    }

    /// The README in the file of a release; `None` if there is none, or no such file that can be
    /// believed.
    async fn read_file(
        &self,
        name: &ProjectName,
        version: &str,
        manifest: &Map<String, Value>,
    ) -> Option<(String, String)> {
        let dist = object(manifest, "dist")?;
        let integrity = Integrity::read(dist)?;
        let url = Url::parse(text(dist, "tarball")?).ok()?;
        let key = format!("{}\n{name}\n{version}\n{}", self.identity, integrity.key());
        if let Some(kept) = self.cache.get(READMES, &key).await
            && let Ok(kept) = serde_json::from_slice::<KeptReadme>(&kept)
        {
            return Some((kept.text, kept.file)).filter(|(_, file)| !file.is_empty());
        }
        // The token may go to no other host, and a document may name any.
        if url.origin() != self.base.origin() {
            tracing::debug!(package = %name, version, "the file is on another host; left out");
            return None;
        }
        let request = HttpRequest::new(url, "file").body_limit(LONGEST_FILE);
        let answer = match self.http.get(request).await {
            Ok(answer) => answer.body,
            Err(error) => {
                tracing::warn!(package = %name, version, %error, "the file cannot be fetched");
                return None;
            }
        };
        // Checking and unpacking may take a while.
        let unpacked =
            spawn_blocking(move || integrity.is_of(&answer).then(|| find_readme(&answer)));
        let found = match unpacked.await {
            Ok(Some(Ok(found))) => found,
            other => {
                let is_other = matches!(other, Ok(None));
                tracing::warn!(package = %name, version, is_other, "the file cannot be used");
                return None;
            }
        };
        let (file, text) = found.map_or_else(Default::default, |it| (it.file, it.text));
        let kept = KeptReadme { file, text };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            self.cache.put(READMES, &key, bytes.into()).await;
        }
        Some((kept.text, kept.file)).filter(|(_, file)| !file.is_empty())
    }
}

//! `GET /pypi/NAME/VERSION/json`: one release.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::Xxh3;

use super::{DOCUMENT_LIMIT, PyPi, RegistryError, unreadable};
use crate::model::{ProjectName, Release, ReleaseFile};

/// A release as it was just read.
#[derive(Debug, Clone)]
pub struct FetchedRelease {
    /// `info` and files, as served.
    pub release: Release,
    /// Digest of its files and their yank state.
    pub fingerprint: u64,
    /// Advisories that the registry knows for it today; `None` where it does not say, which is not
    /// the same as none.
    pub vulnerabilities: Option<Vec<Value>>,
    /// `{"fingerprint":…,"info":…,"files":…}`, as the disk cache keeps it.
    pub cached: Vec<u8>,
}

impl PyPi {
    /// One release (`/pypi/NAME/VERSION/json`), at no older serial than `wanted`.
    ///
    /// Metadata never changes once published, but yanks and files do: an answer from before the
    /// announced change is asked for again, and is an error if it stays.
    ///
    /// # Errors
    ///
    /// [`RegistryError`]; `Unreadable` for an answer about another project or version.
    pub async fn release(
        &self,
        name: &ProjectName,
        version: &str,
        wanted: u64,
    ) -> Result<FetchedRelease, RegistryError> {
        let what = format!("release `{version}` of project `{name}`");
        let (fetched, _) = self
            .until_fresh(
                wanted,
                |(_, serial)| *serial,
                &what,
                || async {
                    let url = self.url(&["pypi", name.as_str(), version, "json"], false);
                    let body = self
                        .get(url, &what, "release", None, DOCUMENT_LIMIT)
                        .await?;
                    parse(&body, name, version).map_err(|why| unreadable(&what, why))
                },
            )
            .await?;
        Ok(fetched)
    }

    /// Whether the registry denies (404 or 410) that the release exists. An answer from before
    /// `wanted` is none.
    ///
    /// # Errors
    ///
    /// [`RegistryError`] where it neither serves nor denies it.
    pub async fn release_is_gone(
        &self,
        name: &ProjectName,
        version: &str,
        wanted: u64,
    ) -> Result<bool, RegistryError> {
        RegistryError::denies(self.release(name, version, wanted).await)
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    info: &'a RawValue,
    #[serde(borrow)]
    urls: Option<&'a RawValue>,
    #[serde(default)]
    last_serial: u64,
    #[serde(default)]
    vulnerabilities: Value,
}

fn parse(body: &[u8], name: &ProjectName, version: &str) -> Result<(FetchedRelease, u64), String> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let fetched = fetched(answer.info, answer.urls, answer.vulnerabilities)?;
    if ProjectName::new(fetched.release.name()) != *name {
        return Err(format!(
            "it is about the project `{}`",
            fetched.release.name()
        ));
    }
    if fetched.release.version() != version {
        return Err(format!(
            "it is about the version `{}`",
            fetched.release.version()
        ));
    }
    Ok((fetched, answer.last_serial))
}

/// A release from the raw `info` and `urls` of a project or release document.
pub(super) fn fetched(
    info: &RawValue,
    urls: Option<&RawValue>,
    vulnerabilities: Value,
) -> Result<FetchedRelease, String> {
    let files_text = urls.map_or("[]", RawValue::get);
    // Files that are no list of objects cost the files, not the release.
    let files: Vec<ReleaseFile> = serde_json::from_str(files_text).unwrap_or_default();
    let info_map = serde_json::from_str(info.get()).map_err(|error| format!("`info`: {error}"))?;
    let fingerprint = fingerprint(&files);
    let cached = format!(
        "{{\"fingerprint\":{fingerprint},\"info\":{},\"files\":{}}}",
        info.get(),
        if files.is_empty() { "[]" } else { files_text }
    );
    Ok(FetchedRelease {
        release: Release {
            info: info_map,
            files,
        },
        fingerprint,
        vulnerabilities: match vulnerabilities {
            Value::Array(entries) => Some(entries),
            _ => None,
        },
        cached: cached.into_bytes(),
    })
}

/// Digest of the files of a release and their yank state: while it stays, so does everything
/// that a document takes from the release.
#[must_use]
pub fn fingerprint(files: &[ReleaseFile]) -> u64 {
    let mut parts: Vec<FilePart<'_>> = files
        .iter()
        .map(|file| FilePart {
            filename: file
                .get("filename")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            sha256: file
                .get("digests")
                .or_else(|| file.get("hashes"))
                .and_then(|digests| digests.get("sha256"))
                .and_then(Value::as_str)
                .unwrap_or_default(),
            yanked: yank_reason(file),
        })
        .collect();
    // The project document, the release document and the Simple API each have an order.
    parts.sort_unstable();
    let mut hash = Xxh3::new();
    for part in parts {
        for text in [part.filename, part.sha256, part.yanked.unwrap_or("-")] {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(&[u8::from(part.yanked.is_some())]);
    }
    hash.digest()
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct FilePart<'a> {
    filename: &'a str,
    sha256: &'a str,
    yanked: Option<&'a str>,
}

/// The reason of a yanked file, `""` when none was given; `None` when it is not yanked.
///
/// The JSON API has a flag and a reason beside it, the Simple API one value for both.
fn yank_reason(file: &ReleaseFile) -> Option<&str> {
    match file.get("yanked") {
        Some(Value::Bool(true)) => Some(
            file.get("yanked_reason")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ),
        Some(Value::String(reason)) => Some(reason),
        _ => None,
    }
}

/// What the disk cache keeps of a release, read back.
#[derive(Deserialize)]
struct Cached {
    fingerprint: u64,
    #[serde(flatten)]
    release: Release,
}

/// The cached release, if it is readable and its files are still those of `fingerprint`.
#[must_use]
pub fn from_cache(bytes: &[u8], fingerprint: u64) -> Option<Release> {
    let cached: Cached = serde_json::from_slice(bytes).ok()?;
    (cached.fingerprint == fingerprint).then_some(cached.release)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::{fingerprint, from_cache, parse};
    use crate::model::{ProjectName, ReleaseFile};

    fn files(value: serde_json::Value) -> Vec<ReleaseFile> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn both_apis_give_one_fingerprint() {
        let project = files(json!([
            {"filename": "b", "digests": {"sha256": "2"}, "yanked": true, "yanked_reason": "bad"},
            {"filename": "a", "digests": {"sha256": "1"}, "yanked": false, "yanked_reason": null},
        ]));
        let simple = files(json!([
            {"filename": "a", "hashes": {"sha256": "1"}, "yanked": false},
            {"filename": "b", "hashes": {"sha256": "2"}, "yanked": "bad"},
        ]));
        assert_eq!(fingerprint(&project), fingerprint(&simple));
        let unyanked = files(json!([
            {"filename": "a", "hashes": {"sha256": "1"}, "yanked": false},
            {"filename": "b", "hashes": {"sha256": "2"}, "yanked": false},
        ]));
        assert_ne!(fingerprint(&simple), fingerprint(&unyanked));
    }

    #[test]
    fn the_cache_gives_back_what_was_read() {
        let body = json!({
            "info": {"name": "Plone.API", "version": "1.0", "summary": "s"},
            "urls": [{"filename": "f", "digests": {"sha256": "1"}}], "last_serial": 4,
        });
        let name = ProjectName::new("plone-api");
        let (fetched, serial) = parse(body.to_string().as_bytes(), &name, "1.0").unwrap();
        assert_eq!(serial, 4);
        assert_eq!(
            from_cache(&fetched.cached, fetched.fingerprint),
            Some(fetched.release)
        );
        assert_eq!(from_cache(&fetched.cached, 0), None);
        assert_eq!(from_cache(b"{}", 0), None);
    }

    #[test]
    fn an_answer_about_something_else_is_refused() {
        let body = json!({"info": {"name": "other", "version": "1.0"}}).to_string();
        let name = ProjectName::new("plone-api");
        assert!(parse(body.as_bytes(), &name, "1.0").is_err());
        assert!(parse(body.as_bytes(), &ProjectName::new("other"), "2.0").is_err());
        assert!(parse(b"<html></html>", &name, "1.0").is_err());
    }
}

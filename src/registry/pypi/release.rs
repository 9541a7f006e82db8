//! `GET /pypi/NAME/VERSION/json`: one release.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::answer_error::PypiAnswerError;
use super::{DOCUMENT_LIMIT, PyPi, files};
use crate::model::{ProjectName, Release, Serial, is_hidden, one_line};
use crate::registry::bounded;
use crate::registry::error::RegistryError;
use crate::registry::project::FetchedRelease;

/// Bytes of `info`. The longest real ones, with their whole changelog, have some hundred thousand.
const LONGEST_INFO: usize = 4 << 20;
/// Bytes that `info` may take as a tree.
const COST_OF_INFO: usize = 8 << 20;
/// Bytes that the list of vulnerabilities may take as a tree. The longest has some hundred of them.
const COST_OF_VULNERABILITIES: usize = 8 << 20;
/// Bytes of a list of files that is kept as it came.
const LONGEST_FILES_TEXT: usize = 4 << 20;

impl PyPi {
    /// One release (`/pypi/NAME/VERSION/json`), at no older serial than `announced`.
    ///
    /// Metadata never changes once published, but yanks and files do: an answer from before the
    /// announced change is asked for again, and is an error if it stays. `Unreadable` for an answer
    /// about another project or version.
    pub(super) async fn request_release(
        &self,
        name: &ProjectName,
        version: &str,
        announced: Option<Serial>,
    ) -> Result<FetchedRelease, RegistryError> {
        let what = format!("release `{version}` of project `{name}`");
        let (fetched, _) = self
            .until_fresh(
                announced,
                |(_, serial)| *serial,
                &what,
                || async {
                    let url = self.url_of(&["pypi", name.as_str(), version, "json"], false);
                    let body = self
                        .get(url, &what, "release", None, DOCUMENT_LIMIT)
                        .await?;
                    parse(&body, name, version).map_err(|why| RegistryError::unreadable(&what, why))
                },
            )
            .await?;
        Ok(fetched)
    }
}

#[derive(Deserialize)]
struct ReleaseAnswer<'a> {
    #[serde(borrow)]
    info: &'a RawValue,
    #[serde(borrow)]
    urls: Option<&'a RawValue>,
    #[serde(default)]
    last_serial: u64,
    #[serde(borrow)]
    vulnerabilities: Option<&'a RawValue>,
}

fn parse(
    body: &[u8],
    name: &ProjectName,
    version: &str,
) -> Result<(FetchedRelease, Option<Serial>), PypiAnswerError> {
    let answer: ReleaseAnswer<'_> = serde_json::from_slice(body)?;
    let fetched = parse_release(answer.info, answer.urls, answer.vulnerabilities)?;
    check_project(fetched.release.name(), name)?;
    if fetched.release.version() != version {
        let found = excerpt(fetched.release.version());
        return Err(PypiAnswerError::OtherVersion(found));
    }
    Ok((fetched, Serial::new(answer.last_serial)))
}

/// Makes sure that an answer is about `name`: `found` is how it spells it.
pub(super) fn check_project(found: &str, name: &ProjectName) -> Result<(), PypiAnswerError> {
    if ProjectName::read(found).as_ref() == Some(name) {
        Ok(())
    } else {
        Err(PypiAnswerError::OtherProject(excerpt(found)))
    }
}

/// The beginning of an unexpected text, safe to show in a message.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    one_line(text, LONGEST)
}

/// Whether a text can be a version. PyPI has no longer ones than this.
pub(super) fn is_version(text: &str) -> bool {
    const LONGEST: usize = 512;
    let is_visible = |character: char| !character.is_control() && !is_hidden(character);
    (1..=LONGEST).contains(&text.len()) && text.chars().all(is_visible)
}

/// A release from the raw `info`, `urls` and `vulnerabilities` of a project or release document.
pub(super) fn parse_release(
    info: &RawValue,
    urls: Option<&RawValue>,
    vulnerabilities: Option<&RawValue>,
) -> Result<FetchedRelease, PypiAnswerError> {
    let info_text = info.get();
    let info = parse_info(info_text)?;
    let files_text = urls.map_or("[]", RawValue::get);
    let (files, fingerprint) = files::kept_of(files_text);
    let mut cached = format!("{{\"fingerprint\":{fingerprint},\"info\":{info_text},\"files\":");
    if files.is_empty() {
        cached.push_str("[]");
    } else if files_text.len() <= LONGEST_FILES_TEXT {
        cached.push_str(files_text);
    } else {
        cached.push_str(&serde_json::to_string(&files)?);
    }
    cached.push('}');
    Ok(FetchedRelease {
        release: Release { info, files },
        fingerprint,
        vulnerabilities: parse_vulnerabilities(vulnerabilities)?,
        cached: cached.into_bytes(),
    })
}

fn parse_info(text: &str) -> Result<Map<String, Value>, PypiAnswerError> {
    if text.len() > LONGEST_INFO {
        return Err(PypiAnswerError::InfoTooLong(text.len()));
    }
    match bounded::parse_within(text, COST_OF_INFO) {
        Ok(Value::Object(info)) => Ok(info),
        Ok(_) => Err(PypiAnswerError::InfoIsNoObject),
        Err(cause) => Err(PypiAnswerError::Field {
            field: "info",
            cause,
        }),
    }
}

/// `None` where there is no list, which says nothing. More than can be read must not look like none.
fn parse_vulnerabilities(raw: Option<&RawValue>) -> Result<Option<Vec<Value>>, PypiAnswerError> {
    let Some(raw) = raw else {
        return Ok(None);
    };
    match bounded::parse_within(raw.get(), COST_OF_VULNERABILITIES) {
        Ok(Value::Array(entries)) => Ok(Some(entries)),
        Ok(_) => Ok(None),
        Err(cause) => Err(PypiAnswerError::Field {
            field: "vulnerabilities",
            cause,
        }),
    }
}

/// What the disk cache keeps of a release, read back.
#[derive(Deserialize)]
struct Cached<'a> {
    fingerprint: u64,
    #[serde(borrow)]
    info: &'a RawValue,
    #[serde(borrow)]
    files: Option<&'a RawValue>,
}

/// The cached release, if it is readable and its files are still those of `fingerprint`.
pub(super) fn from_cache(bytes: &[u8], fingerprint: u64) -> Option<Release> {
    let cached: Cached<'_> = serde_json::from_slice(bytes).ok()?;
    if cached.fingerprint != fingerprint {
        return None;
    }
    Some(Release {
        info: parse_info(cached.info.get()).ok()?,
        files: cached
            .files
            .map(|files| files::kept_of(files.get()).0)
            .unwrap_or_default(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::super::files::fingerprint;
    use super::{from_cache, parse};
    use crate::model::{ProjectName, ReleaseFile, Serial};

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
        assert_eq!(serial, Serial::new(4));
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

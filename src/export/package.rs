//! What tables say about a release: the fields of its document, read once.

use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use super::ExportError;
use super::documents::unreadable;
use crate::model::Document;

/// Fields that change although the release does not: the registry's counter, and what depends on
/// other releases of the project.
const UNSTABLE: [&str; 4] = ["first_upload", "is_latest", "release_count", "serial"];

/// Reads a document.
pub(super) fn read(line: &[u8]) -> Result<Document, ExportError> {
    serde_json::from_slice(line).map_err(|error| unreadable(line, error))
}

/// A number among the facts.
pub(super) fn number(document: &Document, fact: &str) -> Option<i64> {
    let value = document.facts.get(fact)?;
    // A server may have turned it into a number with a point.
    value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "it was whole before")]
        let whole = number as i64;
        Some(whole)
    })
}

/// A text among the facts; empty if it is missing.
pub(super) fn text<'d>(document: &'d Document, fact: &str) -> &'d str {
    let value = document.facts.get(fact).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// A yes or no among the facts.
pub(super) fn flag(document: &Document, fact: &str) -> Option<bool> {
    document.facts.get(fact).and_then(Value::as_bool)
}

/// A moment as in `2026-03-09T12:00:00Z`; empty for 0 and for what is not a date.
pub(super) fn moment(seconds: i64) -> String {
    let timestamp = jiff::Timestamp::from_second(seconds).ok();
    let timestamp = timestamp.filter(|_| seconds > 0);
    timestamp
        .map(|moment| moment.to_string())
        .unwrap_or_default()
}

/// Whether a field of a document belongs to the release as the registry has it.
pub(super) fn is_of_release(field: &str) -> bool {
    !UNSTABLE.contains(&field) && !Document::is_fact(field)
}

/// A digest of everything that the registry says of a release: equal digests mean that nothing of
/// it has changed.
pub(super) fn digest(line: &[u8]) -> Result<String, ExportError> {
    let members: serde_json::Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| unreadable(line, error))?;
    let mut hasher = Xxh3::new();
    for (field, value) in members.iter().filter(|(field, _)| is_of_release(field)) {
        hasher.update(field.as_bytes());
        hasher.update(&[0]);
        hasher.update(value.to_string().as_bytes());
        hasher.update(&[0]);
    }
    Ok(format!("{:032x}", hasher.digest128()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::digest;

    #[test]
    fn facts_and_serials_change_no_release() {
        let of = |value: serde_json::Value| digest(value.to_string().as_bytes()).unwrap();
        let plain = of(json!({"name": "a", "summary": "b"}));
        let enriched = json!({"name": "a", "summary": "b", "serial": 5, "github_stars": 7,
            "health_score": 3, "is_latest": true});
        assert_eq!(plain, of(enriched));
        assert_ne!(plain, of(json!({"name": "a", "summary": "c"})));
        assert_ne!(plain, of(json!({"name": "asummary", "": "b"})));
    }
}

//! The files of a release: what is kept of them, and when the earliest was uploaded.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::metadata::Metadata;
use super::text::clean;
use crate::model::{ReleaseFile, linkable, upload_time};

/// Files of one release. Wheels for every platform come to some hundred.
const MOST_FILES: usize = 2_000;

/// Bytes of a text of a file.
const LONGEST_TEXT: usize = 4 << 10;

/// How deep the values of a file may be nested; `digests` are one deep.
const DEEPEST: usize = 3;

/// Members of a list or object of a file.
const MOST_MEMBERS: usize = 50;

/// Bytes of a key. The registry's own have at most some twenty.
const LONGEST_KEY: usize = 100;

/// The files as the document shows them: no download counts, which are always -1, and no second
/// copy of the MD5 digest.
pub(super) fn files(files: &[ReleaseFile], metadata: &mut Metadata<'_>) -> Vec<ReleaseFile> {
    let mut is_changed = files.len() > MOST_FILES;
    let shown = files.iter().take(MOST_FILES).map(|file| {
        let mut shown = Map::new();
        for (key, value) in file
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "downloads" | "md5_digest"))
        {
            let kept = if !is_key(key) || shown.len() == MOST_MEMBERS {
                None
            } else if key == "url" {
                value.as_str().and_then(linkable).map(Value::String)
            } else {
                Some(bounded(value, DEEPEST, &mut is_changed))
            };
            is_changed |= kept.is_none();
            shown.extend(kept.map(|value| (key.clone(), value)));
        }
        shown
    });
    let shown = shown.collect();
    if is_changed {
        metadata.note("urls", "has values that are too many, too long or too deep, or an address that pages must not link to; left out");
    }
    shown
}

fn is_key(key: &str) -> bool {
    key.len() <= LONGEST_KEY && !key.chars().any(char::is_control)
}

fn bounded(value: &Value, depth: usize, is_changed: &mut bool) -> Value {
    match value {
        Value::String(text) => {
            *is_changed |= text.len() > LONGEST_TEXT;
            let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
            Value::String(clean(text.into()).into_owned())
        }
        Value::Array(_) | Value::Object(_) if depth == 0 => {
            *is_changed = true;
            Value::Null
        }
        Value::Array(members) => {
            *is_changed |= members.len() > MOST_MEMBERS;
            let members = members.iter().take(MOST_MEMBERS);
            members
                .map(|member| bounded(member, depth - 1, is_changed))
                .collect()
        }
        Value::Object(object) => {
            let members = object.iter().filter(|(key, _)| is_key(key));
            let members: Vec<_> = members.take(MOST_MEMBERS).collect();
            *is_changed |= object.len() > members.len();
            members
                .into_iter()
                .map(|(key, member)| (key.clone(), bounded(member, depth - 1, is_changed)))
                .collect()
        }
        // Neither engine has a type for what is beyond 64 bits with a sign.
        Value::Number(number) if !number.is_i64() && !number.as_f64().is_some_and(is_in_range) => {
            *is_changed = true;
            Value::Null
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Whether a number with a fraction lies where whole numbers of 64 bits do.
fn is_in_range(number: f64) -> bool {
    number.abs() < 9.2e18
}

/// When the earliest file was uploaded, in seconds since 1970; 0 where that is not known.
///
/// A release is as old as its earliest file. The registry lists files by name, and wheels are often
/// added years later.
pub(super) fn upload_timestamp(files: &[ReleaseFile], metadata: &mut Metadata<'_>) -> i64 {
    let earliest = files.iter().filter_map(upload_time).min();
    if earliest.is_none() && !files.is_empty() {
        metadata.note(
            "upload_timestamp",
            "no file has a readable upload time; taken as unknown",
        );
    }
    earliest.map_or(0, Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::{Metadata, upload_timestamp};

    #[test]
    fn upload_times_are_utc() {
        for (file, expected) in [
            (
                json!({"upload_time_iso_8601": "2024-06-01T12:00:00.5Z", "upload_time": "x"}),
                1_717_243_200,
            ),
            (
                json!({"upload_time_iso_8601": null, "upload_time": "2024-06-01T12:00:00"}),
                1_717_243_200,
            ),
            (json!({"upload_time": "yesterday"}), 0),
            (json!({"upload_time": 5}), 0),
        ] {
            let empty = Map::new();
            let mut metadata = Metadata::new(&empty);
            let files = [file.as_object().cloned().unwrap_or_default()];
            assert_eq!(upload_timestamp(&files, &mut metadata), expected);
            assert_eq!(metadata.notes.is_empty(), expected != 0);
        }
    }

    #[test]
    fn a_release_is_as_old_as_its_earliest_file() {
        let time = |text: &str| json!({"upload_time_iso_8601": text});
        let (early, late) = ("2023-05-02T08:00:00Z", "2025-03-20T09:00:00Z");
        let broken = json!({"upload_time_iso_8601": null, "upload_time": "soon"});
        for files in [
            vec![time(early), time(late)],
            vec![time(late), time(early)],
            vec![
                broken.clone(),
                time(late),
                json!({"upload_time": "2023-05-02T08:00:00"}),
            ],
            vec![time(early), broken],
        ] {
            let empty = Map::new();
            let mut metadata = Metadata::new(&empty);
            let files: Vec<_> = files
                .iter()
                .filter_map(|file| file.as_object().cloned())
                .collect();
            assert_eq!(upload_timestamp(&files, &mut metadata), 1_683_014_400);
            assert!(metadata.notes.is_empty());
        }
    }
}

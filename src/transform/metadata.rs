//! Reads untrusted metadata: any key may hold any JSON type, of any size.
//!
//! Every value becomes what the document needs it to be, or is left out; each change that loses
//! something leaves a note. Control characters are removed without a note: neither pages nor the
//! search engine have a use for them.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value};

use super::keywords;
use super::note::Note;
use super::text::{UNKNOWN, clean, cut};
use crate::model::{is_placeholder, linkable};

/// Bytes of a text such as a summary or a licence. Whole licence texts fit.
const LONGEST_TEXT: usize = 64 << 10;

/// Bytes of one member of a list, of a label or of an address.
const LONGEST_MEMBER: usize = 4 << 10;

/// Members of a list. The largest real lists, of requirements, have some hundred.
const MOST_MEMBERS: usize = 5_000;

/// Labelled addresses of a project. The registry itself takes far fewer.
const MOST_LINKS: usize = 200;

/// The object `info` of a release, and what had to be changed in it.
pub(super) struct Metadata<'r> {
    info: &'r Map<String, Value>,
    pub(super) notes: Vec<Note>,
}

impl<'r> Metadata<'r> {
    pub(super) fn new(info: &'r Map<String, Value>) -> Self {
        Self {
            info,
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, field: &'static str, reason: impl Into<Cow<'static, str>>) {
        self.notes.push(Note {
            field,
            reason: reason.into(),
        });
    }

    fn value(&self, field: &str) -> Option<&'r Value> {
        self.info.get(field).filter(|value| !value.is_null())
    }

    /// A name or a version, as it is: a project may well be called `unknown`.
    pub(super) fn identifier(&mut self, field: &'static str) -> String {
        self.as_written(field, LONGEST_TEXT).into_owned()
    }

    /// A text of ordinary length.
    pub(super) fn text(&mut self, field: &'static str) -> String {
        self.long_text(field, LONGEST_TEXT).into_owned()
    }

    /// A text of at most `maximum` bytes; empty if it only stands for a missing one.
    pub(super) fn long_text(&mut self, field: &'static str, maximum: usize) -> Cow<'r, str> {
        let text = self.as_written(field, maximum);
        if is_placeholder(&text) {
            return Cow::Borrowed("");
        }
        text
    }

    fn as_written(&mut self, field: &'static str, maximum: usize) -> Cow<'r, str> {
        let text = match self.value(field) {
            None => return Cow::Borrowed(""),
            Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
            Some(Value::Array(members)) => {
                self.note(
                    field,
                    "is a list where text belongs; its members were joined",
                );
                members
                    .iter()
                    .filter_map(scalar)
                    .collect::<Vec<_>>()
                    .join(", ")
                    .into()
            }
            Some(value) => {
                let Some(text) = scalar(value) else {
                    self.note(field, "is an object where text belongs; left out");
                    return Cow::Borrowed("");
                };
                self.note(field, "is not text; written as text");
                text
            }
        };
        if text.len() > maximum {
            self.note(
                field,
                format!("has {} bytes; cut after {maximum}", text.len()),
            );
        }
        clean(cut(text, maximum))
    }

    /// A number without a fraction that is not negative.
    pub(super) fn whole_number(&mut self, field: &'static str) -> Option<i64> {
        let value = self.value(field)?;
        let number = value.as_i64().filter(|number| *number >= 0);
        if number.is_none() {
            self.note(field, "is not a whole number; left out");
        }
        number
    }

    pub(super) fn boolean(&mut self, field: &'static str) -> bool {
        match self.value(field) {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(value) => {
                let value = !matches!(scalar(value).as_deref(), Some("" | "0" | "false"));
                self.note(
                    field,
                    format!("is neither true nor false; taken as {value}"),
                );
                value
            }
        }
    }

    /// A list of texts without empty members.
    pub(super) fn list(&mut self, field: &'static str) -> Vec<String> {
        match self.value(field) {
            None => Vec::new(),
            Some(Value::Array(members)) => self.members(field, members),
            Some(value) => {
                self.note(field, "is not a list; taken as a list of one");
                self.members(field, std::slice::from_ref(value))
            }
        }
    }

    fn members(&mut self, field: &'static str, members: &[Value]) -> Vec<String> {
        let mut kept = Vec::with_capacity(members.len().min(MOST_MEMBERS));
        let mut changed = members.len() > MOST_MEMBERS;
        for member in members
            .iter()
            .take(MOST_MEMBERS)
            .filter(|member| !member.is_null())
        {
            let Some(text) = scalar(member) else {
                changed = true;
                continue;
            };
            changed |= text.len() > LONGEST_MEMBER || !member.is_string();
            let text = clean(cut(text, LONGEST_MEMBER));
            if !text.trim().is_empty() && text != UNKNOWN {
                kept.push(text.into_owned());
            }
        }
        if changed {
            self.note(
                field,
                format!(
                    "has members that are not text, too long or too many; {} are kept",
                    kept.len()
                ),
            );
        }
        kept
    }

    /// Keywords, each of one word or several.
    pub(super) fn keywords(&mut self) -> Vec<String> {
        match self.value("keywords") {
            Some(Value::String(_)) => {
                let text = self.text("keywords");
                keywords::split(&text).take(MOST_MEMBERS).collect()
            }
            _ => self
                .list("keywords")
                .iter()
                .map(|keyword| keywords::unquoted(keyword))
                .filter(|keyword| !keyword.is_empty())
                .collect(),
        }
    }

    /// An address that a page may link to.
    pub(super) fn url(&mut self, field: &'static str) -> String {
        // Too long a one is left out, not cut.
        let text = self.long_text(field, usize::MAX);
        linkable(&text).unwrap_or_else(|| {
            self.note(
                field,
                "is too long, no address, or one that pages must not link to; left out",
            );
            String::new()
        })
    }

    /// Labelled addresses: an object, or a list of `[label, address]` or `"label, address"`.
    pub(super) fn links(&mut self, field: &'static str) -> BTreeMap<String, String> {
        let mut links = BTreeMap::new();
        let mut lost = 0;
        let mut keep = |label: &str, address: Option<&str>| {
            if address.is_some_and(is_placeholder) {
                return;
            }
            let is_kept = links.len() < MOST_LINKS && label.len() <= LONGEST_MEMBER;
            match address.filter(|_| is_kept).and_then(linkable) {
                Some(address) => {
                    links.insert(clean(label.into()).into_owned(), address);
                }
                None => lost += 1,
            }
        };
        match self.value(field) {
            None => {}
            Some(Value::Object(object)) => {
                for (label, address) in object.iter().filter(|(_, address)| !address.is_null()) {
                    keep(label, address.as_str());
                }
            }
            Some(Value::Array(members)) => {
                for member in members {
                    match member {
                        Value::Array(pair) if pair.len() == 2 => {
                            keep(pair[0].as_str().unwrap_or_default(), pair[1].as_str());
                        }
                        Value::String(text) => match text.split_once(',') {
                            Some((label, address)) => keep(label.trim(), Some(address.trim())),
                            None => keep(text, None),
                        },
                        _ => keep("", None),
                    }
                }
            }
            Some(_) => keep("", None),
        }
        if lost > 0 {
            self.note(field, format!("has {lost} entries that are not labelled addresses, are too long or too many, or that pages must not link to; left out"));
        }
        links
    }
}

/// A text, number or truth value as text.
fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(value) => Some(value.to_string().into()),
        Value::Null => Some("".into()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Metadata;

    fn object(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
        match value {
            serde_json::Value::Object(info) => info,
            _ => serde_json::Map::new(),
        }
    }

    #[test]
    fn placeholders_are_no_values() {
        let info = object(json!({
            "name": "unknown", "summary": "UNKNOWN", "author": " Unknown ", "license": "None",
            "description": "UNKNOWN\n\n\n", "platform": ["UNKNOWN"], "home_page": "UNKNOWN",
            "requires_dist": ["unknown", "UNKNOWN"], "maintainer": "Unknown Pleasures Ltd",
            "project_urls": {"Homepage": "UNKNOWN", "Download": "unknown", "Source": "https://a"},
        }));
        let mut metadata = Metadata::new(&info);
        for field in ["summary", "author", "license", "platform"] {
            assert_eq!(metadata.text(field), "", "{field}");
        }
        assert_eq!(metadata.long_text("description", 100), "");
        assert_eq!(metadata.url("home_page"), "");
        assert_eq!(metadata.identifier("name"), "unknown");
        assert_eq!(metadata.text("maintainer"), "Unknown Pleasures Ltd");
        assert_eq!(metadata.list("requires_dist"), ["unknown"]);
        let links = metadata.links("project_urls");
        assert_eq!(links.into_keys().collect::<Vec<_>>(), ["Source"]);
    }

    #[test]
    fn links_of_any_shape() {
        let info = json!({
            "object": {"Home": "https://a", "Bad": "javascript:x", "None": null, "Number": 1},
            "pairs": [["Home", "https://a"], "Source, https://b", ["Odd"], 3],
            "text": "https://a",
        });
        let empty = serde_json::Map::new();
        let mut metadata = Metadata::new(info.as_object().unwrap_or(&empty));
        assert_eq!(metadata.links("object").len(), 1);
        assert_eq!(
            metadata.links("pairs").into_values().collect::<Vec<_>>(),
            ["https://a", "https://b"]
        );
        assert!(metadata.links("text").is_empty());
        assert!(metadata.links("absent").is_empty());
        assert_eq!(
            metadata
                .notes
                .iter()
                .map(|note| note.field)
                .collect::<Vec<_>>(),
            ["object", "pairs", "text"]
        );
    }
}

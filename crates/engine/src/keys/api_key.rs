//! One key: what it says, what it permits, how it is shown.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::key_error::KeyError;

/// The end of a key for which none was asked: the last second of the year 4020.
const NEVER: u64 = 64_723_363_199;
const SEARCH: &str = "documents:search";
/// Bytes that one compiled expression may take.
const LARGEST_EXPRESSION: usize = 1 << 18;
/// Entries of each list, and bytes of each text, of a key.
const MOST_ENTRIES: usize = 1000;
const LONGEST_TEXT: usize = 4096;

/// Characters of a value that may be shown, and by which a scoped key names its parent.
pub(super) const PREFIX: usize = 4;

/// What a request wants to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessRequest<'a> {
    /// `documents:search`, `collections:get` and so on.
    pub(crate) action: &'a str,
    /// The names of collections as the request says them: aliases are not looked up. Empty for
    /// what belongs to no collection.
    pub(crate) collections: &'a [&'a str],
}

/// A key as it is kept; the catalogue gives it an id and keeps that next to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyRecord {
    pub(super) actions: Vec<String>,
    #[serde(default)]
    pub(super) autodelete: bool,
    pub(super) collections: Vec<String>,
    pub(super) description: String,
    /// Seconds since 1970.
    pub(super) expires_at: u64,
    pub(super) value: String,
}

impl KeyRecord {
    /// The form in the catalogue.
    pub(super) fn to_stored(&self) -> Result<Value, KeyError> {
        serde_json::to_value(self).map_err(|_| KeyError::NotStorable)
    }

    /// Out of the catalogue. What is wrong with it is not said: that could quote a value.
    pub(super) fn from_stored(id: u64, stored: Value) -> Result<Self, KeyError> {
        serde_json::from_value(stored).map_err(|_| KeyError::Damaged { id })
    }

    /// Whether it can do nothing but search.
    pub(super) fn only_searches(&self) -> bool {
        matches!(self.actions.as_slice(), [only] if only == SEARCH)
    }
}

/// Reads the body of a request for a key; the value is empty if one is to be made.
pub(super) fn read(body: &Value) -> Result<KeyRecord, KeyError> {
    let needed = |name: &'static str| body.get(name).ok_or(KeyError::Missing { name });
    let description = needed("description")?;
    let actions = needed("actions")?;
    let collections = needed("collections")?;
    let expires_at = match body.get("expires_at") {
        None => NEVER,
        Some(given) => given.as_u64().ok_or(KeyError::MalformedEnd)?,
    };
    let value = match body.get("value") {
        None => String::new(),
        Some(Value::String(value)) if value.is_empty() => return Err(KeyError::EmptyValue),
        Some(given) => read_text(given, KeyError::NotText { what: "value" })?,
    };
    Ok(KeyRecord {
        actions: read_list(actions, "actions")?,
        autodelete: body.get("autodelete") == Some(&Value::Bool(true)),
        collections: read_list(collections, "collections")?,
        description: read_text(
            description,
            KeyError::NotText {
                what: "description",
            },
        )?,
        expires_at,
        value,
    })
}

fn read_text(given: &Value, otherwise: KeyError) -> Result<String, KeyError> {
    let text = given.as_str().ok_or(otherwise)?;
    if text.len() > LONGEST_TEXT {
        return Err(KeyError::TextTooLong { most: LONGEST_TEXT });
    }
    Ok(text.to_owned())
}

fn read_list(given: &Value, name: &'static str) -> Result<Vec<String>, KeyError> {
    let array = given.as_array().filter(|entries| !entries.is_empty());
    let entries = array.ok_or(KeyError::NotAList { name })?;
    if entries.len() > MOST_ENTRIES {
        let most = MOST_ENTRIES;
        return Err(KeyError::ListTooLong { name, most });
    }
    let texts = entries
        .iter()
        .map(|entry| read_text(entry, KeyError::NotAList { name }));
    texts.collect()
}

/// A key that is ready to be asked.
#[derive(Debug)]
pub(crate) struct Key {
    id: u64,
    record: KeyRecord,
    collections: Vec<NamePattern>,
}

#[derive(Debug)]
enum NamePattern {
    All,
    Matching(Regex),
    /// What is not an expression means nothing.
    None,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.record == other.record
    }
}

impl Key {
    pub(super) fn new(id: u64, record: KeyRecord) -> Self {
        let collections = record.collections.iter().map(|one| names(one)).collect();
        Self {
            id,
            record,
            collections,
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn value(&self) -> &str {
        &self.record.value
    }

    /// The first characters of the value.
    pub(super) fn prefix(&self) -> String {
        self.record.value.chars().take(PREFIX).collect()
    }

    fn shown(&self) -> Value {
        let record = &self.record;
        let mut shown = json!({
            "actions": record.actions,
            "collections": record.collections,
            "description": record.description,
            "expires_at": record.expires_at,
            "id": self.id,
        });
        if record.autodelete {
            shown["autodelete"] = Value::Bool(true);
        }
        shown
    }

    /// The answer to the one who makes it.
    pub(super) fn with_value(&self) -> Value {
        let mut shown = self.shown();
        shown["value"] = Value::String(self.record.value.clone());
        shown
    }

    /// The form in lists.
    pub(super) fn without_value(&self) -> Value {
        let mut shown = self.shown();
        shown["value_prefix"] = Value::String(self.prefix());
        shown
    }

    /// Whether it is to be deleted by itself.
    pub(super) fn is_over(&self, now: u64) -> bool {
        self.record.autodelete && self.record.expires_at < now
    }

    /// Whether scoped keys may be made of it: it can do nothing but search.
    pub(super) fn may_be_scoped(&self) -> bool {
        self.record.only_searches()
    }

    pub(super) fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// Whether a collection of this name is in its reach. The empty name, which stands for what
    /// concerns all, is matched by no expression.
    pub(super) fn covers(&self, collection: &str) -> bool {
        self.collections.iter().any(|names| match names {
            NamePattern::All => true,
            NamePattern::Matching(expression) => {
                !collection.is_empty() && expression.is_match(collection)
            }
            NamePattern::None => false,
        })
    }

    /// Whether every collection of another key is covered by this one, as far as can be told: an
    /// expression is if it stands in this key, too, a plain name if this key matches it.
    pub(super) fn oversees(&self, other: &KeyRecord) -> bool {
        other.collections.iter().all(|wanted| {
            let is_plain = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
            let is_name = wanted.chars().all(is_plain);
            self.collections
                .iter()
                .any(|names| matches!(names, NamePattern::All))
                || self.record.collections.contains(wanted)
                || (is_name && self.covers(wanted))
        })
    }

    /// Whether another key permits no action that this one does not, and no longer than this one.
    pub(super) fn outranks(&self, other: &KeyRecord) -> bool {
        let own = &self.record;
        other.expires_at <= own.expires_at
            && other
                .actions
                .iter()
                .all(|wanted| own.actions.iter().any(|one| allows(one, wanted)))
    }

    pub(super) fn permits(&self, request: AccessRequest<'_>, now: u64) -> bool {
        self.record.expires_at >= now
            && self
                .record
                .actions
                .iter()
                .any(|one| allows(one, request.action))
            && request.collections.iter().all(|name| self.covers(name))
    }
}

/// Whether an action of a key is the one asked for: itself, `*`, or `resource:*`.
fn allows(action: &str, asked: &str) -> bool {
    let of_resource = action
        .strip_suffix('*')
        .filter(|resource| resource.ends_with(':'));
    action == asked
        || action == "*"
        || of_resource.is_some_and(|resource| asked.starts_with(resource))
}

fn names(expression: &str) -> NamePattern {
    if matches!(expression, "*" | ".*") {
        return NamePattern::All;
    }
    // By itself first: `a)|(b` is not an expression, but between parentheses it would be one.
    let compile = |text: &str| {
        RegexBuilder::new(text)
            .size_limit(LARGEST_EXPRESSION)
            .build()
            .ok()
    };
    compile(expression)
        .and_then(|_| compile(&format!("^(?:{expression})$")))
        .map_or(NamePattern::None, NamePattern::Matching)
}

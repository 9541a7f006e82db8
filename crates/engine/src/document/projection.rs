//! Which parts of a document are answered: `include_fields` and `exclude_fields`.

use serde_json::{Map, Value};

use super::paths::is_inside;

/// Names, dotted paths and `*` patterns; excluding wins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projection<'a> {
    pub(crate) include: &'a [String],
    pub(crate) exclude: &'a [String],
}

impl Projection<'_> {
    /// The parts of a document that are asked for.
    pub(crate) fn of(&self, document: Value) -> Value {
        if self.include.is_empty() && self.exclude.is_empty() {
            return document;
        }
        match document {
            Value::Object(members) => Value::Object(self.members(members, "")),
            other => other,
        }
    }

    /// Whether a member of a document, or a part of it, may be among what is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        !self.exclude.iter().any(|pattern| matches(pattern, name))
            && (self.include.is_empty()
                || self
                    .include
                    .iter()
                    .any(|pattern| covers(pattern, name) || is_inside(pattern, name)))
    }

    fn members(&self, members: Map<String, Value>, parent: &str) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in members {
            let path = if parent.is_empty() {
                name.clone()
            } else {
                format!("{parent}.{name}")
            };
            if self.exclude.iter().any(|pattern| matches(pattern, &path)) {
                continue;
            }
            let whole = self.include.is_empty()
                || self.include.contains(&path)
                || self.include.iter().any(|pattern| covers(pattern, &path));
            let within = |pattern: &String| is_inside(pattern, &path);
            let into =
                self.exclude.iter().any(within) || (!whole && self.include.iter().any(within));
            if !whole && !into {
                continue;
            }
            match value {
                Value::Object(inner) if into => {
                    let empty = inner.is_empty();
                    let inner = self.members(inner, &path);
                    if whole || empty || !inner.is_empty() {
                        kept.insert(name, Value::Object(inner));
                    }
                }
                Value::Array(items) if into && items.iter().any(Value::is_object) => {
                    let items = items.into_iter().map(|item| match item {
                        Value::Object(inner) => Value::Object(self.members(inner, &path)),
                        other => other,
                    });
                    kept.insert(name, Value::Array(items.collect()));
                }
                value if whole => {
                    kept.insert(name, value);
                }
                _ => {}
            }
        }
        kept
    }
}

/// Whether a pattern names a path or one of its parents.
fn covers(pattern: &str, path: &str) -> bool {
    matches(pattern, path)
        || path.match_indices('.').any(|(at, _)| {
            path.get(..at)
                .is_some_and(|parent| matches(pattern, parent))
        })
}

/// Whether a pattern, which may end with `*`, names a path.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => pattern == path,
    }
}

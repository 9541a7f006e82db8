//! Dotted paths into documents, such as `author.name`.

use serde_json::Value;

/// The leaves at a name or dotted path, arrays opened.
pub(crate) fn values_at<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            if let Some(member) = members.get(path) {
                leaves(member, found);
                return;
            }
            // A key may itself hold dots, so each way to part the path is tried.
            for (at, _) in path.match_indices('.') {
                let (Some(head), Some(tail)) = (path.get(..at), path.get(at + 1..)) else {
                    continue;
                };
                if let Some(member) = members.get(head) {
                    values_at(member, tail, found);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                values_at(item, path, found);
            }
        }
        _ => {}
    }
}

fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => {
            for item in items {
                leaves(item, found);
            }
        }
        Value::Null | Value::Object(_) => {}
        leaf => found.push(leaf),
    }
}

/// Whether a dotted name leads into the member of this name.
pub(crate) fn is_inside(path: &str, name: &str) -> bool {
    path.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('.'))
}

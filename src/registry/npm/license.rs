//! The licence of a manifest: a text, an object, or the lists of former times.

use serde_json::{Map, Value};

use super::values::{non_empty, text};

/// The licence as one text, an expression if there are several; empty if there is none.
pub(super) fn license(manifest: &Map<String, Value>) -> String {
    let stated = manifest.get("license").map(names).unwrap_or_default();
    let all = match manifest.get("licenses") {
        Some(licenses) if stated.is_empty() => names(licenses),
        _ => stated,
    };
    match all.as_slice() {
        [] => String::new(),
        [license] => license.clone(),
        // A list has always meant a choice.
        several => format!("({})", several.join(" OR ")),
    }
}

fn names(value: &Value) -> Vec<String> {
    let name = |value: &Value| match value {
        Value::String(text) => non_empty(text).map(str::to_owned),
        Value::Object(object) => text(object, "type")
            .or_else(|| text(object, "name"))
            .map(str::to_owned),
        _ => None,
    };
    match value {
        Value::Array(licenses) => {
            let mut names: Vec<String> = licenses.iter().filter_map(name).collect();
            names.dedup();
            names
        }
        one => name(one).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::license;

    #[test]
    fn licences_have_many_forms() {
        for (manifest, expected) in [
            (json!({"license": "MIT"}), "MIT"),
            (
                json!({"license": {"type": "MIT", "url": "https://a"}}),
                "MIT",
            ),
            (json!({"license": "", "licenses": [{"type": "MIT"}]}), "MIT"),
            (
                json!({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}),
                "(MIT OR GPL-2.0)",
            ),
            (json!({"licenses": {"type": "BSD"}}), "BSD"),
            (json!({"licenses": "MIT/X11"}), "MIT/X11"),
            (json!({"license": ["MIT", "MIT"]}), "MIT"),
            (json!({"license": null, "licenses": [7]}), ""),
            (json!({}), ""),
        ] {
            assert_eq!(
                manifest.as_object().map(license),
                Some(expected.to_owned()),
                "{manifest}"
            );
        }
    }
}

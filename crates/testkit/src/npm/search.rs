//! The search of the fake registry, and how it lies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::package::Package;
use crate::service::ReceivedRequest;

/// How the search answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeSearch {
    /// Packages that it does not know yet, or no longer.
    pub hidden: BTreeSet<String>,
    /// Results on a page at most; 0 for as many as are asked for.
    pub page: usize,
    /// Every page is the first one.
    pub repeats: bool,
    /// Results that it promises beyond those it has.
    pub promised: usize,
    /// Results say nothing of downloads, as those of private registries.
    pub without_counts: bool,
}

impl FakeSearch {
    pub(super) fn answer(
        &self,
        packages: &BTreeMap<String, Package>,
        request: &ReceivedRequest,
    ) -> Value {
        let text = request.parameter("text").unwrap_or_default();
        let number = |key, default| {
            let given = request.parameter(key).and_then(|value| value.parse().ok());
            given.unwrap_or(default)
        };
        let (size, mut from): (usize, usize) = (number("size", 20), number("from", 0));
        let names: Vec<&String> = packages
            .iter()
            .filter(|(name, package)| {
                !self.hidden.contains(*name) && !package.is_hidden() && {
                    match text.split_once(':') {
                        Some(("keywords", keyword)) => {
                            package.keywords().contains(&keyword.to_lowercase())
                        }
                        // As the real one, it finds more than the scope.
                        Some(("scope", scope)) => name.contains(scope),
                        _ => name.contains(&text),
                    }
                }
            })
            .map(|(name, _)| name)
            .collect();
        if self.repeats {
            from = 0;
        }
        let size = if self.page == 0 {
            size
        } else {
            size.min(self.page)
        };
        let shown = names.iter().skip(from).take(size);
        let objects: Vec<Value> = shown
            .map(|name| {
                let package = &packages[name.as_str()];
                let latest = &package.document["dist-tags"]["latest"];
                let mut result = json!({
                    "package": {"name": name, "version": latest, "keywords": package.keywords()},
                    "dependents": "3",
                });
                if !self.without_counts {
                    result["downloads"] = json!({"weekly": 70, "monthly": 300});
                }
                result
            })
            .collect();
        json!({
            "objects": objects, "total": names.len() + self.promised,
            "time": "2026-01-01T00:00:00.000Z",
        })
    }
}

//! The facts of a project: what is known about a package that its releases do not say.
//!
//! Enrichers wrote them, and a registry run replaces whole documents, so it puts them back: from the
//! shared disk cache and, where that has none, from the documents that the collection holds.
//! Advisories that come with a registry's answer are facts too, with source and time. Loaded by
//! `examine`, put into documents by `build`.

use std::collections::{HashMap, HashSet};

use futures::TryStreamExt;
use serde_json::{Map, Value};

use super::error::RunError;
use super::run::Run;
use crate::model::{Advisories, Advisory, Document, FactGroup, Owner, ProjectName, RegistryKind};
use crate::search::filter;
use crate::store::ledger::WrittenRecord;

/// Longer names are looked up document by document: servers limit a query.
const LONGEST_FILTER: usize = 1_000;
/// Facts about a single release.
const OF_RELEASE: [&str; 3] = [
    "has_vulnerabilities",
    "vulnerabilities",
    "vulnerabilities_checked",
];

/// What is known about one project.
#[derive(Debug, Clone, Default)]
pub(super) struct ProjectFacts {
    /// True of every release.
    package: Map<String, Value>,
    /// By version.
    release: HashMap<String, Map<String, Value>>,
    /// Ids of the documents that the collection has just shown as the project's own.
    own_ids: HashSet<String>,
}

impl ProjectFacts {
    /// Reads everything that is known about `name`; asks the collection only if it holds documents
    /// of it.
    pub(super) async fn load(
        run: &Run,
        name: &ProjectName,
        stored: Option<&WrittenRecord>,
    ) -> Result<Self, RunError> {
        let mut facts = Self::default();
        if let Some(stored) = stored {
            facts.export_stored(run, name, stored).await?;
        }
        let package = run.cache.read_package_facts(name).await;
        facts.package.extend(package);
        Ok(facts)
    }

    /// The facts of one release, in place of whatever the document carries.
    pub(super) fn apply(&self, document: &mut Document) {
        document.facts.extend(self.package.clone());
        if !document.is_latest {
            let is_standing = |field: &String| FactGroup::STANDING.fields.contains(&field.as_str());
            document.facts.retain(|field, _| !is_standing(field));
        }
        if let Some(release) = self.release.get(&document.version) {
            document.facts.extend(release.clone());
        }
    }

    /// Takes the ids of the project's documents in the collection, as far as they were found.
    pub(super) fn take_own_ids(&mut self) -> HashSet<String> {
        std::mem::take(&mut self.own_ids)
    }

    async fn export_stored(
        &mut self,
        run: &Run,
        name: &ProjectName,
        record: &WrittenRecord,
    ) -> Result<(), RunError> {
        let Run {
            search, collection, ..
        } = run;
        // Equality of texts ignores punctuation, so the filter may find neighbours too.
        let quoted =
            filter::quote(&record.display_name).filter(|quoted| quoted.len() <= LONGEST_FILTER);
        if let Some(quoted) = quoted {
            let filter = format!("name:={quoted}");
            let fields = ["version"].into_iter().chain(Document::fact_fields());
            let fields = fields.chain(Owner::FIELDS.iter().copied());
            let fields: Vec<&str> = fields.collect();
            let lines = search.export(collection, Some(&filter), &fields);
            let mut lines = std::pin::pin!(lines);
            while let Some(line) = lines.try_next().await? {
                let stored: Map<String, Value> = serde_json::from_slice(&line).unwrap_or_default();
                self.add_document(run, name, stored, record);
            }
        } else {
            for entry in &record.documents.0 {
                if let Some(stored) = search.fetch_document(collection, &entry.id).await? {
                    self.add_document(run, name, stored, record);
                }
            }
        }
        Ok(())
    }

    fn add_document(
        &mut self,
        run: &Run,
        name: &ProjectName,
        stored: Map<String, Value>,
        record: &WrittenRecord,
    ) {
        let text = |key| {
            stored
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if !run.is_owner(&Owner::of(&stored), name) {
            return;
        }
        self.own_ids.insert(text("id"));
        let version = text("version");
        let is_latest = record.latest.as_ref() == Some(&version);
        for (field, value) in stored {
            if !Document::is_fact(&field) {
                continue;
            }
            if OF_RELEASE.contains(&field.as_str()) {
                self.release
                    .entry(version.clone())
                    .or_default()
                    .insert(field, value);
            } else if is_latest {
                // The peer enriches one document of a package: any value beats none, that of
                // the latest release beats the others.
                self.package.insert(field, value);
            } else {
                self.package.entry(field).or_insert(value);
            }
        }
    }
}

/// What a registry's answer says about a release's advisories, as facts; `None` where an entry
/// names no vulnerability, so that it is not mistaken for "none". `now` in Unix seconds.
#[must_use]
pub(super) fn advisory_facts(
    vulnerabilities: &[Value],
    registry: RegistryKind,
    now: i64,
) -> Option<Map<String, Value>> {
    let is_named = |entry: &Value| {
        let id = entry.get("id").and_then(Value::as_str);
        id.is_some_and(|id| !id.is_empty())
    };
    if !vulnerabilities.iter().all(is_named) {
        return None;
    }
    let known = vulnerabilities.iter().filter_map(Advisory::read);
    let of_registry = known.map(|advisory| Advisory {
        source: registry.as_str().to_owned(),
        ..advisory
    });
    Some(Advisories::new(of_registry, now).facts())
}

/// Merges what a registry says about a release into what the document carries; the newer counts.
pub(super) fn merge_advisories(document: &mut Document, stated: &Map<String, Value>) {
    let carried = Advisories::of_facts(&document.facts);
    let Some(stated) = Advisories::of_facts(stated) else {
        return;
    };
    let merged = match carried {
        Some(carried) => stated.merged(carried),
        None => stated,
    };
    document.facts.extend(merged.facts());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{advisory_facts, merge_advisories};
    use crate::model::{Document, RegistryKind};

    fn advisories(vulnerabilities: &[Value], now: i64) -> Option<serde_json::Map<String, Value>> {
        advisory_facts(vulnerabilities, RegistryKind::PyPi, now)
    }

    #[test]
    fn withdrawn_advisories_do_not_count() {
        let withdrawn = json!({"id": "A", "withdrawn": "2026-01-01T00:00:00Z"});
        let standing = json!({"id": "B", "withdrawn": null, "details": "long", "source": "osv"});
        let said = |entries: &[Value]| advisories(entries, 1).unwrap_or_default();
        assert_eq!(
            said(std::slice::from_ref(&withdrawn))["has_vulnerabilities"],
            json!(false)
        );
        let facts = said(&[withdrawn, standing]);
        assert_eq!(facts["has_vulnerabilities"], json!(true));
        assert_eq!(
            facts["vulnerabilities"],
            json!([{"id": "B", "source": "pypi"}])
        );
        assert_eq!(facts["vulnerabilities_checked"], json!(1));
    }

    #[test]
    fn an_entry_that_names_nothing_is_not_taken_for_none() {
        for entry in [
            json!({}),
            json!([]),
            json!(null),
            json!({"id": ""}),
            json!({"id": 5}),
        ] {
            assert_eq!(advisories(&[json!({"id": "A"}), entry], 1), None);
        }
    }

    #[test]
    fn what_a_document_carries_is_not_replaced_by_what_is_older() {
        let carried = json!({
            "has_vulnerabilities": true, "is_malicious": false, "vulnerabilities_checked": 10, "github_stars": 1,
            "vulnerabilities": [{"id": "A", "severity": "high", "source": "osv"}],
        });
        let document = Document {
            facts: carried.as_object().cloned().unwrap_or_default(),
            ..Document::default()
        };
        let mut kept = document.clone();
        let said = |entries: &[Value], now| advisories(entries, now).unwrap_or_default();
        merge_advisories(&mut kept, &said(&[], 5));
        assert_eq!(kept, document);
        let mut renewed = document.clone();
        merge_advisories(&mut renewed, &said(&[json!({"id": "A"})], 20));
        assert_eq!(
            renewed.facts["vulnerabilities"],
            json!([{"id": "A", "severity": "high", "source": "pypi"}])
        );
        let mut cleared = document;
        merge_advisories(&mut cleared, &said(&[], 20));
        assert_eq!(cleared.facts["has_vulnerabilities"], json!(false));
        assert_eq!(cleared.facts["github_stars"], json!(1));
    }
}

//! The schema of our collections, and whether a collection of another program can hold our
//! documents.
//!
//! Names, types and flags are those that existing front ends and tools rely on; what we add is
//! optional, so that it can be added to a collection that is in use. Numbers have explicit types:
//! the server fixes a type `auto` by the first value it sees, for good.
//!
//! Nested values for display ([`DISPLAYED`]) are not declared. The server stores them as they
//! are; declared as `object` or `object[]` it would, up to version 0.24, leave a flattened copy of
//! each part in every document that is updated.

use std::fmt;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{Collection, Field, NewCollection};

/// Nested values that documents carry for display only, with the type of ours.
pub const DISPLAYED: &[(&str, &str)] = &[
    ("project_urls", "object"),
    ("urls", "object[]"),
    ("contributors", "object[]"),
    ("vulnerabilities", "object[]"),
    ("health_score_breakdown", "object"),
];

/// Properties that a collection passes on to the one that replaces it.
const INHERITED: [&str; 4] = [
    "symbols_to_index",
    "synonym_sets",
    "curation_sets",
    "metadata",
];

/// Characters that separate words, in addition to spaces.
const TOKEN_SEPARATORS: [&str; 5] = [".", "-", "_", "@", "/"];

impl NewCollection {
    /// A collection with our schema.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            fields: fields().to_vec(),
            default_sorting_field: "name_sortable".to_owned(),
            enable_nested_fields: true,
            token_separators: TOKEN_SEPARATORS.map(str::to_owned).to_vec(),
            other: Map::new(),
        }
    }

    /// A collection with the schema of `model`, unchanged.
    #[must_use]
    pub fn with_same_schema(name: &str, model: &Collection) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        for field in &model.fields {
            // The server lists `auto` and the type that a value has fixed; it will do so again.
            if fields.iter().all(|one| one.name != field.name) {
                fields.push(field.clone());
            }
        }
        Self {
            name: name.to_owned(),
            fields,
            default_sorting_field: model.default_sorting_field.clone(),
            enable_nested_fields: model.enable_nested_fields,
            token_separators: model.token_separators.clone(),
            other: inherited_properties(model),
        }
    }

    /// A collection with our schema that keeps what the owner of `model` has added to it: fields
    /// that we do not write, flags of those that we do, and the properties in [`INHERITED`].
    #[must_use]
    pub fn with_extended_schema(name: &str, model: &Collection) -> Self {
        let mut collection = Self::named(name);
        for field in &mut collection.fields {
            if let Some(there) = find_field(model, &field.name)
                && there.kind == field.kind
            {
                field.facet |= there.facet;
                field.sort |= there.sort;
                field.index |= there.index;
                field.other = there.other.clone();
            }
        }
        let own = model.fields.iter().filter(|field| {
            let head = field.name.split_once('.').map_or("", |(head, _)| head);
            let is_ours = fields().iter().any(|ours| ours.name == field.name);
            let is_displayed =
                |name: &str| DISPLAYED.iter().any(|(displayed, _)| *displayed == name);
            !is_ours && !is_displayed(&field.name) && !is_displayed(head) && field.name != "id"
        });
        // Documents of ours may lack them.
        collection.fields.extend(own.map(|field| Field {
            optional: true,
            ..field.clone()
        }));
        collection.other = inherited_properties(model);
        collection
    }
}

/// The properties in [`INHERITED`] that a collection has.
fn inherited_properties(model: &Collection) -> Map<String, Value> {
    let inherited = model.other.iter().filter(|(key, value)| {
        INHERITED.contains(&key.as_str()) && !value.is_null() && *value != &Value::Array(Vec::new())
    });
    inherited
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Whether a document may do without this field: declared optional, or not declared at all.
#[must_use]
pub fn is_optional(name: &str) -> bool {
    fields()
        .iter()
        .all(|field| field.name != name || field.optional)
}

/// All declared fields of our documents.
#[must_use]
pub fn fields() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(declare_fields);
    &FIELDS
}

#[expect(clippy::too_many_lines, reason = "a table of fields")]
fn declare_fields() -> Vec<Field> {
    let mut fields = Vec::new();
    let mut declare = |kind: &str, flags: &[Flag], names: &str| {
        fields.extend(
            names
                .split_whitespace()
                .map(|name| Field::new(name, kind, flags)),
        );
    };
    declare("string", &[Facet], "identifier name");
    declare(
        "string",
        &[],
        "author author_email bugtrack_url description description_content_type license \
         maintainer maintainer_email platform release_url summary version",
    );
    declare(
        "string[]",
        &[Facet],
        "classifiers framework_versions keywords python_versions",
    );
    declare("string[]", &[], "requires_dist");
    declare(
        "string",
        &[Optional],
        "title first_chapter main_content changelog",
    );
    declare(
        "string",
        &[Unindexed],
        "docs_url home_page package_url project_url repository_url yanked_reason",
    );
    declare(
        "string",
        &[Facet, Sort],
        "name_sortable version_raw version_sortable",
    );
    declare(
        "int32",
        &[Sort],
        "version_major version_minor version_bugfix",
    );
    declare("string", &[Sort], "version_postfix");
    declare("int64", &[Optional, Sort], "upload_timestamp");
    declare("bool", &[Facet, Sort], "yanked");
    declare(
        "string",
        &[Optional, Facet],
        "registry npm_scope trusted_publisher",
    );
    declare(
        "float",
        &[Optional, Sort],
        "npm_quality_score npm_popularity_score npm_maintenance_score npm_final_score",
    );
    declare(
        "int64",
        &[Optional, Facet, Sort],
        "github_stars github_watchers github_open_issues download_last_day download_last_week \
         download_last_month download_total",
    );
    // Unix seconds; other writers of the same collection send them with a fraction.
    declare("float", &[Optional, Facet, Sort], "github_updated");
    declare("float", &[Optional, Sort], "download_updated");
    declare(
        "int64",
        &[Optional, Sort],
        "github_forks github_open_pull_requests github_closed_issues github_pushed github_checked",
    );
    declare(
        "string",
        &[Optional, Facet],
        "github_license github_language",
    );
    declare("string[]", &[Optional, Facet], "github_topics");

    declare(
        "bool",
        &[Optional, Facet, Sort],
        "is_latest has_vulnerabilities github_archived is_malicious provenance has_twins",
    );
    declare("string", &[Optional, Sort], "version_order");
    declare("int64", &[Optional, Sort], "serial");
    declare("string", &[Optional, Facet], "license_spdx download_source");
    declare(
        "string[]",
        &[Optional, Facet],
        "maintainers requires_names peer_dependencies peer_versions twins",
    );
    declare("string[]", &[Optional], "name_joined npm_dist_tags");
    declare("string", &[Optional], "repository_directory");
    declare("int64", &[Optional, Sort], "unpacked_size");
    declare("string", &[Optional, Facet], "status health_band");
    declare(
        "int64",
        &[Optional, Sort],
        "first_upload activity_checked activity_last_human_response",
    );
    declare("float", &[Optional, Sort], "activity_first_response");
    declare(
        "int32",
        &[Optional, Sort],
        "health_score release_count dependents search_rank activity_bus_factor activity_contributors \
         activity_merge_rate activity_new_contributors activity_open_issues_growth",
    );
    declare(
        "string",
        &[Unindexed],
        "requires_python github_url github_release fixed_in",
    );
    fields
}

/// What keeps `theirs` from holding our documents, and what would merely be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Fields to add; all optional, so that one [`add_fields`](super::Client::add_fields) does.
    pub missing: Vec<Field>,
    /// What cannot be added: the collection has to be recreated.
    pub conflicts: Vec<Conflict>,
}

/// A field that cannot hold what we write, or that wants what we do not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Name of the field.
    pub field: String,
    /// Our type, followed by `optional` where documents may lack it; `not written` without one.
    pub ours: String,
    /// The type in the collection, followed by `required` where that is the conflict.
    pub theirs: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            ours,
            theirs,
        } = self;
        write!(
            formatter,
            "`{field}` is {theirs} in the collection and {ours} in our documents"
        )
    }
}

/// Compares our fields with those of a collection that exists.
///
/// A type fits where every value of ours can be stored in it and keeps its meaning: `auto` fits
/// all, a number fits a wider one (the fraction of a time may go). Flags such as `facet` are the
/// owner's business.
#[must_use]
pub fn compare(theirs: &Collection) -> Comparison {
    let ours = fields();
    let mut comparison = Comparison::default();
    for field in ours {
        match find_field(theirs, &field.name) {
            None => comparison.missing.push(Field {
                optional: true,
                ..field.clone()
            }),
            Some(there) if !fits(&field.kind, &there.kind) => {
                comparison.conflicts.push(Conflict {
                    field: field.name.clone(),
                    ours: field.kind.clone(),
                    theirs: there.kind.clone(),
                });
            }
            Some(there) if field.optional && !there.optional => {
                comparison.conflicts.push(Conflict {
                    field: field.name.clone(),
                    ours: format!("{}, optional", field.kind),
                    theirs: format!("{}, required", there.kind),
                });
            }
            Some(_) => {}
        }
    }
    for (name, kind) in DISPLAYED {
        if let Some(there) = find_field(theirs, name)
            && !(fits(kind, &there.kind) && there.optional)
        {
            comparison.conflicts.push(Conflict {
                field: (*name).to_owned(),
                ours: format!("{kind}, optional"),
                theirs: describe_type(there),
            });
        }
    }
    for there in &theirs.fields {
        let written = ours.iter().any(|field| field.name == there.name)
            || DISPLAYED.iter().any(|(name, _)| *name == there.name);
        if !written && !there.optional {
            comparison.conflicts.push(Conflict {
                field: there.name.clone(),
                ours: "not written".to_owned(),
                theirs: describe_type(there),
            });
        }
    }
    comparison
}

/// The field as the server enforces it: by the type that a value has fixed, if it is also `auto`.
fn find_field<'a>(collection: &'a Collection, name: &str) -> Option<&'a Field> {
    let mut named = collection.fields.iter().filter(|field| field.name == name);
    named
        .clone()
        .find(|field| field.kind != "auto")
        .or_else(|| named.next())
}

fn fits(ours: &str, theirs: &str) -> bool {
    match theirs {
        "auto" => true,
        "string*" => matches!(ours, "string" | "string[]"),
        "int64" | "float" => matches!(ours, "int32" | "int64" | "float"),
        _ => ours == theirs,
    }
}

fn describe_type(field: &Field) -> String {
    let suffix = if field.optional { "" } else { ", required" };
    format!("{}{suffix}", field.kind)
}

use Flag::{Facet, Optional, Sort, Unindexed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Facet,
    Optional,
    Sort,
    /// Stored for display; older servers want such fields optional.
    Unindexed,
}

impl Field {
    fn new(name: &str, kind: &str, flags: &[Flag]) -> Self {
        let has = |flag| flags.contains(&flag);
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            facet: has(Facet),
            index: !has(Unindexed),
            optional: has(Optional) || has(Unindexed),
            sort: has(Sort),
            other: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Collection, Comparison, DISPLAYED, Field, Flag, compare, fields, is_optional};

    /// Our own schema, with some fields replaced or added.
    fn theirs(changed: &[(&str, &str, &[Flag])]) -> Collection {
        let mut collection = Collection {
            fields: fields().to_vec(),
            ..Collection::default()
        };
        for (name, kind, flags) in changed {
            collection
                .fields
                .retain(|field| field.name != *name || field.kind == "auto");
            collection.fields.push(Field::new(name, kind, flags));
        }
        collection
    }

    fn conflicts(changed: &[(&str, &str, &[Flag])]) -> Vec<String> {
        let comparison = compare(&theirs(changed));
        comparison
            .conflicts
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_can_hold_our_documents_is_no_conflict() {
        let optional = &[Flag::Optional][..];
        for change in [
            ("github_stars", "auto", optional),
            ("github_stars", "float", optional),
            ("health_score", "int64", optional),
            ("github_updated", "int64", optional),
            ("classifiers", "string*", &[]),
            ("author", "string", optional),
            ("contributors", "object[]", &[Flag::Unindexed]),
            ("contributors", "auto", &[Flag::Unindexed]),
            ("project_urls", "object", optional),
            ("somebody_elses", "int32", optional),
        ] {
            assert_eq!(
                compare(&theirs(&[change])),
                Comparison::default(),
                "{change:?}"
            );
        }
    }

    #[test]
    fn what_cannot_hold_our_documents_is_named() {
        for (change, expected) in [
            (
                ("name", "string[]", &[][..]),
                "`name` is string[] in the collection and string in our documents",
            ),
            (
                ("upload_timestamp", "int32", &[Flag::Optional]),
                "`upload_timestamp` is int32 in the collection and int64 in our documents",
            ),
            (
                ("serial", "int64", &[]),
                "`serial` is int64, required in the collection and int64, optional in our \
                 documents",
            ),
            (
                ("project_urls", "string", &[Flag::Optional]),
                "`project_urls` is string in the collection and object, optional in our documents",
            ),
            (
                ("rating", "float", &[]),
                "`rating` is float, required in the collection and not written in our documents",
            ),
        ] {
            assert_eq!(conflicts(&[change]), [expected]);
        }
    }

    #[test]
    fn the_type_that_a_value_has_fixed_counts() {
        let both: &[(&str, &str, &[Flag])] = &[
            ("github_stars", "auto", &[Flag::Optional]),
            ("github_stars", "string", &[Flag::Optional]),
        ];
        assert_eq!(conflicts(both).len(), 1);
    }

    #[test]
    fn missing_fields_can_be_added_to_stored_documents() {
        let comparison = compare(&Collection::default());
        assert_eq!(comparison.missing.len(), fields().len());
        assert!(comparison.missing.iter().all(|field| field.optional));
        assert!(comparison.conflicts.is_empty());
    }

    #[test]
    fn the_schema_is_sound() {
        for (position, field) in fields().iter().enumerate() {
            assert!(
                fields()
                    .iter()
                    .skip(position + 1)
                    .all(|other| other.name != field.name)
            );
            assert!(
                DISPLAYED.iter().all(|(name, _)| *name != field.name),
                "{}",
                field.name
            );
            assert!(field.index || field.optional, "{}", field.name);
        }
        assert!(is_optional("health_score") && is_optional("contributors"));
        assert!(!is_optional("name"));
    }
}

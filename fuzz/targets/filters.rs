//! Filters: what is read prints as a text that reads the same, finds the same documents, and finds
//! what its parts find; what is not read is refused and finds nothing.

#![no_main]

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use pyfa_engine::collection::{Collection, ExportOptions};
use pyfa_engine::plan::{Condition, Filter, parse_filter};
use pyfa_engine::{EngineError, EngineResult, EngineSettings, ErrorCode};
use pyfa_fuzz::{collection, engine, fill};
use serde_json::json;

static PACKAGES: LazyLock<Arc<Collection>> = LazyLock::new(|| {
    let schema = json!({
        "fields": [
            {"name": "name", "type": "string", "facet": true, "optional": true},
            {"name": "tags", "type": "string[]", "facet": true, "optional": true},
            {"name": "stars", "type": "int64", "optional": true},
            {"name": "small", "type": "int32[]", "optional": true},
            {"name": "health", "type": "float", "optional": true},
            {"name": "yanked", "type": "bool", "optional": true},
            {"name": "place", "type": "geopoint", "optional": true},
            {"name": "author", "type": "object", "optional": true},
            {"name": "raw", "type": "string", "index": false, "optional": true},
        ],
        "enable_nested_fields": true,
        "token_separators": ["-", ".", "_"],
    });
    let packages = collection(&engine(), "packages", &schema);
    fill(
        &packages,
        &[
            json!({"id": "a", "name": "plone.restapi", "tags": ["Framework :: Plone", "Framework :: Plone :: 6.0", "Python :: 3"], "stars": 5, "health": 1.5, "yanked": true, "place": [48.1, 11.5], "small": [1, 2, 3], "author": {"name": "Jane"}}),
            json!({"id": "b", "name": "Plone.api", "tags": ["Framework :: Plone"], "stars": -7, "health": -2.25, "yanked": false, "place": [50.0, 11.5], "small": [4]}),
            json!({"id": "c", "name": "requests", "tags": ["Python :: 3"], "stars": 0, "health": 0.0, "yanked": false}),
            json!({"id": "d", "name": "", "tags": []}),
            json!({"id": "e f", "name": "~zz", "tags": ["x,y", "a:b"], "stars": i64::MAX, "health": 67.8}),
            json!({"id": "g", "name": "Zope", "tags": ["python 3"], "stars": i64::MIN, "author": {"name": "jane"}, "raw": "x"}),
            json!({"id": "h"}),
        ],
    );
    packages
});

/// The ids that a filter finds.
fn found(filter_by: &str) -> EngineResult<BTreeSet<String>> {
    let options = ExportOptions {
        filter_by: Some(filter_by.to_owned()),
        include_fields: vec!["id".to_owned()],
        ..ExportOptions::default()
    };
    let lines = PACKAGES.export(&options)?;
    lines
        .map(|line| Ok(String::from_utf8_lossy(&line?).into_owned()))
        .collect()
}

fn found_by(filter: &Filter) -> BTreeSet<String> {
    match found(&filter.to_string()) {
        Ok(found) => found,
        Err(problem) => panic!("{filter} was read from a filter and is refused: {problem}"),
    }
}

fuzz_target!(|text: &str| {
    let schema = PACKAGES.schema();
    let limits = EngineSettings::default();
    let filter = match parse_filter(text, &schema, &limits) {
        Ok(Some(filter)) => filter,
        Ok(None) => {
            assert_eq!(found(text).map(|found| found.len()), Ok(7));
            return;
        }
        Err(refused) => {
            let code = refused.kind.code();
            let expected = [ErrorCode::InvalidRequest, ErrorCode::NotFound];
            assert!(expected.contains(&code), "{refused:?}");
            assert!(refused.position <= text.len(), "{refused:?}");
            assert_eq!(found(text), Err(EngineError::from(refused)));
            return;
        }
    };
    let printed = filter.to_string();
    match parse_filter(&printed, &schema, &limits) {
        // Compared as text: a number that is none is not equal to itself.
        Ok(Some(again)) => assert_eq!(again.to_string(), printed, "{text}"),
        other => panic!("{text} prints as {printed}, which reads as {other:?}"),
    }
    let all = found(text);
    assert_eq!(all.as_ref(), Ok(&found_by(&filter)), "{text}: {printed}");
    let expected: BTreeSet<String> = match &filter {
        Filter::And(left, right) => &found_by(left) & &found_by(right),
        Filter::Or(left, right) => &found_by(left) | &found_by(right),
        Filter::Leaf(leaf) if !matches!(leaf.condition, Condition::Inside(..)) => {
            let mut opposite = leaf.clone();
            opposite.negated = !leaf.negated;
            let opposite = found_by(&Filter::Leaf(opposite));
            &found("").unwrap_or_default() - &opposite
        }
        Filter::Leaf(_) => return,
    };
    assert_eq!(all, Ok(expected), "{text}: {printed}");
});

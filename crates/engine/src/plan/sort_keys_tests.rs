//! Sort keys are read, or refused.

use proptest::prelude::*;

use super::filter::GeoPoint;
use super::plan_error::PlanError;
use super::sort_keys::*;
use super::test_schema::test_schema;
use crate::error::{EngineError, EngineResult};
use crate::http::http_status;
use crate::settings::EngineSettings;

fn read(text: &str) -> Result<Vec<SortKey>, PlanError> {
    parse(text, &test_schema(), &EngineSettings::default())
}

fn message(text: &str) -> String {
    match read(text) {
        Ok(keys) => format!("{keys:?}"),
        Err(error) => {
            let error = EngineError::from(error);
            format!("{} {}", http_status(error.code), error.message)
        }
    }
}

#[test]
fn keys_are_read_with_their_arguments() -> EngineResult<()> {
    let keys =
        read(" stars : DESC, name(missing_values: first):asc ,_text_match(buckets: 3):desc")?;
    let by: Vec<_> = keys.iter().map(|key| (&key.by, key.descending)).collect();
    assert_eq!(
        by,
        [
            (&SortBy::Integers(3, Missing::Normal), true),
            (&SortBy::Texts(1, Missing::First), false),
            (&SortBy::TextMatch { buckets: 3 }, true),
        ]
    );
    let keys = read("place(48.1, 11.5, exclude_radius: 2 km, precision: 3km):asc")?;
    let distance = Distance {
        field: 6,
        name: "place".to_owned(),
        from: GeoPoint {
            latitude: 48.1,
            longitude: 11.5,
        },
        exclude_radius: 2000.0,
        precision: 3000.0,
    };
    assert_eq!(
        keys.first().map(|key| &key.by),
        Some(&SortBy::Distance(distance))
    );
    let keys = read("_eval(tags:=[`a,b`, c] && (stars:>3)):desc")?;
    assert!(matches!(
        &keys[..],
        [SortKey {
            by: SortBy::Passes(_),
            ..
        }]
    ));
    assert_eq!(read("")?, []);
    Ok(())
}

#[test]
fn what_cannot_be_sorted_by_is_refused() {
    let cases = [
        ("stars", "400 Parameter `sort_by` is malformed."),
        ("stars:", "400 Parameter `sort_by` is malformed."),
        (
            "stars:desc,,name:asc",
            "400 Parameter `sort_by` is malformed.",
        ),
        ("stars)desc", "400 Parameter `sort_by` is malformed."),
        ("place(x,y):asc", "400 Parameter `sort_by` is malformed."),
        (
            "stars:up",
            "400 Order for field` stars` should be either ASC or DESC.",
        ),
        (
            "nope:asc",
            "404 Could not find a field named `nope` in the schema for sorting.",
        ),
        (
            "tags:asc",
            "404 Could not find a field named `tags` in the schema for sorting.",
        ),
        (
            ":asc",
            "404 Could not find a field named `` in the schema for sorting.",
        ),
        (
            "name(foo: x):asc",
            "400 Bad syntax for sorting field `name`",
        ),
        ("place(50):asc", "400 Bad syntax for sorting field `place`"),
        (
            "place(1,2,foo: 3 km):asc",
            "400 Bad syntax for sorting field `place`",
        ),
        (
            "_eval():asc",
            "400 The eval expression in sort_by is empty.",
        ),
        (
            "_eval(nope:1):asc",
            "404 Error parsing eval expression in sort_by clause.",
        ),
        (
            "_eval(stars):asc",
            "400 Error parsing eval expression in sort_by clause.",
        ),
        (
            "_eval(stars:1):asc,_eval(stars:2):asc",
            "422 Only one sorting eval expression is allowed.",
        ),
        (
            "_text_match(buckets: x):asc",
            "400 Invalid value passed for _text_match `buckets` configuration.",
        ),
        (
            "_text_match(bucket: 1):asc",
            "400 Invalid sorting parameter passed for _text_match.",
        ),
        (
            "stars:asc,name:asc,health:asc,_text_match:asc",
            "400 Only upto 3 sort fields are allowed.",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text), expected, "{text}");
    }
}

#[test]
fn scores_decide_last_unless_there_is_no_room() -> EngineResult<()> {
    let mut keys = read("stars:desc")?;
    add_text_match(&mut keys);
    assert_eq!(keys.last(), Some(&TEXT_MATCH));
    let mut keys = read("stars:desc,name:asc,health:asc")?;
    add_text_match(&mut keys);
    assert_eq!(keys.len(), 3);
    assert_eq!(
        default_keys(&test_schema(), &EngineSettings::default())?.len(),
        2
    );
    Ok(())
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "[a-z_:(),` \\[\\]0-9é]{0,40}|\\PC{0,40}") {
        let _ = read(&text);
    }
}

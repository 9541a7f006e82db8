//! Search parameters are read with their defaults, or refused.

use super::matching_options::Infix;
use super::search_parameters::SearchParameters;
use crate::error::{EngineError, EngineResult};
use crate::settings::EngineSettings;
use proptest::prelude::*;

fn read(text: &str) -> EngineResult<SearchParameters> {
    let pairs: Vec<(&str, &str)> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    Ok(SearchParameters::read(&pairs, &EngineSettings::default())?)
}

fn message(text: &str) -> String {
    match read(text) {
        Ok(_) => "fine".to_owned(),
        Err(problem) => format!(
            "{} {}",
            crate::http::http_status(problem.code),
            problem.message
        ),
    }
}

#[test]
fn defaults_are_those_of_the_api() -> EngineResult<()> {
    let parameters = read("q=x&query_by=a, b")?;
    assert_eq!(parameters.query_by, ["a", "b"]);
    assert_eq!(parameters.weights, [15, 14]);
    assert_eq!(parameters.prefix, [true, true]);
    assert_eq!(parameters.num_typos, [2, 2]);
    assert_eq!(parameters.infix, [Infix::Off, Infix::Off]);
    let window = (parameters.page, parameters.per_page, parameters.offset);
    assert_eq!(window, (1, 10, 0));
    assert_eq!(parameters.max_facet_values, 10);
    assert!(parameters.matching.prioritize_exact_match && parameters.highlight.list);
    assert_eq!(parameters.highlight.start_tag, "<mark>");
    Ok(())
}

#[test]
fn later_pairs_win_but_filters_add_up() -> EngineResult<()> {
    let parameters = read("q=x&q=y&filter_by=a:1&filter_by= &filter_by=b:2&page=2&page=3")?;
    assert_eq!(parameters.q, "y");
    assert_eq!(parameters.filter_by, ["a:1", "b:2"]);
    assert_eq!((parameters.page, parameters.offset), (3, 20));
    Ok(())
}

#[test]
fn weights_keep_their_order() -> EngineResult<()> {
    let weights = |text: &str| read(&format!("q=x&query_by=a,b,c,d&query_by_weights={text}"));
    for (text, expected) in [
        ("4,2,1,1", [4, 2, 1, 1]),
        ("1,2,3,4", [12, 13, 14, 15]),
        ("100,1,50,50", [15, 13, 14, 14]),
        ("15,15,15,1", [15, 15, 15, 1]),
        ("x", [15, 14, 13, 12]),
    ] {
        assert_eq!(weights(text)?.weights, expected, "{text}");
    }
    Ok(())
}

#[test]
fn a_window_may_be_a_page_or_an_offset() -> EngineResult<()> {
    let window = |text: &str| -> EngineResult<_> {
        let parameters = read(&format!("q=x&{text}"))?;
        Ok((parameters.offset, parameters.per_page))
    };
    assert_eq!(window("offset=7&limit=3")?, (7, 3));
    assert_eq!(window("offset=7&page=2")?, (10, 10));
    assert_eq!(window("page=3&per_page=5")?, (10, 5));
    assert_eq!(window("facet_by=a&facet_query=a:x")?, (0, 0));
    assert_eq!(window("facet_by=a&facet_query=a:x&per_page=2")?, (0, 2));
    Ok(())
}

#[test]
fn what_makes_no_sense_is_refused() {
    let number = |name: &str| format!("400 Parameter `{name}` must be an unsigned integer.");
    for name in [
        "per_page",
        "page",
        "max_facet_values",
        "limit_hits",
        "search_cutoff_ms",
    ] {
        for value in ["x", "-1", "", "1.5", "99999999999"] {
            assert_eq!(message(&format!("q=x&{name}={value}")), number(name));
        }
    }
    let format = "400 Pinned hits are not in expected format.";
    let range = "hits can be fetched. Ensure that `page` and `per_page` parameters are within \
                 this range.";
    let cases = [
        ("query_by=a", "400 Parameter `q` is required."),
        (
            "q=x&per_page=251",
            "422 Only upto 250 hits can be fetched per page.",
        ),
        (
            "q=x&page=0",
            "422 Page must be an integer of value greater than 0.",
        ),
        ("q=x&page=4294967295&per_page=250", "fine"),
        (
            "q=x&query_by=a&num_typos=x",
            "400 Number of values in `num_typos` does not match number of `query_by` fields.",
        ),
        ("q=x&query_by=a,b&num_typos=1,", "fine"),
        (
            "q=x&query_by=a,b&prefix=true,true,true",
            "400 Number of prefix values in `prefix` does not match number of `query_by` fields.",
        ),
        (
            "q=x&query_by=a&infix=zzz",
            "400 Number of infix values in `infix` does not match number of `query_by` fields.",
        ),
        (
            "q=x&query_by=a,b&query_by_weights=1",
            "400 Number of weights in `query_by_weights` does not match number of `query_by` fields.",
        ),
        (
            "q=x&group_by=a&group_limit=0",
            "400 Value of `group_limit` must be between 1 and 99.",
        ),
        (
            "q=x&group_by=a&group_limit=100",
            "400 Value of `group_limit` must be between 1 and 99.",
        ),
        ("q=x&group_limit=0", "fine"),
        (
            "q=x&facet_query=a:b",
            "400 The `facet_query` parameter is supplied without a `facet_by` parameter.",
        ),
        (
            "q=x&facet_by=a&facet_query=x",
            "400 Facet query must be in the `facet_field: value` format.",
        ),
        (
            "q=x&facet_by=a&facet_query=b:x",
            "400 Facet query refers to a facet field `b` that is not part of `facet_by` parameter.",
        ),
        ("q=x&pinned_hits=a", format),
        ("q=x&pinned_hits=a:x", format),
        ("q=x&pinned_hits=:1", format),
        (
            "q=x&pinned_hits=a:0",
            "400 Pinned hits must start from position 1.",
        ),
        ("q=x&pinned_hits=a:1, b:c:2", "fine"),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text), expected, "{text}");
    }
    for text in ["page=2&per_page=3", "offset=3&limit=3"] {
        let found = message(&format!("q=x&limit_hits=5&{text}"));
        assert_eq!(found, format!("422 Only upto 5 {range}"), "{text}");
    }
}

/// Each limit, at its end and one beyond.
#[test]
fn what_is_beyond_a_limit_is_refused() {
    let limits = EngineSettings {
        page_size: 20,
        facet_values: 30,
        group_size: 4,
        fields: 3,
        list_items: 3,
        text_bytes: 10,
        tag_bytes: 5,
        ..EngineSettings::default()
    };
    let message = |pairs: &[(&str, &str)]| {
        let mut all = vec![("q", "x")];
        all.extend(pairs);
        SearchParameters::read(&all, &limits)
            .map_err(|refused| {
                let problem = EngineError::from(refused);
                format!(
                    "{} {}",
                    crate::http::http_status(problem.code),
                    problem.message
                )
            })
            .err()
    };
    let fine = [
        vec![("per_page", "20")],
        vec![("max_facet_values", "30")],
        vec![("group_by", "a"), ("group_limit", "4")],
        vec![("q", "0123456789")],
        vec![("facet_by", "a"), ("facet_query", "a:01234567")],
        vec![("highlight_start_tag", "<b>..")],
    ];
    for pairs in fine {
        assert_eq!(message(&pairs), None, "{pairs:?}");
    }
    let refused = [
        (
            vec![("per_page", "21")],
            "422 Only upto 20 hits can be fetched per page.",
        ),
        (
            vec![("max_facet_values", "31")],
            "422 Only upto 30 values of a facet can be fetched. Ensure that `max_facet_values` is \
             within this range.",
        ),
        (
            vec![("group_by", "a"), ("group_limit", "5")],
            "400 Value of `group_limit` must be between 1 and 4.",
        ),
        (
            vec![("q", "0123456789a")],
            "400 Parameter `q` is longer than 10 bytes.",
        ),
        (
            vec![("facet_by", "a"), ("facet_query", "a:012345678")],
            "400 Parameter `facet_query` is longer than 10 bytes.",
        ),
        (
            vec![("highlight_end_tag", "</mark>")],
            "400 Parameter `highlight_end_tag` is longer than 5 bytes.",
        ),
    ];
    for (pairs, expected) in refused {
        assert_eq!(message(&pairs).as_deref(), Some(expected), "{pairs:?}");
    }
    for name in [
        "query_by",
        "facet_by",
        "group_by",
        "include_fields",
        "exclude_fields",
        "highlight_fields",
        "highlight_full_fields",
        "hidden_hits",
        "pinned_hits",
    ] {
        assert_eq!(message(&[(name, "a:1,,b:2,c:3,")]), None, "{name}");
        let expected = format!("400 Parameter `{name}` has more than 3 items.");
        assert_eq!(message(&[(name, "a,b,c,d")]), Some(expected));
    }
}

proptest! {
    #[test]
    fn no_value_is_too_strange(
        pairs in proptest::collection::vec((
            "q|page|per_page|offset|limit|query_by|query_by_weights|prefix|infix|num_typos|pinned_hits|facet_query|facet_by|limit_hits",
            "[a-z0-9,:. -]{0,8}|\\PC{0,8}",
        ), 0..12),
    ) {
        let _ = SearchParameters::read(&pairs, &EngineSettings::default());
    }
}

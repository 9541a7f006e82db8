//! What reading a stranger's document costs: memory that grows with its length at most, and not with
//! how small the pieces are.
//!
//! A binary of its own, because it counts what the allocator is asked for.

use allocation_counter::{AllocationInfo, measure};
use proptest::prelude::*;
use pyfa::model::ProjectName;
use pyfa::registry::pypi::{parse_head, parse_project};

/// Bytes that any document may cost in addition to its own length.
const ALLOWANCE: u64 = 48 << 20;

/// A project document in which `piece` stands again and again in a list or object at `place`.
fn document(place: &str, piece: &str, length: usize) -> String {
    let pieces = vec![piece; length / (piece.len() + 1)].join(",");
    let (mut info, mut rest) = (String::new(), String::new());
    match place {
        "info" => info = format!(",\"requires_dist\":[{pieces}]"),
        "classifiers" => info = format!(",\"classifiers\":[{pieces}]"),
        "releases" => rest = format!(",\"releases\":{{\"1\":[{pieces}]}}"),
        "ownership" => rest = format!(",\"ownership\":{{\"roles\":[{pieces}]}}"),
        place => rest = format!(",\"{place}\":[{pieces}]"),
    }
    let classifiers = if place == "classifiers" {
        ""
    } else {
        ",\"classifiers\":[]"
    };
    format!("{{\"info\":{{\"name\":\"a\",\"version\":\"1\"{classifiers}{info}}}{rest}}}")
}

fn cost(document: String) -> AllocationInfo {
    let body = bytes::Bytes::from(document);
    let name = ProjectName::new("a");
    measure(move || {
        // Whether it is refused or read is not the question here.
        let project = parse_head(&name, body).and_then(parse_project);
        std::hint::black_box(project.is_ok());
    })
}

fn place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "info",
        "classifiers",
        "urls",
        "releases",
        "vulnerabilities",
        "ownership",
        "elsewhere",
    ])
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}",
        "[]",
        "0",
        "\"\"",
        "{\"a\":1}",
        "{\"a\":{\"b\":[{}]}}",
        "{\"user\":\"a\"}",
        "{\"filename\":\"a\"}",
        "{\"id\":\"a\"}",
        "[[[[[[[[]]]]]]]]",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_document_costs_little_more_than_its_length(place in place(), piece in piece()) {
        let mut before = None;
        for length in [1 << 20, 2 << 20, 4 << 20] {
            let cost = cost(document(place, piece, length));
            let most = ALLOWANCE + 3 * length as u64;
            prop_assert!(cost.bytes_max <= most, "{} bytes for {length} of {piece} in {place}", cost.bytes_max);
            if let Some(before) = before.replace(cost.bytes_total) {
                prop_assert!(
                    cost.bytes_total <= 5 * before / 2 + (1 << 20),
                    "{before}, then {} for {length} of {piece} in {place}", cost.bytes_total
                );
            }
        }
    }
}

//! The answer of a search, for people.

use std::fmt::Write;

use serde_json::Value;

use super::{line, one_line};

/// Prints the packages of an answer, then what was counted.
pub(in crate::cli) fn print(collection: &str, answer: &Value) {
    let number = |key: &str| answer[key].as_u64().unwrap_or_default();
    let interpretation = &answer["interpretation"];
    let found = match interpretation {
        // The server's own answer, in which every release counts.
        Value::Null => "documents",
        _ => "packages",
    };
    line(&format!(
        "{collection}: {} of {} {found} match, in {} ms",
        number("found"),
        number("out_of"),
        number("search_time_ms")
    ));
    for guess in list(&interpretation["guessed"]) {
        let word = |key: &str| one_line(guess[key].as_str().unwrap_or_default());
        let (typed, found) = (word("typed"), word("found"));
        line(&if guess["instead"] == true {
            format!("showing packages with `{found}` instead of `{typed}`")
        } else {
            format!("also showing packages with `{found}` for `{typed}`")
        });
    }
    let partial = interpretation["partial"].as_u64().unwrap_or_default();
    match number("found").saturating_sub(partial) {
        _ if partial == 0 => {}
        0 => line("none of these packages has all the words"),
        1 => line("1 package has all the words; the others have only some of them"),
        complete => line(&format!(
            "{complete} packages have all the words; the others have only some of them"
        )),
    }
    let missing: Vec<String> = list(&interpretation["missing"])
        .iter()
        .filter_map(Value::as_str)
        .map(|word| format!("`{}`", one_line(word)))
        .collect();
    if !missing.is_empty() {
        line(&format!("left out: {}", missing.join(", ")));
    }
    for note in list(&answer["notes"]) {
        line(&one_line(note.as_str().unwrap_or_default()));
    }
    if answer["search_cutoff"] == true {
        line("the search ran out of time, so there may be more results");
    }
    for hit in list(&answer["hits"]) {
        package(&hit["document"]);
    }
    for facet in list(&answer["facet_counts"]) {
        line("");
        line(facet["field_name"].as_str().unwrap_or_default());
        for count in list(&facet["counts"]) {
            line(&format!(
                "  {:>7}  {}",
                count["count"].as_u64().unwrap_or_default(),
                count["value"].as_str().unwrap_or_default()
            ));
        }
    }
}

fn package(document: &Value) {
    let text = |key: &str| document[key].as_str().unwrap_or_default();
    line("");
    let mut head = format!("{} {}", text("name"), text("version"));
    if let Some(stars) = document["github_stars"].as_u64() {
        let _ = write!(head, "  {stars} stars");
    }
    if let Some(health) = document["health_score"].as_u64() {
        let _ = write!(head, "  health {health}");
    }
    if text("registry") == "npm" {
        head.push_str("  npm");
    }
    if document["is_malicious"].as_bool() == Some(true) {
        head.push_str("  is malicious");
    } else if document["has_vulnerabilities"].as_bool() == Some(true) {
        head.push_str("  has known vulnerabilities");
    }
    line(&head);
    let twins: Vec<String> = list(&document["twins"])
        .iter()
        .filter_map(Value::as_str)
        .map(one_line)
        .collect();
    if !twins.is_empty() {
        line(&format!("  also {}", twins.join(", ")));
    }
    let summary = text("summary").trim();
    if !summary.is_empty() {
        line(&format!("  {}", one_line(summary)));
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

//! Texts of `filter_by`: every operator on every kind of field, and what holds them together.
//!
//! Not made are those that 0.24.1 refuses, numbers and ids that are not equal, beginnings; and that
//! a bool is neither true nor false, of which it makes that it is not one of them.

use serde_json::Value;

use crate::collections::Collection;
use crate::random::Random;

const TEXTS: [&str; 6] = ["name", "summary", "tags", "kinds", "license", "state"];
const WHOLE: [&str; 3] = ["stars", "downloads", "years"];
const DECIMAL: [&str; 2] = ["score", "rates"];
const TRUTHS: [&str; 2] = ["yanked", "flags"];

/// Up to `depth` levels of parentheses.
pub(crate) fn filter(random: &mut Random, collection: &Collection, depth: usize) -> String {
    let count = 1 + random.below(3);
    let mut text = String::new();
    for at in 0..count {
        if at > 0 {
            text.push_str(random.pick(&[" && ", " || ", "&&", "||"]));
        }
        if depth > 0 && random.chance(30) {
            let inside = filter(random, collection, depth - 1);
            text.extend(["(", &inside, ")"]);
        } else {
            text.push_str(&comparison(random, collection));
        }
    }
    text
}

fn comparison(random: &mut Random, collection: &Collection) -> String {
    match random.below(10) {
        0..4 => {
            let field = random.pick(&TEXTS);
            let operator = random.pick(&[":", ":", ":=", ":=", ":!="]);
            let value = value_list(random, |random| text(random, collection, field));
            format!("{field}{operator}{value}")
        }
        4..6 => {
            let field = random.pick(&WHOLE);
            numbers(random, field, |random| number(random, collection, field))
        }
        6..8 => {
            let field = random.pick(&DECIMAL);
            numbers(random, field, |random| number(random, collection, field))
        }
        8 => {
            let field = random.pick(&TRUTHS);
            let one = |random: &mut Random| random.pick(&["true", "false"]).to_owned();
            if random.chance(30) {
                return format!("{field}:!={}", one(random));
            }
            let operator = random.pick(&[":", ":="]);
            format!("{field}{operator}{}", value_list(random, one))
        }
        _ => {
            let operator = random.pick(&[":", ":="]);
            let value = value_list(random, |random| random.below(130).to_string());
            format!("id{operator}{value}")
        }
    }
}

/// One value, or several in brackets.
fn value_list(random: &mut Random, mut value: impl FnMut(&mut Random) -> String) -> String {
    if random.chance(65) {
        return value(random);
    }
    let count = 1 + random.below(3);
    let values: Vec<String> = (0..count).map(|_| value(random)).collect();
    format!("[{}]", values.join(random.pick(&[",", ", "])))
}

/// A value as it is or in other letters, some of its words, or a word of any document.
fn text(random: &mut Random, collection: &Collection, field: &str) -> String {
    let value = collection.value(random, field);
    let value = value.as_str().unwrap_or_default();
    let words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
    let text = match random.below(10) {
        0..5 => value.to_owned(),
        5 => value.to_uppercase(),
        6 | 7 => random.several(2, &words).join(" "),
        8 => random
            .pick_common(&words_or(words, &collection.words))
            .to_owned(),
        _ => random.pick(&collection.words),
    };
    let is_simple = |one: char| one.is_alphanumeric() || " -_.".contains(one);
    let text = text.replace('`', "");
    match text.trim() {
        "" => "plone".to_owned(),
        text if text.chars().all(is_simple) && random.chance(70) => text.to_owned(),
        text => format!("`{text}`"),
    }
}

fn words_or(words: Vec<String>, others: &[String]) -> Vec<String> {
    if words.is_empty() {
        others.to_vec()
    } else {
        words
    }
}

/// A value of the field, or one close to it.
fn number(random: &mut Random, collection: &Collection, field: &str) -> String {
    match collection.value(random, field) {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or_default();
            (number + random.pick(&[0.0, 0.0, 0.25, -0.1])).to_string()
        }
        value => {
            let number = value.as_i64().unwrap_or_default();
            (number + random.pick(&[0, 0, 1, -1])).to_string()
        }
    }
}

/// Of a list, 0.24.1 counts a document once for each value that fits, unless the comparison is a part
/// of something.
fn numbers(random: &mut Random, field: &str, one: impl FnMut(&mut Random) -> String) -> String {
    let text = spans(random, field, one);
    match field {
        "years" | "rates" => format!("({text} && stars:>=0)"),
        _ => text,
    }
}

fn spans(random: &mut Random, field: &str, mut one: impl FnMut(&mut Random) -> String) -> String {
    if random.chance(50) {
        let operator = random.pick(&[":", ":=", ":>", ":>=", ":<", ":<=", ": >", ":= "]);
        return format!("{field}{operator}{}", one(random));
    }
    let operator = random.pick(&[":", ":="]);
    let count = 1 + random.below(3);
    let spans: Vec<String> = (0..count)
        .map(|_| {
            if random.chance(50) {
                format!("{}..{}", one(random), one(random))
            } else {
                one(random)
            }
        })
        .collect();
    format!("{field}{operator}[{}]", spans.join(","))
}

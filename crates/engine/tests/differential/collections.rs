//! Collections out of a seed: a schema, documents, and what happens to them afterwards.
//!
//! Words look like those of packages. Their frequencies differ much, as in real text, because
//! which of two equally frequent words is tried first is nobody's promise. Documents are changed,
//! removed and brought back after they were imported, so that the order of equals is that of
//! their arrival and not that of their ids.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::random::Random;

const WORDS: [&str; 60] = [
    "plone",
    "django",
    "flask",
    "request",
    "client",
    "server",
    "http",
    "api",
    "rest",
    "framework",
    "package",
    "python",
    "async",
    "database",
    "form",
    "theme",
    "auth",
    "token",
    "cache",
    "queue",
    "test",
    "tool",
    "utils",
    "core",
    "admin",
    "widget",
    "field",
    "model",
    "view",
    "template",
    "parser",
    "json",
    "yaml",
    "simple",
    "fast",
    "easy",
    "light",
    "open",
    "source",
    "manage",
    "collect",
    "content",
    "workflow",
    "user",
    "group",
    "mail",
    "search",
    "index",
    "engine",
    "data",
    "grid",
    "event",
    "interface",
    "zope",
    "volto",
    "the",
    "a",
    "of",
    "for",
    "with",
];

/// Values of a list with words and signs that filters and facets have to get right.
const KINDS: [&str; 14] = [
    "Framework :: Plone",
    "Framework :: Plone :: 6.0",
    "Framework :: Plone :: Core",
    "Framework :: Django",
    "Framework :: Django :: 4.2",
    "Framework :: Zope",
    "Environment :: Web Environment",
    "License (GPL, v2)",
    "Language :: C++",
    "Python, 3",
    "Natural Language :: German",
    "Topic :: Web & Mail",
    "Framework :: Pyramid",
    "Alpha",
];

/// None differ in case or signs alone: the server of this version counts such values as one.
const LICENSES: [&str; 9] = [
    "GPL",
    "GPLv2",
    "LGPL",
    "MIT",
    "MIT License",
    "BSD",
    "BSD 3 Clause",
    "Apache-2.0",
    "Zope Public License",
];

const STATES: [&str; 8] = [
    "stable",
    "mature",
    "alpha",
    "beta 2",
    "beta",
    "old-stable",
    "zombie",
    "",
];

/// Without zero: 0.24.1 shows the empty text as its value in a facet of a list.
const RATES: [f64; 7] = [-0.5, -0.25, 0.5, 1.0, 1.5, 2.0, 2.25];

/// A request that changes a collection.
pub(crate) struct Write {
    pub(crate) method: Method,
    /// Behind the name of the collection.
    pub(crate) path: String,
    /// JSON, one value a line.
    pub(crate) lines: Vec<Value>,
}

/// One collection, and how it came to be what it is.
pub(crate) struct Collection {
    /// Without the name.
    pub(crate) schema: Value,
    pub(crate) writes: Vec<Write>,
    /// The words of its texts.
    pub(crate) words: Vec<String>,
    /// What documents were at some time, to ask for what there may be.
    pub(crate) documents: Vec<Value>,
}

impl Collection {
    pub(crate) fn new(random: &mut Random) -> Self {
        let words = vocabulary(random);
        let count = random.pick(&[20, 60, 120]);
        let mut documents: Vec<Value> = (0..count)
            .map(|number| document(random, &words, number))
            .collect();
        let mut writes = vec![import("create", documents.clone())];
        let numbers: Vec<usize> = (0..count).collect();
        let changes: Vec<Value> = random
            .several(count / 5, &numbers)
            .into_iter()
            .map(|number| change(random, &words, number))
            .collect();
        writes.push(import("update", changes));
        let removed = random.several(count / 8, &numbers);
        let ids: Vec<String> = removed.iter().map(usize::to_string).collect();
        writes.push(delete(&format!("id:[{}]", ids.join(","))));
        writes.push(delete("stars:=4%26%26yanked:=true"));
        let again: Vec<Value> = removed
            .into_iter()
            .take(count / 16)
            .chain(random.several(count / 8, &numbers))
            .chain([count, count + 1])
            .map(|number| (number, document(random, &words, number)))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect();
        documents.extend(again.clone());
        writes.push(import("upsert", again));
        Self {
            schema: schema(random),
            writes,
            words,
            documents,
        }
    }

    /// A value that some document had in a field; for a list, one of its values.
    pub(crate) fn value(&self, random: &mut Random, field: &str) -> Value {
        for _ in 0..20 {
            match &random.pick(&self.documents)[field] {
                Value::Null => {}
                Value::Array(values) if values.is_empty() => {}
                Value::Array(values) => return random.pick(values),
                value => return value.clone(),
            }
        }
        json!(0)
    }
}

fn import(action: &str, lines: Vec<Value>) -> Write {
    Write {
        method: Method::POST,
        path: format!("/documents/import?action={action}"),
        lines,
    }
}

fn delete(filter: &str) -> Write {
    Write {
        method: Method::DELETE,
        path: format!("/documents?filter_by={filter}"),
        lines: Vec::new(),
    }
}

fn schema(random: &mut Random) -> Value {
    let mut schema = json!({"fields": [
        {"name": "name", "type": "string", "infix": true, "sort": true},
        {"name": "summary", "type": "string"},
        {"name": "description", "type": "string"},
        {"name": "tags", "type": "string[]"},
        {"name": "kinds", "type": "string[]", "facet": true, "optional": true},
        {"name": "license", "type": "string", "facet": true, "optional": true},
        {"name": "state", "type": "string", "facet": true, "sort": true, "optional": true},
        {"name": "stars", "type": "int32", "facet": true},
        {"name": "downloads", "type": "int64", "facet": true, "optional": true},
        {"name": "score", "type": "float", "facet": true, "optional": true},
        {"name": "yanked", "type": "bool", "facet": true, "optional": true},
        {"name": "years", "type": "int32[]", "facet": true, "optional": true},
        {"name": "rates", "type": "float[]", "facet": true, "optional": true},
        {"name": "flags", "type": "bool[]", "facet": true, "optional": true},
    ]});
    if random.chance(50) {
        schema["token_separators"] = json!(["-", "_", "."]);
    }
    if random.chance(30) {
        schema["default_sorting_field"] = json!("stars");
    }
    schema
}

/// Of some fields new values; an optional one may go.
fn change(random: &mut Random, words: &[String], number: usize) -> Value {
    let other = document(random, words, number);
    let mut change = Map::new();
    change.insert("id".to_owned(), other["id"].clone());
    let fields = [
        "summary",
        "license",
        "state",
        "stars",
        "downloads",
        "score",
        "yanked",
        "kinds",
        "years",
    ];
    let count = 1 + random.below(4);
    for field in random.several(count, &fields) {
        let value = other.get(field).cloned().unwrap_or(Value::Null);
        change.insert(field.to_owned(), value);
    }
    Value::Object(change)
}

fn vocabulary(random: &mut Random) -> Vec<String> {
    let mut words: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
    for _ in 0..60 {
        let second = if random.chance(50) {
            random.pick(&WORDS)
        } else {
            random.pick(&["s", "ed", "er", "ing", "x", "2", "lib"])
        };
        words.push(format!("{}{second}", random.pick(&WORDS)));
    }
    for _ in 0..25 {
        let word = random.pick(&WORDS);
        words.push(with_typo(random, word));
    }
    for at in (1..words.len()).rev() {
        words.swap(at, random.below(at + 1));
    }
    words
}

/// The word with a letter missing, added, changed, or in another place.
pub(crate) fn with_typo(random: &mut Random, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let at = random.below(letters.len() - 1);
    let letter = random.pick(&['a', 'e', 'n', 'r', 'x']);
    match random.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letter),
        2 => letters[at] = letter,
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

fn document(random: &mut Random, words: &[String], number: usize) -> Value {
    let mut text = |most: usize, ends: &[&str]| {
        let count = random.below(most + 1);
        let parts: Vec<String> = (0..count)
            .map(|_| format!("{}{}", random.pick_common(words), random.pick(ends)))
            .collect();
        parts.join(" ")
    };
    let (summary, description) = (text(9, &[""]), text(60, &["", "", ",", "."]));
    let count = 1 + random.below(3);
    let mut name = random.pick(words);
    for _ in 1..count {
        name.push_str(random.pick(&["-", ".", "_", "", " "]));
        name.push_str(&random.pick(words));
    }
    let tags: Vec<String> = (0..random.below(4))
        .map(|_| format!("{} {}", random.pick(words), random.pick(words)))
        .collect();
    let mut document = json!({
        "id": number.to_string(),
        "name": name,
        "summary": summary,
        "description": description,
        "tags": tags,
        "stars": random.below(5),
    });
    for (field, value) in optional(random) {
        if random.chance(80) {
            document[field] = value;
        }
    }
    document
}

fn optional(random: &mut Random) -> [(&'static str, Value); 9] {
    let small = |random: &mut Random, end: usize, by: i32| {
        f64::from(i32::try_from(random.below(end)).unwrap_or_default() - by) / 4.0
    };
    let counts = [random.below(4), random.below(4), random.below(3)];
    let kinds = random.several(counts[0], &KINDS);
    let years: Vec<usize> = (0..counts[1]).map(|_| 2015 + random.below(8)).collect();
    let rates: Vec<f64> = (0..counts[2]).map(|_| random.pick(&RATES)).collect();
    let flags: Vec<bool> = (0..counts[2]).map(|_| random.chance(50)).collect();
    let downloads = [0_i64, 7, 400, 1_000, 5_000_000_000, -3];
    [
        ("kinds", json!(kinds)),
        ("license", json!(random.pick(&LICENSES))),
        ("state", json!(random.pick(&STATES))),
        ("downloads", json!(random.pick(&downloads))),
        ("score", json!(small(random, 30, 8))),
        ("yanked", json!(random.chance(30))),
        ("years", json!(years)),
        ("rates", json!(rates)),
        ("flags", json!(flags)),
    ]
}

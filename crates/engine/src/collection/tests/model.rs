//! Any sequence of requests leaves what a map would hold, also after a restart.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What is done both to a collection and to a plain map.
#[derive(Debug, Clone)]
enum Step {
    Write(Action, u8, Option<i32>),
    Delete(u8),
    Import(Vec<(u8, i32)>),
    Truncate,
    Search,
    Reopen,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        Just(Action::Create),
        Just(Action::Upsert),
        Just(Action::Update),
        Just(Action::Emplace),
    ];
    prop_oneof![
        8 => (action, 0..12_u8, any::<Option<i32>>()).prop_map(|(a, id, n)| Step::Write(a, id, n)),
        3 => (0..12_u8).prop_map(Step::Delete),
        3 => prop::collection::vec((0..12_u8, any::<i32>()), 0..8).prop_map(Step::Import),
        1 => Just(Step::Truncate),
        2 => Just(Step::Search),
        1 => Just(Step::Reopen),
        1 => Just(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_collection_is_what_a_map_is(steps in prop::collection::vec(step(), 1..24)) {
        let folder = tempfile::tempdir()?;
        let fields = json!([{"name": "n", "type": "int32", "optional": true}]);
        let body = json!({"name": "c", "fields": fields});
        let mut collection = create(folder.path(), &body)?;
        let mut model: BTreeMap<String, Value> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Write(action, id, n) => {
                    let id = format!("id{id}");
                    let document = json!({"id": id, "n": n});
                    let there = model.contains_key(&id);
                    let expected = match action {
                        Action::Create => !there,
                        Action::Update => there,
                        _ => true,
                    };
                    prop_assert_eq!(write(&collection, &document, action).is_ok(), expected);
                    if expected {
                        let mut stored = json!({"id": id});
                        if let (Some(n), Some(members)) = (n, stored.as_object_mut()) {
                            members.insert("n".to_owned(), n.into());
                        }
                        model.insert(id, stored);
                    }
                }
                Step::Delete(id) => {
                    let id = format!("id{id}");
                    prop_assert_eq!(collection.delete(&id, false).ok(), model.remove(&id));
                }
                Step::Import(documents) => {
                    let mut lines = String::new();
                    for (id, n) in documents {
                        let document = json!({"id": format!("id{id}"), "n": n});
                        lines.push_str(&document.to_string());
                        lines.push('\n');
                        model.insert(format!("id{id}"), document);
                    }
                    import(&collection, &lines, import_options(Action::Upsert))?;
                }
                Step::Truncate => {
                    prop_assert_eq!(collection.truncate()?, model.len() as u64);
                    model.clear();
                }
                Step::Search => prop_assert_eq!(indexed(&collection)?, model.len() as u64),
                Step::Reopen => {
                    collection.close();
                    drop(collection);
                    collection = open(folder.path())?;
                }
                Step::Crash => {
                    // No thread outlives its process.
                    collection.end_restoring(false);
                    drop(collection);
                    collection = open(folder.path())?;
                }
            }
        }
        prop_assert_eq!(collection.count(), model.len() as u64);
        prop_assert_eq!(indexed(&collection)?, model.len() as u64);
        let mut exported: Vec<String> = export(&collection)?;
        exported.sort();
        let mut expected: Vec<String> = model.values().map(Value::to_string).collect();
        expected.sort();
        prop_assert_eq!(exported, expected);
    }

    #[test]
    fn no_line_is_too_strange(lines in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
        let folder = tempfile::tempdir()?;
        let collection = create(folder.path(), &probe())?;
        let text = lines.join(&b'\n');
        let mut answers = 0;
        collection.import(text.as_slice(), ImportOptions::default(), |line| {
            answers += 1;
            let mut answer = Vec::new();
            write_import_line(&mut answer, line, ImportOptions::default())?;
            let parsed: Result<Value, _> = serde_json::from_slice(&answer);
            if parsed.is_err() { return Err(std::io::Error::other("not JSON")); }
            Ok(())
        })?;
        let blank = |line: &&[u8]| line.iter().all(u8::is_ascii_whitespace);
        let expected = text.split(|byte| *byte == b'\n').filter(|line| !blank(line)).count();
        prop_assert_eq!(answers, expected);
    }
}

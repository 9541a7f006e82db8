//! Import lines: each line that is not blank gets one answer, in well-formed JSON; what an answer
//! calls stored can be read, exported, found by the index and imported again.
//!
//! The first byte chooses the options of the import, the rest are the lines.

#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use pyfa_engine::collection::{Collection, ExportOptions, ImportOptions, WriteOptions};
use pyfa_engine::document::{Action, DirtyValues};
use pyfa_engine::{Engine, write_import_line};
use pyfa_fuzz::{collection, engine};
use serde_json::{Map, Value, json};

static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(engine);

/// The collection as it was made: without documents, and without the fields that they added.
fn empty() -> Arc<Collection> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        json!({
            "fields": [
                {"name": "t", "type": "string", "facet": true, "sort": true, "infix": true},
                {"name": "n", "type": "int32", "optional": true},
                {"name": "big", "type": "int64", "optional": true},
                {"name": "tags", "type": "string[]", "facet": true, "optional": true},
                {"name": "f", "type": "float", "optional": true},
                {"name": "b", "type": "bool", "optional": true},
                {"name": "loc", "type": "geopoint", "optional": true},
                {"name": "o", "type": "object", "optional": true},
                {"name": "os", "type": "object[]", "optional": true},
                {"name": "o.k", "type": "string", "optional": true},
                {"name": "new.*", "type": "auto", "optional": true},
                {"name": "text_.*", "type": "string*", "optional": true},
            ],
            "enable_nested_fields": true,
        })
    });
    let fields = SCHEMA["fields"].as_array().map(Vec::len);
    match ENGINE.collection("c") {
        Ok(same) if Some(same.schema().fields.len()) == fields => {
            if same.count() > 0 {
                same.truncate().expect("an empty collection");
            }
            same
        }
        _ => collection(&ENGINE, "c", &SCHEMA),
    }
}

fn options(choice: u8) -> ImportOptions {
    let bits = usize::from(choice);
    let actions = [
        Action::Create,
        Action::Upsert,
        Action::Update,
        Action::Emplace,
    ];
    let dirty = [
        DirtyValues::Reject,
        DirtyValues::Drop,
        DirtyValues::CoerceOrDrop,
        DirtyValues::CoerceOrReject,
    ];
    ImportOptions {
        write: WriteOptions {
            action: actions[bits & 3],
            dirty_values: Some(dirty[bits >> 2 & 3]),
        },
        return_id: bits & 16 == 0,
        return_doc: bits & 32 == 0,
    }
}

/// The answers to an import.
fn import(
    collection: &Collection,
    lines: &[u8],
    options: ImportOptions,
) -> Vec<Map<String, Value>> {
    let mut answers = Vec::new();
    let imported = collection.import(lines, options, |line| {
        let mut answer = Vec::new();
        write_import_line(&mut answer, line, options)?;
        assert!(!answer.contains(&b'\n'), "an answer of more than one line");
        answers.push(serde_json::from_slice(&answer).expect("a JSON object"));
        Ok(())
    });
    let imported = imported.expect("an import");
    let stored = answers.iter().filter(|answer| is_stored(answer)).count() as u64;
    assert_eq!(imported.succeeded, stored);
    assert_eq!(imported.failed, answers.len() as u64 - stored);
    answers
}

fn is_stored(answer: &Map<String, Value>) -> bool {
    match answer.get("success") {
        Some(Value::Bool(true)) => true,
        Some(Value::Bool(false)) => {
            let code = answer.get("code").and_then(Value::as_u64);
            assert!(
                code.is_some_and(|code| (400..500).contains(&code)),
                "{answer:?}"
            );
            let error = answer.get("error").and_then(Value::as_str);
            assert!(error.is_some_and(|error| !error.is_empty()), "{answer:?}");
            assert!(
                answer.get("document").is_some_and(Value::is_string),
                "{answer:?}"
            );
            false
        }
        _ => panic!("neither stored nor refused: {answer:?}"),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, lines)) = data.split_first() else {
        return;
    };
    let options = options(choice);
    let collection = empty();
    let answers = import(&collection, lines, options);
    let sent = lines.split(|byte| *byte == b'\n');
    let sent = sent.filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    assert_eq!(answers.len(), sent.count());

    // The last document of each id stays.
    let mut stored = BTreeMap::new();
    for answer in answers.iter().filter(|answer| is_stored(answer)) {
        if let Some(id) = answer.get("id").and_then(Value::as_str) {
            stored.insert(id, answer.get("document"));
        } else {
            assert!(!options.return_id, "{answer:?}");
        }
    }
    for (id, document) in &stored {
        let read = collection.get(id).expect("what was stored");
        assert_eq!(read.get("id").and_then(Value::as_str), Some(*id));
        assert!(
            document.is_none_or(|document| *document == read),
            "{document:?} {read}"
        );
    }
    let exported = collection
        .export(&ExportOptions::default())
        .expect("an export");
    let exported: Vec<Vec<u8>> = exported.map(|line| line.expect("a line")).collect();
    assert_eq!(exported.len() as u64, collection.count());
    if options.return_id {
        assert_eq!(exported.len(), stored.len());
    }
    // What is dear is done for a quarter of the inputs.
    if choice & 0b1100_0000 != 0 {
        return;
    }
    let indexed = collection.indexed_documents().expect("an index");
    assert_eq!(indexed, collection.count());
    if !options.write.action.merges() {
        let upsert = ImportOptions {
            write: WriteOptions {
                action: Action::Upsert,
                dirty_values: Some(DirtyValues::Reject),
            },
            return_id: true,
            return_doc: false,
        };
        for answer in import(&collection, &exported.join(&b'\n'), upsert) {
            assert!(is_stored(&answer), "exported, and refused: {answer:?}");
        }
        assert_eq!(collection.count(), exported.len() as u64);
    }
});

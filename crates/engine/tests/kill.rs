//! What was answered with success is there after kill -9, whatever the process was doing.
//!
//! The child is this program again, running one ignored test that works without end and tells
//! each step that was answered. The parent kills it in the middle of a later step and looks at
//! what is left.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pyfa_engine::collection::{ExportOptions, ImportOptions, WriteOptions};
use pyfa_engine::document::Action;
use pyfa_engine::{Engine, EngineError, EngineResult, EngineSettings};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Answered steps after which the child is killed.
const KILLED_AFTER: [usize; 4] = [1, 2, 5, 17];
/// Documents of one import.
const LINES: u64 = 40;
const BEFORE_DELETION: u64 = 400;

fn open(folder: &Path) -> Result<Engine> {
    Ok(Engine::open(folder, EngineSettings::default())?)
}

fn fields() -> Value {
    json!([{"name": "text", "type": "string"}, {"name": "n", "type": "int32", "optional": true}])
}

fn import(engine: &Engine, numbers: std::ops::Range<u64>) -> EngineResult<()> {
    let mut lines = String::new();
    for number in numbers {
        let text = format!("word{number} ").repeat(50);
        let extra = number % 7;
        let line = json!({"id": number.to_string(), "text": text, "n": 1, "extra": extra});
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let options = ImportOptions {
        write: WriteOptions {
            action: Action::Upsert,
            dirty_values: None,
        },
        ..ImportOptions::default()
    };
    let collection = engine.collection("c")?;
    let imported = collection.import(lines.as_bytes(), options, |_| Ok(()))?;
    if imported.failed > 0 {
        return Err(EngineError::internal("lines were refused"));
    }
    Ok(())
}

/// One step of a scenario; what it has answered has to last.
fn step(engine: &Engine, scenario: &str, number: u64) -> EngineResult<()> {
    match scenario {
        "import" => {
            import(engine, number * LINES..(number + 1) * LINES)?;
            if number.is_multiple_of(3) {
                engine.collection("c")?.indexed_documents()?;
            }
            Ok(())
        }
        "delete" => {
            let collection = engine.collection("c")?;
            collection.delete(&number.to_string(), false).map(drop)
        }
        "alter" => {
            let name = "extra";
            let field = match number % 2 {
                0 => json!({"name": name, "type": "int32", "optional": true}),
                _ => json!({"name": name, "drop": true}),
            };
            let collection = engine.collection("c")?;
            collection.alter(&json!({"fields": [field]})).map(drop)
        }
        "alias" => {
            let name = format!("c{number}");
            engine.create_collection(&json!({"name": name, "fields": fields()}), None)?;
            engine.put_alias("current", &json!({"collection_name": name}))?;
            if let Some(before) = number.checked_sub(1) {
                engine.delete_collection(&format!("c{before}"))?;
            }
            Ok(())
        }
        other => Err(EngineError::internal(format!("no scenario {other}"))),
    }
}

/// The child. Its standard input names the folder and the scenario.
#[test]
#[ignore = "it is the child of the other tests, and works until it is killed"]
fn work_until_killed() -> Result<()> {
    let mut order = String::new();
    std::io::stdin().read_line(&mut order)?;
    let Some((scenario, folder)) = order.trim_end().split_once(' ') else {
        return Ok(());
    };
    let engine = open(Path::new(folder))?;
    for number in 0.. {
        step(&engine, scenario, number)?;
        writeln!(std::io::stdout(), "answered")?;
    }
    Ok(())
}

/// Starts a child and kills it after so many answered steps; returns how many there were.
fn work_and_kill(folder: &Path, scenario: &str, after: usize) -> Result<u64> {
    let mut child: Child = Command::new(std::env::current_exe()?)
        .args(["--exact", "work_until_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut order = child.stdin.take().ok_or("no stdin")?;
    writeln!(order, "{scenario} {}", folder.display())?;
    let output = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    let mut answered = 0;
    let mut killed = false;
    for line in output.lines() {
        if line?.ends_with("answered") {
            answered += 1;
        }
        if answered >= after && !killed {
            child.kill()?;
            killed = true;
        }
    }
    child.wait()?;
    if !killed {
        return Err(format!("the child ended by itself after {answered} steps").into());
    }
    Ok(u64::try_from(answered)?)
}

/// The ids of a collection, which has to agree with itself.
fn ids(engine: &Engine, name: &str) -> Result<BTreeSet<String>> {
    let collection = engine.collection(name)?;
    let mut ids = BTreeSet::new();
    for line in collection.export(&ExportOptions::default())? {
        let document: Value = serde_json::from_slice(&line?)?;
        let id = document.get("id").and_then(Value::as_str);
        ids.insert(id.ok_or("a document without id")?.to_owned());
    }
    let there = u64::try_from(ids.len())?;
    assert_eq!(collection.count(), there, "the count");
    assert_eq!(collection.indexed_documents()?, there, "the index");
    Ok(ids)
}

fn prepared(scenario_documents: u64) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let engine = open(folder.path())?;
    engine.create_collection(&json!({"name": "c", "fields": fields()}), None)?;
    import(&engine, 0..scenario_documents)?;
    Ok(folder)
}

#[test]
fn imported_documents_last() -> Result<()> {
    for after in KILLED_AFTER {
        let folder = prepared(0)?;
        let answered = work_and_kill(folder.path(), "import", after)?;
        let ids = ids(&open(folder.path())?, "c")?;
        for number in 0..answered * LINES {
            assert!(ids.contains(&number.to_string()), "{number} of {answered}");
        }
    }
    Ok(())
}

#[test]
fn deleted_documents_stay_away() -> Result<()> {
    for after in KILLED_AFTER {
        let folder = prepared(BEFORE_DELETION)?;
        let answered = work_and_kill(folder.path(), "delete", after)?;
        let ids = ids(&open(folder.path())?, "c")?;
        assert!(ids.len() > 10, "the child is killed long before the end");
        for number in 0..answered {
            assert!(!ids.contains(&number.to_string()), "{number} of {answered}");
        }
    }
    Ok(())
}

#[test]
fn a_schema_is_the_one_that_was_answered_or_the_next() -> Result<()> {
    for after in KILLED_AFTER {
        let folder = prepared(60)?;
        let answered = work_and_kill(folder.path(), "alter", after)?;
        let engine = open(folder.path())?;
        assert_eq!(ids(&engine, "c")?.len(), 60);
        let collection = engine.collection("c")?;
        let before = collection.schema().fields.len();
        // Every step takes or gives a number, so the numbers tell how far the schema has come.
        let next = u64::from(collection.schema().next_field);
        let added = |steps: u64| 2 + steps.div_ceil(2);
        let expected = [added(answered), added(answered + 1)];
        assert!(expected.contains(&next), "{next} after {answered} steps");
        assert!((2..=3).contains(&before));
        let left: Vec<_> = fs_err::read_dir(folder.path().join("collections/1"))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with("index-"))
            .collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
    Ok(())
}

#[test]
fn an_alias_points_to_what_was_answered_or_to_the_next() -> Result<()> {
    for after in KILLED_AFTER {
        let folder = tempfile::tempdir()?;
        let answered = work_and_kill(folder.path(), "alias", after)?;
        let engine = open(folder.path())?;
        let name = engine.collection("current")?.name();
        let expected = [answered - 1, answered].map(|number| format!("c{number}"));
        assert!(expected.contains(&name), "{name} is none of {expected:?}");
        let left = engine.collections().len();
        engine.close();
        let folders = fs_err::read_dir(folder.path().join("collections"))?.count();
        assert_eq!(folders, left, "what was dropped is swept");
    }
    Ok(())
}

#[test]
fn the_next_process_gets_the_folder() -> Result<()> {
    let folder = prepared(1)?;
    let engine = open(folder.path())?;
    engine.announce("http://127.0.0.1:8108")?;
    let refused = Engine::open(folder.path(), EngineSettings::default());
    let told = refused.map(drop).map_err(|error| error.to_string());
    let expected = format!(
        "another process uses the folder {} and answers at http://127.0.0.1:8108",
        folder.path().display()
    );
    assert_eq!(told, Err(expected));
    assert_eq!(
        Engine::owner(folder.path()).as_deref(),
        Some("http://127.0.0.1:8108")
    );
    drop(engine);
    assert_eq!(Engine::owner(folder.path()), None);
    open(folder.path())?;
    Ok(())
}

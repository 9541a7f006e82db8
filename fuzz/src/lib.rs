//! What the fuzz targets share: an engine in a folder that vanishes with the run.
//!
//! A target asserts more than that nothing panics; its first lines say what. `scripts/fuzz` runs
//! them all and removes what they leave on the disk: libFuzzer ends the process without unwinding.

use std::sync::Arc;

use pyfa_engine::collection::Collection;
use pyfa_engine::{Engine, EngineSettings};
use serde_json::Value;

/// An engine in a fresh folder below `TMPDIR`.
///
/// # Panics
///
/// If the folder cannot be made or opened.
#[must_use]
pub fn engine() -> Arc<Engine> {
    let folder = tempfile::tempdir().expect("a folder").keep();
    Arc::new(Engine::open(&folder, EngineSettings::default()).expect("an engine"))
}

/// A new collection of this name, in the place of one that may be there.
///
/// # Panics
///
/// If the schema is refused or the disk fails.
#[must_use]
pub fn collection(engine: &Engine, name: &str, schema: &Value) -> Arc<Collection> {
    let mut schema = schema.clone();
    schema["name"] = Value::from(name);
    // It may not be there.
    let _ = engine.delete_collection(name);
    engine.create_collection(&schema, None).expect("a schema");
    engine.collection(name).expect("the collection")
}

/// Imports documents that are known to fit.
///
/// # Panics
///
/// If one is refused.
pub fn fill(collection: &Collection, documents: &[Value]) {
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    let imported = collection
        .import(lines.join("\n").as_bytes(), Default::default(), |_| Ok(()))
        .expect("an import");
    assert_eq!(imported.succeeded, documents.len() as u64);
}

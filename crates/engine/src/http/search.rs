//! `GET /collections/x/documents/search`, and the one search that both search routes do.

use serde_json::Value;

use crate::engine::{Engine, ObjectKind};
use crate::language;
use crate::problem::{Answer, Problem};
use crate::query::matching::{self, CandidateCache};
use crate::query::{FilterCache, Ground};
use crate::search::{Search, ValueCache};
use crate::text::Tokenizer;

use super::App;
use super::call::Call;
use super::parameters::Parameters;
use super::reply::Reply;

/// `GET /collections/x/documents/search`
pub(super) async fn answer(call: Call) -> Answer<Reply> {
    let app = std::sync::Arc::clone(&call.app);
    app.workers
        .search(move || {
            let parameters = Parameters::default()
                .and_query(&call.query)
                .and_embedded(&call.embedded)?;
            let collection = call.embedded.get("collection").and_then(Value::as_str);
            let collection = collection.unwrap_or(call.name(0)).to_owned();
            let found = run(&call.app, &collection, parameters)?;
            Ok(Reply::ok(&found))
        })
        .await
}

/// What searches remember for those that come after them; segments of an index never change.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    filters: FilterCache,
    values: ValueCache,
}

/// Searches one collection, which may be named by an alias.
pub(super) fn run(app: &App, collection: &str, parameters: Parameters) -> Answer<Value> {
    let engine = &app.engine;
    let parameters = with_preset(engine, parameters)?;
    // A search says it with a full stop.
    let collection = engine
        .collection(collection)
        .map_err(|problem| match problem.status {
            404 => Problem::not_found("Not found."),
            _ => problem,
        })?;
    let asked = language::parameters::Parameters::read(&parameters.pairs())?;
    let (schema, snapshot) = collection.searchable()?;
    let tokenizer = Tokenizer::new(&schema.token_separators, &schema.symbols_to_index);
    // Candidates belong to one index, and nothing here knows when it is replaced.
    let candidates = CandidateCache::of(&schema);
    let search = Search {
        schema: &schema,
        ground: Ground {
            snapshot: &snapshot,
            tokenizer: &tokenizer,
            cache: &app.remembered.filters,
            ids: &|id| collection.number(id),
        },
        values: &app.remembered.values,
        words: &|words, allowed| {
            matching::find(&snapshot, words, &tokenizer, Some(allowed), &candidates)
        },
        documents: &|numbers| collection.documents(numbers),
        cutoff: engine.settings().search_cutoff,
    };
    crate::search::run(&search, &asked)
}

/// Fills in the preset that a search names; one that is not there is no error.
fn with_preset(engine: &Engine, parameters: Parameters) -> Answer<Parameters> {
    let preset = match parameters.get("preset") {
        None => None,
        Some(name) => engine.object(ObjectKind::Preset, "", name)?,
    };
    Ok(match preset {
        Some(preset) => parameters.or_preset(&preset),
        None => parameters,
    })
}

//! `GET /collections/x/documents/search`, and the one search that both search routes do.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use serde_json::Value;

use crate::collection::Searchable;
use crate::engine::{Engine, ObjectKind};
use crate::language;
use crate::problem::{Answer, Problem};
use crate::query::{Deadline, Ground, matching};
use crate::search::{Budget, Search};
use crate::settings::Settings;

use super::App;
use super::call::Call;
use super::parameters::Parameters;
use super::reply::Reply;

/// `GET /collections/x/documents/search`
pub(super) async fn answer(call: Call) -> Answer<Reply> {
    let app = Arc::clone(&call.app);
    app.share(call.is_own)
        .workers
        .search(move || {
            let parameters = Parameters::default()
                .and_query(&call.query)
                .and_embedded(&call.granted.embedded)?;
            let collection = call
                .granted
                .embedded
                .get("collection")
                .and_then(Value::as_str);
            let collection = collection.unwrap_or(call.name(0)).to_owned();
            let limits = call.app.engine.settings();
            let budget = Budget::of(limits.answer_bytes, &call.share().answers);
            let found = run(
                &call.app,
                &collection,
                parameters,
                limits.search_cutoff,
                &budget,
            )?;
            Ok(Reply::ok(&found).with_room(budget.give()))
        })
        .await
}

/// Refuses a query string that is too long.
pub(super) fn check_length(head: &Parts, limits: &Settings) -> Answer<()> {
    let longest = limits.query_bytes;
    // Its question mark counts.
    if head.uri.query().unwrap_or_default().len() >= longest {
        return Err(Problem::bad_request(format!(
            "Query string exceeds max allowed length of {longest}. Use the /multi_search \
             end-point for larger payloads."
        )));
    }
    Ok(())
}

/// Searches one collection, which may be named by an alias, in no more than the time that is left.
/// The whole answer shares the `budget`.
pub(super) fn run(
    app: &App,
    collection: &str,
    parameters: Parameters,
    left: Duration,
    budget: &Budget,
) -> Answer<Value> {
    let engine = &app.engine;
    let parameters = with_preset(engine, parameters)?;
    // A search says it with a full stop.
    let collection = engine
        .collection(collection)
        .map_err(|problem| match problem.status {
            404 => Problem::not_found("Not found."),
            _ => problem,
        })?;
    let limits = engine.settings();
    let asked = language::parameters::Parameters::read(&parameters.pairs(), limits)?;
    let Searchable {
        schema,
        snapshot,
        words: tokenizers,
        candidates,
    } = collection.searchable()?;
    // Waiting for what was written before is not searching.
    let cutoff = asked.search_cutoff.unwrap_or(left);
    let deadline = Deadline::after(cutoff.min(left));
    let search = Search {
        schema: &schema,
        ground: Ground {
            snapshot: &snapshot,
            tokenizers: &tokenizers,
            cache: collection.filter_cache(),
            ids: &|id| collection.number(id),
            deadline: &deadline,
        },
        values: &app.values,
        words: &|words, allowed| {
            matching::find(
                &snapshot,
                words,
                &tokenizers,
                Some(allowed),
                &candidates,
                &deadline,
            )
        },
        documents: &|numbers, wanted| collection.documents(numbers, wanted, (budget, &deadline)),
        limits,
        budget,
    };
    crate::search::run(&search, &asked)
}

/// Fills in the preset that a search names. One that is not there is no error, unless a key relies
/// on it.
fn with_preset(engine: &Engine, parameters: Parameters) -> Answer<Parameters> {
    let preset = match parameters.get("preset") {
        None => None,
        Some(name) => engine.object(ObjectKind::Preset, "", name)?,
    };
    match preset {
        Some(preset) => parameters.or_preset(&preset),
        None if parameters.relies_on_preset() => Err(Problem::bad_request(
            "The preset that this key searches with does not exist.",
        )),
        None => Ok(parameters),
    }
}

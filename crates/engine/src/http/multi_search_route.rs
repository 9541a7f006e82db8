//! `POST /multi_search`: many searches in one request, of which each succeeds or fails by itself.
//!
//! Only what concerns the request as a whole fails it: a body that is none, a key that one of the
//! searches lacks, a parameter that is no plain value, too many searches, no room in memory for the
//! answer.

use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::api_call::ApiCall;
use super::authorize;
use super::reply::{Reply, http_status};
use super::worker_pool::panic_error;
use crate::engine::ObjectKind;
use crate::error::{EngineError, EngineResult};
use crate::keys::Grant;
use crate::memory::AnswerBudget;
use crate::request::{RawParameters, RequestError};

/// Searches of one request at once: some more than the processors, so that a quick one need not wait
/// for a slow one, and few enough to leave turns to other requests.
const AT_ONCE: usize = 4;

/// A request whose searches may all be done. What each of them asks for is put together when its
/// turn comes: the query string and what keys embed count for all.
struct PreparedSearches {
    call: ApiCall,
    body: Value,
    /// The collection of each search, and what its key embeds.
    searches: Vec<(String, Arc<Grant>)>,
}

pub(super) async fn multi_search(call: ApiCall) -> EngineResult<Reply> {
    let begun = Instant::now();
    let app = Arc::clone(&call.app);
    let workers = &app.capacity(call.share).workers;
    let prepared = Arc::new(workers.run_search(move || prepare(call)).await?);
    let capacity = app.capacity(prepared.call.share);
    let most = app.engine.settings().answer_bytes;
    let budget = Arc::new(AnswerBudget::of(most, &capacity.answers));
    let running = (0..prepared.searches.len()).map(|place| {
        let (prepared, budget) = (Arc::clone(&prepared), Arc::clone(&budget));
        capacity
            .workers
            .run_search(move || prepared.search(place, begun, &budget))
    });
    let mut searches = stream::iter(running).buffered(AT_ONCE);
    let mut results = Vec::new();
    while let Some(result) = searches.next().await {
        // Without room, the searches that are left would only take turns from other requests, and
        // those that are done would keep the room from them.
        budget.check()?;
        results.push(result.unwrap_or_else(
            |error| json!({"code": http_status(error.code), "error": error.message_to_send()}),
        ));
    }
    let answer = Map::from_iter([("results".to_owned(), Value::Array(results))]);
    Ok(Reply::ok(&Value::Object(answer)).with_reservation(budget.release()))
}

impl PreparedSearches {
    /// Does one of the searches. All of them together have the time of one.
    fn search(&self, place: usize, begun: Instant, budget: &AnswerBudget) -> EngineResult<Value> {
        let app = &self.call.app;
        let searches = self.body.get("searches");
        let search = searches
            .and_then(|searches| searches.get(place)?.as_object())
            .ok_or_else(panic_error)?;
        let (name, grant) = self.searches.get(place).ok_or_else(panic_error)?;
        let parameters = RawParameters::from_body(search)?
            .and_query(self.call.query.pairs())
            .and_embedded(&grant.embedded)?;
        let other = grant.embedded.get("collection").and_then(Value::as_str);
        let cutoff = app.engine.settings().search_cutoff;
        let time_left = cutoff.saturating_sub(begun.elapsed());
        let collection = other.unwrap_or(name);
        app.engine.search(collection, parameters, time_left, budget)
    }
}

/// Checks what concerns the request as a whole: a problem with one search is one of all of them here.
fn prepare(mut call: ApiCall) -> EngineResult<PreparedSearches> {
    let body = read_body(&call);
    let value = body.as_ref().ok().and_then(|body| body.get("searches"));
    let searches = match value.and_then(Value::as_array) {
        Some(searches) if !searches.is_empty() => searches,
        refused => {
            // A client that may not search at all learns no more than that.
            authorize::any_search(&call)?;
            let is_empty = refused.is_some();
            body?;
            return Err(if is_empty {
                EngineError::internal("Embedded params parsing error.")
            } else {
                EngineError::invalid("Missing `searches` array.")
            });
        }
    };
    let objects: Vec<&Map<String, Value>> = searches.iter().filter_map(Value::as_object).collect();
    if objects.len() < searches.len() {
        authorize::any_search(&call)?;
        return Err(EngineError::invalid(
            "The value of `searches` must be an array of objects.",
        ));
    }
    let named: Vec<(String, &Map<String, Value>)> = objects
        .into_iter()
        .map(|search| (collection_of(&call, search), search))
        .collect();
    let grants = authorize::searches(&call, &named)?;
    call.recognize();
    let key_limit = fewest_searches(grants.iter().map(|grant| &grant.embedded))?;
    let in_query = call.query.get("limit_multi_searches");
    let limit = key_limit.or_else(|| in_query.and_then(|limit| limit.parse().ok()));
    let limits = call.app.engine.settings();
    if named.len() > limit.unwrap_or(limits.searches).min(limits.most_searches) {
        return Err(EngineError::invalid(
            "Number of multi searches exceeds `limit_multi_searches` parameter.",
        ));
    }
    let mut prepared = Vec::with_capacity(named.len());
    for ((name, search), grant) in named.into_iter().zip(grants) {
        RawParameters::from_body(search)?.and_embedded(&grant.embedded)?;
        prepared.push((name, grant));
    }
    Ok(PreparedSearches {
        searches: prepared,
        body: body?,
        call,
    })
}

/// The fewest searches that any of the keys permits. One that is not a number would bind nothing.
fn fewest_searches<'a>(
    embedded: impl Iterator<Item = &'a Map<String, Value>>,
) -> EngineResult<Option<usize>> {
    let said = embedded.filter_map(|embedded| embedded.get("limit_multi_searches"));
    let limits = said.map(|limit| {
        let number = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
        number
            .or_else(|| limit.as_str()?.parse().ok())
            .ok_or_else(|| RequestError::Malformed.into())
    });
    let numbers = limits.collect::<EngineResult<Vec<usize>>>()?;
    Ok(numbers.into_iter().min())
}

/// The body, or the preset that stands for it; one that is not there stands for nothing.
fn read_body(call: &ApiCall) -> EngineResult<Value> {
    match call.query.get("preset") {
        None => call.json(),
        Some(name) => {
            let preset = call.app.engine.object(ObjectKind::Preset, "", name)?;
            Ok(preset.unwrap_or_default())
        }
    }
}

/// The collection that a search names; the query string wins, as for all parameters.
fn collection_of(call: &ApiCall, search: &Map<String, Value>) -> String {
    let own = search.get("collection").and_then(Value::as_str);
    let name = call.query.get("collection").or(own);
    name.unwrap_or_default().to_owned()
}

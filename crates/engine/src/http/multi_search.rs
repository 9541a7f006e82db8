//! `POST /multi_search`: many searches in one request, of which each succeeds or fails by itself.
//!
//! Only what concerns the request as a whole fails it: a body that is none, a key that one of the
//! searches lacks, a parameter that is no plain value, too many searches.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Map, Value, json};

use crate::engine::ObjectKind;
use crate::problem::{Answer, Problem};
use crate::search::Budget;

use super::call::Call;
use super::parameters::Parameters;
use super::reply::Reply;
use super::{authorise, parameters, search};

pub(super) async fn answer(call: Call) -> Answer<Reply> {
    let app = Arc::clone(&call.app);
    let searches = app.workers.search(move || prepare(&call)).await?;
    let budget = Arc::new(Budget::of(app.engine.settings().answer_bytes));
    let results = searches.into_iter().map(|(collection, parameters)| {
        let (shared, budget) = (Arc::clone(&app), Arc::clone(&budget));
        app.workers
            .search(move || search::run(&shared, &collection, parameters, &budget))
    });
    let results = join_all(results).await.into_iter().map(|result| {
        result.unwrap_or_else(
            |problem| json!({"code": problem.status, "error": problem.message_to_send()}),
        )
    });
    let results: Vec<Value> = results.collect();
    Ok(Reply::ok(&json!({ "results": results })))
}

/// What is to be searched where; a problem with one search is one of all of them here.
fn prepare(call: &Call) -> Answer<Vec<(String, Parameters)>> {
    let body = body(call);
    let searches = body.as_ref().ok().and_then(|body| body.get("searches"));
    let searches = match searches.and_then(Value::as_array) {
        Some(searches) if !searches.is_empty() => searches,
        refused => {
            // Who may not search at all learns no more than that.
            authorise::any_search(call)?;
            let is_empty = refused.is_some();
            body?;
            return Err(if is_empty {
                Problem::fault("Embedded params parsing error.")
            } else {
                Problem::bad_request("Missing `searches` array.")
            });
        }
    };
    let objects: Vec<&Map<String, Value>> = searches.iter().filter_map(Value::as_object).collect();
    if objects.len() < searches.len() {
        authorise::any_search(call)?;
        return Err(Problem::bad_request(
            "The value of `searches` must be an array of objects.",
        ));
    }
    let named: Vec<(String, &Map<String, Value>)> = objects
        .into_iter()
        .map(|search| (collection(call, search), search))
        .collect();
    let grants = authorise::searches(call, &named)?;
    let embedded = grants.iter().map(|grant| &grant.embedded);
    let limit = limit(embedded.clone())?;
    let in_query = call.query.get("limit_multi_searches");
    let limit = limit.or_else(|| in_query.and_then(|limit| limit.parse().ok()));
    let limits = call.app.engine.settings();
    if named.len() > limit.unwrap_or(limits.searches).min(limits.most_searches) {
        return Err(Problem::bad_request(
            "Number of multi searches exceeds `limit_multi_searches` parameter.",
        ));
    }
    let searches = named
        .into_iter()
        .zip(embedded)
        .map(|((name, search), embedded)| {
            let parameters = Parameters::from_body(search)?
                .and_query(&call.query)
                .and_embedded(embedded)?;
            let other = embedded.get("collection").and_then(Value::as_str);
            Ok((other.map_or(name, str::to_owned), parameters))
        });
    searches.collect()
}

/// The fewest searches that any of the keys permits. One that is no number would bind nothing.
fn limit<'a>(embedded: impl Iterator<Item = &'a Map<String, Value>>) -> Answer<Option<usize>> {
    let said = embedded.filter_map(|embedded| embedded.get("limit_multi_searches"));
    let limits = said.map(|limit| {
        let number = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
        number
            .or_else(|| limit.as_str()?.parse().ok())
            .ok_or_else(parameters::malformed)
    });
    let limits: Vec<usize> = limits.collect::<Answer<_>>()?;
    Ok(limits.into_iter().min())
}

/// The body, or the preset that stands for it; one that is not there stands for nothing.
fn body(call: &Call) -> Answer<Value> {
    match call.query.get("preset") {
        None => call.json(),
        Some(name) => {
            let preset = call.app.engine.object(ObjectKind::Preset, "", name)?;
            Ok(preset.unwrap_or_default())
        }
    }
}

/// The collection that a search names; the query string wins, as for all parameters.
fn collection(call: &Call, search: &Map<String, Value>) -> String {
    let own = search.get("collection").and_then(Value::as_str);
    let name = call.query.get("collection").or(own);
    name.unwrap_or_default().to_owned()
}

//! `GET /collections/x/documents/search`

use std::sync::Arc;

use axum::http::request::Parts;
use serde_json::Value;

use super::api_call::ApiCall;
use super::reply::Reply;
use crate::error::{EngineError, EngineResult};
use crate::memory::AnswerBudget;
use crate::request::RawParameters;
use crate::settings::EngineSettings;

pub(super) async fn search(call: ApiCall) -> EngineResult<Reply> {
    let app = Arc::clone(&call.app);
    let workers = &app.capacity(call.share).workers;
    let searching = workers.run_search(move || {
        let embedded = &call.granted.embedded;
        let parameters = RawParameters::default()
            .and_query(call.query.pairs())
            .and_embedded(embedded)?;
        let other = embedded.get("collection").and_then(Value::as_str);
        let collection = other.unwrap_or(call.name(0));
        let engine = &call.app.engine;
        let limits = engine.settings();
        let budget = AnswerBudget::of(limits.answer_bytes, &call.capacity().answers);
        let found = engine.search(collection, parameters, limits.search_cutoff, &budget)?;
        Ok(Reply::ok(&found).with_reservation(budget.release()))
    });
    searching.await
}

/// Refuses a query string that is too long.
pub(super) fn check_length(head: &Parts, limits: &EngineSettings) -> EngineResult<()> {
    let longest = limits.query_bytes;
    // Its question mark counts.
    if head.uri.query().unwrap_or_default().len() >= longest {
        return Err(EngineError::invalid(format!(
            "Query string exceeds max allowed length of {longest}. Use the /multi_search \
             end-point for larger payloads."
        )));
    }
    Ok(())
}

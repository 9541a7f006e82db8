//! Who may do what: a key is in the head, in the query string, or in the searches of a body.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::EngineResult;
use crate::keys::{AccessRequest, Grant, KeyError};
use crate::memory::json_size;

use super::api_call::ApiCall;

const IN_BODY: &str = "x-typesense-api-key";

/// Lets a request in, with what its key embeds and covers.
pub(super) fn authorize(mut call: ApiCall) -> EngineResult<ApiCall> {
    let names: Vec<&str> = call.governed_name().into_iter().collect();
    let request = AccessRequest {
        action: call.action(),
        collections: &names,
    };
    let granted = call.app.keys.permit(&call.presented, request);
    call.granted = granted.ok_or(KeyError::Forbidden)?;
    call.recognize();
    call.reserve_memory(embedded_size(&call.granted.embedded))?;
    Ok(call)
}

/// Lets the searches of a body in, all or none; one [`Grant`] for each, which those with the same
/// key share: what a key embeds can be large.
///
/// A search may bring a key of its own, which then counts for it, unless the request has an admin key.
pub(super) fn searches(
    call: &ApiCall,
    searches: &[(String, &Map<String, Value>)],
) -> EngineResult<Vec<Arc<Grant>>> {
    let permit = |key: &str, collection: &str| {
        let request = AccessRequest {
            action: call.action(),
            collections: &[collection],
        };
        call.app
            .keys
            .permit(key, request)
            .ok_or(KeyError::Forbidden)
    };
    let is_admin = call.app.keys.is_admin(&call.presented);
    let mut known: HashMap<&str, Arc<Grant>> = HashMap::new();
    searches
        .iter()
        .map(|(collection, search)| {
            let own = search.get(IN_BODY).and_then(Value::as_str);
            let key = own.filter(|_| !is_admin).unwrap_or(&call.presented);
            let grant = permit(key, collection)?;
            if let Some(known) = known.get(key) {
                return Ok(Arc::clone(known));
            }
            call.reserve_memory(embedded_size(&grant.embedded))?;
            let shared = Arc::new(grant);
            known.insert(key, Arc::clone(&shared));
            Ok(shared)
        })
        .collect()
}

/// About how many bytes the parameters take that a key embeds.
fn embedded_size(embedded: &Map<String, Value>) -> usize {
    let sizes = embedded
        .iter()
        .map(|(name, value)| 64 + name.len() + json_size(value));
    sizes.sum()
}

/// Whether a key may search at all: asked where a body names no collection.
pub(super) fn any_search(call: &ApiCall) -> EngineResult<Grant> {
    let request = AccessRequest {
        action: call.action(),
        collections: &[],
    };
    call.app
        .keys
        .permit(&call.presented, request)
        .ok_or_else(|| KeyError::Forbidden.into())
}

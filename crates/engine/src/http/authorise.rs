//! Who may do what: a key is in the head, in the query string, or in the searches of a body.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::keys::{Grant, Wish, forbidden};
use crate::problem::Answer;
use crate::search::weight;

use super::call::Call;

const IN_BODY: &str = "x-typesense-api-key";

/// Lets a request in, with what its key embeds and covers.
pub(super) fn call(mut call: Call) -> Answer<Call> {
    let names: Vec<&str> = call.governed_name().into_iter().collect();
    let wish = Wish {
        action: call.action(),
        collections: &names,
    };
    let granted = call.app.keys.permit(&call.presented, wish);
    call.granted = granted.ok_or_else(forbidden)?;
    call.make_room(size(&call.granted.embedded))?;
    Ok(call)
}

/// Lets the searches of a body in, all or none; one [`Grant`] for each, which those with the same
/// key share: what a key embeds can be large.
///
/// A search may bring a key of its own, which then counts for it, except beside an admin key.
pub(super) fn searches(
    call: &Call,
    searches: &[(String, &Map<String, Value>)],
) -> Answer<Vec<Arc<Grant>>> {
    let permit = |key: &str, collection: &str| {
        let wish = Wish {
            action: call.action(),
            collections: &[collection],
        };
        call.app.keys.permit(key, wish).ok_or_else(forbidden)
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
            call.make_room(size(&grant.embedded))?;
            let grant = Arc::new(grant);
            known.insert(key, Arc::clone(&grant));
            Ok(grant)
        })
        .collect()
}

/// About how many bytes the parameters take that a key embeds.
fn size(embedded: &Map<String, Value>) -> usize {
    let parameters = embedded.iter();
    let parameters = parameters.map(|(name, value)| 64 + name.len() + weight(value));
    parameters.sum()
}

/// Whether a key may search at all: asked where a body names no collection.
pub(super) fn any_search(call: &Call) -> Answer<Grant> {
    let wish = Wish {
        action: call.action(),
        collections: &[],
    };
    call.app
        .keys
        .permit(&call.presented, wish)
        .ok_or_else(forbidden)
}

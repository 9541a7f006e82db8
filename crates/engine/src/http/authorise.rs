//! Who may do what: a key is in the head, in the query string, or in the searches of a body.

use serde_json::{Map, Value};

use crate::keys::{Grant, Wish, forbidden};
use crate::problem::Answer;

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
    Ok(call)
}

/// Lets the searches of a body in, all or none; one [`Grant`] for each.
///
/// A search may bring a key of its own, which then counts for it, except beside an admin key.
pub(super) fn searches(
    call: &Call,
    searches: &[(String, &Map<String, Value>)],
) -> Answer<Vec<Grant>> {
    let permit = |key: &str, collection: &str| {
        let wish = Wish {
            action: call.action(),
            collections: &[collection],
        };
        call.app.keys.permit(key, wish).ok_or_else(forbidden)
    };
    let is_admin = call.app.keys.is_admin(&call.presented);
    searches
        .iter()
        .map(|(collection, search)| {
            let own = search.get(IN_BODY).and_then(Value::as_str);
            let own = own.filter(|_| !is_admin);
            permit(own.unwrap_or(&call.presented), collection)
        })
        .collect()
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

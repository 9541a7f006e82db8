//! Who may read the metrics: this machine, and keys that may read.
//!
//! A proxy on this machine asks for strangers, who need a key.

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::web::door::{Door, is_of_this_machine};

/// Whether a request may have the metrics.
pub(super) async fn is_admitted(request: &Parts, door: &Door) -> bool {
    if is_of_this_machine(request) {
        return true;
    }
    request.headers.contains_key(AUTHORIZATION) && door.enter(request).await.is_ok()
}

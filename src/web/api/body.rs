//! What a request carries, within limits.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Bytes of the largest body.
const LARGEST: usize = 64 << 10;

/// Reads a body in JSON.
pub(super) async fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Problem> {
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.to_str());
    let kind = kind.unwrap_or(Ok("application/json")).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::media_type());
    }
    let bytes = to_bytes(body, LARGEST).await;
    let bytes = bytes.map_err(|_| Problem::too_large(LARGEST))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // It says what is missing or unknown, by the names of fields.
        Problem::bad_request(format!("the body is not what is expected here: {error}"))
    })
}

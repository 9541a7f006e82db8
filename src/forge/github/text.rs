//! Values that both APIs write alike.

use jiff::Timestamp;

/// Unix seconds of a time such as `2026-01-01T00:00:00Z`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_second())
}

/// GitHub says `NOASSERTION` where there is a licence that it does not know.
pub(super) fn known_license(spdx: Option<String>) -> Option<String> {
    spdx.filter(|spdx| !spdx.is_empty() && spdx != "NOASSERTION")
}

/// The text if it is an address of the web, else nothing.
pub(super) fn web_address(text: String) -> String {
    let is_one = text.starts_with("https://") || text.starts_with("http://");
    if is_one { text } else { String::new() }
}

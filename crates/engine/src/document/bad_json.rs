//! What is wrong with a text that is no JSON.

/// The reason, with the place where reading stopped.
pub(super) fn explain(text: &[u8], error: &serde_json::Error) -> String {
    let _ = text;
    format!("{error}")
}

//! What can be wrong with a file of an archive. Pure.

/// Why a file is not as it was written.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    #[error("it is missing")]
    Missing,
    #[error("its checksum does not match")]
    Checksum,
    #[error("it has no checksum")]
    NoChecksum,
    #[error("it is not UTF-8 text")]
    NoText,
    #[error("its number of items is not that of the summary")]
    Count,
    #[error("the summary does not name it")]
    Unnamed,
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

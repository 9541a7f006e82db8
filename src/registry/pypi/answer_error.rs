//! Why an answer of PyPI cannot be used, though it has arrived in full.

/// What is wrong with an answer, without what was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum PypiAnswerError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Xml(#[from] quick_xml::Error),
    #[error("`{field}`: {cause}")]
    Field {
        field: &'static str,
        cause: serde_json::Error,
    },
    #[error("`info` is not an object")]
    InfoIsNoObject,
    #[error("`info` has {0} bytes, more than any valid answer")]
    InfoTooLong(usize),
    #[error("it is about the project `{0}`")]
    OtherProject(String),
    #[error("it is about the version `{0}`")]
    OtherVersion(String),
    #[error("its latest release has no version")]
    NoVersion,
    #[error("it has no list of classifiers")]
    NoClassifiers,
    #[error("it carries no serials (`_last-serial`)")]
    NoSerials,
    #[error("it lists files but no versions")]
    FilesWithoutVersions,
    #[error("it is nested too deeply")]
    TooDeep,
    #[error("it declares an XML entity")]
    OwnEntity,
    #[error("it is truncated")]
    CutShort,
    #[error("it contains no list")]
    NoList,
    /// An XML-RPC fault, with its text where it has one.
    #[error("the registry answers with a fault{}", .0.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    Fault(Option<String>),
}

//! Errors of managing collections, aliases and keys.

use crate::search::SearchError;
use crate::store::StoreError;
use crate::workspace::WorkspaceError;

/// An action on collections, aliases or keys has failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManageError {
    /// The search server cannot be reached, refuses, or gives an answer that makes no sense.
    #[error(transparent)]
    Search(#[from] SearchError),

    /// Ledger, lock or since-file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The collection cannot be locked.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),

    /// No collection or alias has this name.
    #[error("there is no collection or alias `{name}`; `pyfa manage names` lists them")]
    NotThere { name: String },

    /// No collection or alias has this name, but a version of it exists without its alias.
    #[error(
        "there is no collection or alias `{name}`, but there is `{version}` with {documents} \
         documents: `pyfa manage alias add {name} {version}` points the name at it"
    )]
    Forgotten {
        name: String,
        version: String,
        documents: u64,
    },

    /// No alias has this name.
    #[error("there is no alias `{name}`; `pyfa manage alias list` lists them")]
    NoAlias { name: String },

    /// No key has this id.
    #[error("there is no key {id}; `pyfa manage key list` lists the search-only keys")]
    NoKey { id: u64 },

    /// The file with the embedded engine's search-only key cannot be read or written.
    #[error("cannot store the search-only key: {0}")]
    KeyFile(std::io::Error),

    /// An alias was given where a collection's own name is required.
    #[error("`{name}` is an alias of the collection `{collection}`; {instead}")]
    IsAlias {
        name: String,
        collection: String,
        instead: String,
    },

    /// A collection already has the name of the alias.
    #[error("`{name}` is a collection itself, so it cannot be an alias; {instead}")]
    IsCollection { name: String, instead: String },

    /// Source and target are the same collection.
    #[error("source and target are the same collection, `{name}`")]
    Same { name: String },

    /// Source and target are the same search server.
    #[error("source and target are the same search server, {server}")]
    SameServer { server: String },

    /// The target's schema conflicts with the documents to copy.
    #[error("collection `{collection}` cannot hold these documents: {conflicts}")]
    Schema {
        collection: String,
        conflicts: String,
    },

    /// The target rejects documents of the copy.
    #[error(
        "the copy `{target}` rejects {count} documents of `{source_name}`, such as {example}; the \
         copy was abandoned and no alias was moved: fix or delete these documents, or fetch into \
         a new collection"
    )]
    Refused {
        source_name: String,
        target: String,
        count: u64,
        example: String,
    },

    /// The copy still differs after several rounds.
    #[error(
        "`{target}` is not equal to `{source_name}` ({why}), so no alias was moved; if another \
         program writes to one of them, stop it, then try again"
    )]
    Differs {
        source_name: String,
        target: String,
        why: String,
    },

    /// A list of the server lacks an entry that exists when requested by name.
    #[error(
        "the list of {list} lacks {left_out}, so nothing was done: a node may lag behind, \
         or a proxy or load balancer may serve an old copy. Fix that, then run the command again"
    )]
    ShortList {
        list: &'static str,
        /// The missing name, and how it was found.
        left_out: String,
    },

    /// Two ways of counting a collection's documents contradict each other.
    #[error(
        "`{name}` reports {said} documents, but {why}; it was not changed. If a node lags behind \
         or a proxy cuts answers short, fix that; if the documents were deleted elsewhere, fetch \
         into `{name}`. Then run the command again"
    )]
    Miscounted {
        name: String,
        said: u64,
        why: String,
    },

    /// The plan that was shown to the user has changed.
    #[error("`{name}` changed after the plan was made; run the command again")]
    Changed { name: String },

    /// An interrupted rebuild or rollback must be finished first.
    #[error("{what} was interrupted; finish it first: `pyfa manage {command}`")]
    Unfinished { what: String, command: String },

    /// There is no version to roll back to.
    #[error(
        "cannot roll back `{collection}`: {why}; `pyfa manage alias add ALIAS COLLECTION` points an \
         alias at any collection"
    )]
    NothingBefore { collection: String, why: String },

    /// The value of a key is too short, cannot be sent in a header, or is in use.
    #[error("this value cannot be a key: {why}")]
    KeyValue { why: String },
}

impl ManageError {
    /// Whether running the same command again later is all that is needed.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        match self {
            Self::Workspace(error) => error.is_temporary(),
            Self::Search(error) => error.is_not_permitted(),
            _ => false,
        }
    }

    /// Whether the command line or a setting has to be corrected.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(
            self,
            Self::IsAlias { .. }
                | Self::IsCollection { .. }
                | Self::Same { .. }
                | Self::SameServer { .. }
                | Self::KeyValue { .. }
                | Self::Search(SearchError::Setting { .. })
        )
    }
}

//! Why nothing was done, or not all of it.

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

    /// There is nothing of this name.
    #[error("there is no collection or alias `{name}`; `pyfa manage names` lists them")]
    NotThere { name: String },

    /// There is nothing of this name, but a version of it that lacks its alias.
    #[error(
        "there is no collection or alias `{name}`, but there is `{version}` with {documents} \
         documents: `pyfa manage alias add {name} {version}` points the name at it"
    )]
    Forgotten {
        name: String,
        version: String,
        documents: u64,
    },

    /// There is no alias of this name.
    #[error("there is no alias `{name}`; `pyfa manage alias list` lists them")]
    NoAlias { name: String },

    /// There is no key of this number.
    #[error("there is no key {id}; `pyfa manage key list` lists the search-only keys")]
    NoKey { id: u64 },

    /// The file with the key of the embedded engine's front ends cannot be used.
    #[error("cannot store the search-only key: {0}")]
    KeyFile(std::io::Error),

    /// Only the collection itself will do.
    #[error("`{name}` is an alias of the collection `{collection}`; {instead}")]
    IsAlias {
        name: String,
        collection: String,
        instead: String,
    },

    /// A collection is in the way of an alias.
    #[error("`{name}` is a collection itself, so it cannot be an alias; {instead}")]
    IsCollection { name: String, instead: String },

    /// Source and target are one.
    #[error("source and target are the same collection, `{name}`")]
    Same { name: String },

    /// Everything is where it is to go.
    #[error("source and target are the same search server, {server}")]
    SameServer { server: String },

    /// The collection cannot hold our documents.
    #[error("collection `{collection}` cannot hold these documents: {conflicts}")]
    Schema {
        collection: String,
        conflicts: String,
    },

    /// The server will not take documents of the copy.
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

    /// The copy does not become equal.
    #[error(
        "`{target}` is not equal to `{source_name}` ({why}), so no alias was moved; if another \
         program writes to one of them, stop it, then try again"
    )]
    Differs {
        source_name: String,
        target: String,
        why: String,
    },

    /// The server's list lacks what the server has.
    #[error(
        "the list of {list} lacks {left_out}, so nothing was done: a node may lag behind, \
         or a proxy or load balancer may serve an old copy. Fix that, then run the command again"
    )]
    ShortList {
        list: &'static str,
        /// Its name, and how it was found.
        left_out: String,
    },

    /// Two questions about the number of documents have answers that exclude each other.
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

    /// What was shown to the user is no longer true.
    #[error("`{name}` changed after the plan was made; run the command again")]
    Changed { name: String },

    /// A rebuild or a rollback was interrupted and stands in the way.
    #[error("{what} was interrupted; finish it first: `pyfa manage {command}`")]
    Unfinished { what: String, command: String },

    /// There is no earlier version.
    #[error(
        "cannot roll back `{collection}`: {why}; `pyfa manage alias add ALIAS COLLECTION` points an \
         alias at any collection"
    )]
    NothingBefore { collection: String, why: String },

    /// A value that the key may not have.
    #[error("this value cannot be a key: {why}")]
    KeyValue { why: String },
}

impl ManageError {
    /// Whether running the same command again later is all that is needed.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        matches!(self, Self::Workspace(error) if error.is_temporary())
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

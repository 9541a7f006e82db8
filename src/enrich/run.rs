//! What the runs of enrichers share: what they are asked for, the clients that they work with, and
//! how a collection is kept from other writers while documents are written.
//!
//! Asks no source and writes nothing itself. Called by the runs beside it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyfa_http::DiskCache;

use super::packages::Package;
use crate::model::ProjectName;
use crate::progress::{Opening, Progress};
use crate::search::{self, SearchError};
use crate::store::StoreError;
use crate::store::lock::{self, Acquired, CollectionLock, Holder};

/// How long another command may hold the collection.
const PATIENCE: Duration = Duration::from_mins(15);

/// Which packages of which collection are meant.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Alias or collection.
    pub target: String,
    /// Only this package.
    pub name: Option<ProjectName>,
    /// Only so many packages, in the order of their names.
    pub limit: Option<usize>,
    /// Ask nothing and write nothing.
    pub dry_run: bool,
}

/// The clients that a run works with.
#[derive(Clone)]
pub struct Services {
    pub search: search::Client,
    pub cache: DiskCache,
    /// `PYFA_HOME`.
    pub home: PathBuf,
    pub progress: Arc<dyn Progress>,
}

/// A collection that others do not write until this is dropped.
#[derive(Debug)]
pub(super) struct Locked {
    /// Its real name.
    pub(super) collection: String,
    _lock: CollectionLock,
}

/// A run could not begin, or could not write.
#[derive(Debug, thiserror::Error)]
pub enum EnrichError {
    /// The search server is away, refuses, or makes no sense. What was learned is kept.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The lock of the collection cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing to enrich.
    #[error("there is no collection or alias `{target}`; `pyfa pypi -f -t {target}` makes one")]
    NoCollection { target: String },
    /// Somebody else writes the collection, for too long. What was learned is kept.
    #[error("`{collection}` is being written by {holder}; run the command again then")]
    Busy { collection: String, holder: String },
    /// The files about problems cannot be written; everything else is done.
    #[error("the files about problems cannot be written to `{}`: {cause}", folder.display())]
    Report {
        folder: PathBuf,
        cause: std::io::Error,
    },
    /// A base URL or a rate that no client can be made of.
    #[error("{setting} cannot be used: {why}")]
    Setting { setting: &'static str, why: String },
}

impl EnrichError {
    /// Whether the next run takes the work up without anybody doing anything.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        match self {
            Self::Search(error) => error.is_passing(),
            Self::Busy { .. } => true,
            Self::Store(_)
            | Self::NoCollection { .. }
            | Self::Report { .. }
            | Self::Setting { .. } => false,
        }
    }
}

impl Selection {
    /// Keeps the packages that are meant.
    pub(super) fn narrow(&self, packages: &mut Vec<Package>) {
        if let Some(name) = &self.name {
            packages.retain(|package| package.name == *name);
        }
        packages.truncate(self.limit.unwrap_or(usize::MAX));
    }
}

impl Services {
    /// The real name of the collection that is meant, after saying where the run writes.
    pub(super) async fn open(&self, target: &str) -> Result<String, EnrichError> {
        let collection = self.resolve(target).await?;
        self.progress.opening(&Opening {
            server: self.search.address(),
            target,
            collection: &collection,
            collection_is_new: false,
            home: &self.home,
            home_is_new: false,
        });
        Ok(collection)
    }

    /// The real name of the collection that `target` means now.
    pub(super) async fn resolve(&self, target: &str) -> Result<String, EnrichError> {
        let found = self.search.fetch_collection(target).await?;
        let none = || EnrichError::NoCollection {
            target: target.to_owned(),
        };
        Ok(found.ok_or_else(none)?.name)
    }

    /// Keeps other writers away from what `target` means. Whoever had it may have rebuilt it, so it
    /// may be another collection than when the run began.
    pub(super) async fn lock(&self, target: &str, command: &str) -> Result<Locked, EnrichError> {
        let mut collection = self.resolve(target).await?;
        loop {
            let lock = self.acquire(&collection, command).await?;
            let present = self.resolve(target).await?;
            if present == collection {
                return Ok(Locked {
                    collection,
                    _lock: lock,
                });
            }
            collection = present;
        }
    }

    async fn acquire(
        &self,
        collection: &str,
        command: &str,
    ) -> Result<CollectionLock, EnrichError> {
        let server = self.search.identity();
        let waiting = |holder: &Holder| {
            self.progress.note(&format!(
                "waiting for {}, which has `{collection}`",
                holder.description
            ));
        };
        match lock::acquire(&self.home, server, collection, command, PATIENCE, waiting).await? {
            Acquired::Lock(lock) => Ok(lock),
            Acquired::Held(holder) => Err(EnrichError::Busy {
                collection: collection.to_owned(),
                holder: holder.description,
            }),
        }
    }
}

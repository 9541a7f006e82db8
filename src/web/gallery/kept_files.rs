//! Tables and sitemaps, which are made of many requests: made once for all who ask for the same, and
//! kept while the collection looks the same.

use std::time::Duration;

use super::page::{Page, PageError};
use super::shared_cache::SharedCache;
use super::workers::Workers;
use crate::catalog::CollectionState;
use crate::web::concurrency::ConcurrencyLimit;

/// Bytes of all that are kept.
const KEPT: u64 = 64 << 20;
/// How long one is kept: what the numbers in it are made of may change unseen.
const AGE: Duration = Duration::from_mins(1);
/// Files that are made at the same time, and how many wait for that.
const AT_ONCE: usize = 2;
const WAITING: usize = 64;

/// What a file says depends on nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileKey {
    address: String,
    /// Where the gallery is, as the file says it.
    base: String,
    state: CollectionState,
}

/// The files that were made.
#[derive(Debug)]
pub(super) struct KeptFiles {
    kept: SharedCache<FileKey, Page>,
    places: ConcurrencyLimit,
    workers: Workers,
}

impl KeptFiles {
    pub(super) fn new(workers: Workers) -> Self {
        Self {
            kept: SharedCache::new(KEPT, AGE, Page::size),
            places: ConcurrencyLimit::new(AT_ONCE, WAITING),
            workers,
        }
    }

    /// The file at an address, made of a collection in this state, or the one that `make` makes.
    ///
    /// # Errors
    ///
    /// As `make`; [`PageError::Overloaded`] if too many are to be made.
    pub(super) async fn get_or_make(
        &self,
        (address, base): (String, String),
        state: CollectionState,
        make: impl Future<Output = Result<Page, PageError>>,
    ) -> Result<Page, PageError> {
        let key = FileKey {
            address,
            base,
            state,
        };
        let make = async {
            let _place = self.places.enter().await?;
            let page = make.await?;
            self.workers.run(move || page.compressed()).await
        };
        self.kept.get_or_make(key, make).await
    }
}

//! What the database knows of people and repositories, for pages: the map, and the metrics.
//!
//! Pages do without it where the database is absent, away or slow. Says nothing about people who asked
//! to be forgotten, and reads no e-mail address. Never writes. Called by `gallery`.

mod connection;
mod forgotten;
mod person;
mod repository;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

pub use connection::{LazyDatabase, Unreadable};
pub use person::{ACTIVITY_DAYS, Contribution, PersonRecord};
pub use repository::{RepositoryContributor, RepositoryRecord};

use crate::catalog::Discretion;
use crate::database::DatabaseSettings;
use crate::model::Forgotten;
use forgotten::KnownForgotten;

/// What pages know from the database.
#[derive(Debug)]
pub struct People {
    /// For look-ups, which never wait for what takes long.
    map: Arc<LazyDatabase>,
    /// For what is counted.
    metrics: LazyDatabase,
    /// That of the list.
    list: Arc<LazyDatabase>,
    forgotten: KnownForgotten,
    /// How long a page waits for each part.
    patience: Duration,
}

impl People {
    /// Those of a database; none without one.
    #[must_use]
    pub fn new(settings: Option<&DatabaseSettings>, patience: Duration) -> Self {
        let map = Arc::new(LazyDatabase::new(settings.cloned()));
        Self {
            list: Arc::clone(&map),
            map,
            metrics: LazyDatabase::new(settings.cloned()),
            forgotten: KnownForgotten::default(),
            patience,
        }
    }

    /// The same without the map and the metrics, which are of another moment than pages in files: only
    /// who asked to be forgotten is read.
    #[must_use]
    pub fn list_only(settings: Option<&DatabaseSettings>, patience: Duration) -> Self {
        Self {
            map: Arc::new(LazyDatabase::new(None)),
            metrics: LazyDatabase::new(None),
            ..Self::new(settings, patience)
        }
    }

    /// The people who asked to be forgotten. `None` if that cannot be found out: then nobody may be shown.
    pub async fn fetch_forgotten(&self) -> Option<Arc<Forgotten>> {
        self.forgotten.get(&self.list, self.patience).await
    }
}

impl Discretion for People {
    fn fetch_forgotten(&self) -> BoxFuture<'_, Option<Arc<Forgotten>>> {
        self.fetch_forgotten().boxed()
    }
}

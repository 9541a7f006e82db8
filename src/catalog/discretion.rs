//! Who may not be named.

use std::fmt::Debug;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::model::Forgotten;

/// Knows who asked to be forgotten.
pub trait Discretion: Debug + Send + Sync {
    /// The list; `None` if it cannot be read: then nobody may be named.
    fn fetch_forgotten(&self) -> BoxFuture<'_, Option<Arc<Forgotten>>>;
}

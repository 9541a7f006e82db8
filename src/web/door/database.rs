//! The database, opened when it is first needed, and again as long as that fails.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::refusal::Refusal;
use super::settings::DoorSettings;
use crate::database::{Database, DatabaseError, DatabaseSettings, ReadLimits};
use crate::records::Records;

/// Questions that the database answers at the same time.
const AT_ONCE: usize = 8;

/// An open database.
#[derive(Debug)]
pub struct OpenDatabase {
    /// For questions, within limits.
    pub records: Records,
    /// For what writes, such as jobs.
    pub work: Database,
}

#[derive(Debug)]
pub(super) struct LazyDatabase {
    settings: DatabaseSettings,
    patience: Duration,
    opened: Mutex<Option<Arc<OpenDatabase>>>,
}

impl LazyDatabase {
    pub(super) fn new(settings: &DoorSettings) -> Self {
        Self {
            settings: settings.database.clone(),
            patience: settings.patience,
            opened: Mutex::new(None),
        }
    }

    pub(super) async fn get(&self) -> Result<Arc<OpenDatabase>, Refusal> {
        let opening = async {
            let mut opened = self.opened.lock().await;
            if let Some(opened) = &*opened {
                return Ok(Arc::clone(opened));
            }
            let fresh = Arc::new(self.open().await?);
            *opened = Some(Arc::clone(&fresh));
            Ok(fresh)
        };
        match tokio::time::timeout(self.patience, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(Refusal::Away),
        }
    }

    async fn open(&self) -> Result<OpenDatabase, DatabaseError> {
        // It may be written by an older version, or not be there yet.
        let work = Database::open(&self.settings).await?;
        let limits = ReadLimits {
            at_once: AT_ONCE,
            patience: self.patience,
        };
        let questions = Database::connect(&self.settings.with_read_limits(limits)).await?;
        Ok(OpenDatabase {
            records: Records::new(questions),
            work,
        })
    }
}

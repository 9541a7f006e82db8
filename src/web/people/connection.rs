//! A database that is opened when it is first needed, and asked again some time after it was away.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::database::{Database, DatabaseError, DatabaseSettings, Row, Statement};

/// How long a database that was away, or is not there yet, is not looked for again.
const PAUSE: Duration = Duration::from_secs(5);
/// The format of the tables that has the map.
const FIRST_WITH_MAP: i64 = 5;

/// The database is there, and cannot be read now. The log says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database cannot be read at the moment")]
pub struct Unreadable;

/// A database to read from.
#[derive(Debug)]
pub struct LazyDatabase {
    settings: Option<DatabaseSettings>,
    state: Mutex<ConnectionState>,
}

#[derive(Debug, Default)]
struct ConnectionState {
    database: Option<Database>,
    /// What the last attempt has found, and when.
    last: Option<(Instant, Result<(), Unreadable>)>,
}

impl LazyDatabase {
    #[must_use]
    pub fn new(settings: Option<DatabaseSettings>) -> Self {
        Self {
            settings,
            state: Mutex::default(),
        }
    }

    /// The database; `None` if there is none, or one without a map.
    pub async fn get(&self) -> Result<Option<Database>, Unreadable> {
        let Some(settings) = &self.settings else {
            return Ok(None);
        };
        let mut state = self.state.lock().await;
        if let Some(database) = &state.database {
            return Ok(Some(database.clone()));
        }
        if let Some((at, outcome)) = state.last
            && at.elapsed() < PAUSE
        {
            return outcome.map(|()| None);
        }
        // Stays if this future is dropped while the database is being opened.
        state.last = Some((Instant::now(), Err(Unreadable)));
        let opened = open(settings).await.map_err(|error| noted(&error));
        state.last = Some((
            Instant::now(),
            opened.as_ref().map(|_| ()).map_err(|error| *error),
        ));
        state.database = opened?;
        Ok(state.database.clone())
    }

    /// Reads rows, for at most `patience`; none without a database.
    pub async fn query(
        &self,
        statement: Statement,
        patience: Duration,
    ) -> Result<Vec<Row>, Unreadable> {
        self.within(patience, async |database| database.query(statement).await)
            .await
            .map(Option::unwrap_or_default)
    }

    /// What `ask` finds out within `patience`; `None` without a database.
    pub async fn within<T>(
        &self,
        patience: Duration,
        ask: impl AsyncFnOnce(Database) -> Result<T, DatabaseError>,
    ) -> Result<Option<T>, Unreadable> {
        let asking = async {
            match self.get().await? {
                Some(database) => ask(database).await.map(Some).map_err(|error| noted(&error)),
                None => Ok(None),
            }
        };
        tokio::time::timeout(patience, asking)
            .await
            .unwrap_or(Err(Unreadable))
    }
}

async fn open(settings: &DatabaseSettings) -> Result<Option<Database>, DatabaseError> {
    let Some(database) = Database::connect_existing(settings).await? else {
        return Ok(None);
    };
    // Bringing the tables up to date is left to those who write.
    let state = database.fetch_schema_state().await?;
    Ok((state.found >= FIRST_WITH_MAP).then_some(database))
}

/// An error of the database is for the log, not for visitors.
fn noted(error: &DatabaseError) -> Unreadable {
    tracing::warn!(%error, "pages do without the database");
    Unreadable
}

//! Who asked to be forgotten, as the database says.
//!
//! The whole list is kept, and read again every few seconds. While the database is away, the last one
//! counts. If none was ever read, nobody knows who is on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::connection::{LazyDatabase, Unreadable};
use crate::database::{DatabaseError, Statement};
use crate::model::{Forgotten, Identity};

/// How long a list is believed.
const AGE: Duration = Duration::from_secs(5);
/// Entries that are read; nobody is shown where there are more.
const MOST: usize = 1_000_000;

const LIST: &str = "SELECT login_digest, github_id FROM forgotten LIMIT 1000001";
/// Other logins that the activity knows of them.
const OTHER_LOGINS: &str = "SELECT login FROM person_logins
    JOIN forgotten ON forgotten.github_id = person_logins.person_id LIMIT 1000000";

/// The list as it was last read.
#[derive(Debug, Default)]
pub(super) struct KnownForgotten {
    last: Mutex<Option<(Instant, Option<Arc<Forgotten>>)>>,
}

impl KnownForgotten {
    pub(super) async fn get(
        &self,
        database: &LazyDatabase,
        patience: Duration,
    ) -> Option<Arc<Forgotten>> {
        let mut last = self.last.lock().await;
        if let Some((at, list)) = &*last
            && at.elapsed() < AGE
        {
            return list.clone();
        }
        let before = last.take().and_then(|(_, list)| list);
        *last = Some((Instant::now(), before.clone()));
        let found = read(database, patience).await.ok().flatten();
        let known = found.map(Arc::new).or(before);
        *last = Some((Instant::now(), known.clone()));
        known
    }
}

/// The list; `None` if it is too long to be kept.
async fn read(
    database: &LazyDatabase,
    patience: Duration,
) -> Result<Option<Forgotten>, Unreadable> {
    let read = database.within(patience, async |database| {
        let mut list = Forgotten::default();
        let rows = database.query(Statement::new(LIST, Vec::new())).await?;
        if rows.len() > MOST {
            return Ok::<_, DatabaseError>(None);
        }
        for row in rows {
            list.add_digest(&row.text("login_digest")?);
            if let Some(id) = row.optional_integer("github_id")? {
                list.add_id(id);
            }
        }
        let others = Statement::new(OTHER_LOGINS, Vec::new());
        for row in database.query(others).await? {
            list.add(&Identity::GitHub(row.text("login")?));
        }
        Ok(Some(list))
    });
    // Without a database nobody can be on a list.
    Ok(read.await?.unwrap_or_else(|| Some(Forgotten::default())))
}

//! Who asked to be forgotten: digests of logins, and ids.
//!
//! The whole list is kept, and read again every few seconds. While the database is away, the last one
//! counts. If none was ever read, nobody knows who is on it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::connection::{LazyDatabase, Unreadable};
use crate::database::{DatabaseError, Statement};

/// How long a list is believed.
const AGE: Duration = Duration::from_secs(5);
/// Entries that are read; nobody is shown where there are more.
const MOST: usize = 1_000_000;

const LIST: &str = "SELECT login_digest, github_id FROM forgotten LIMIT 1000001";
/// Other logins that the activity knows of them.
const OTHER_LOGINS: &str = "SELECT login FROM person_logins
    JOIN forgotten ON forgotten.github_id = person_logins.person_id LIMIT 1000000";

/// Who asked to be forgotten.
#[derive(Debug, Default)]
pub struct Forgotten {
    digests: HashSet<[u8; 32]>,
    ids: HashSet<i64>,
}

/// The list as it was last read.
#[derive(Debug, Default)]
pub(super) struct KnownForgotten {
    last: Mutex<Option<(Instant, Option<Arc<Forgotten>>)>>,
}

impl Forgotten {
    /// Whether somebody with this login is on the list.
    #[must_use]
    pub fn has_login(&self, login: &str) -> bool {
        !self.digests.is_empty() && self.digests.contains(&digest_of(login))
    }

    /// Whether somebody with this id of GitHub's is on the list.
    #[must_use]
    pub fn has_id(&self, id: i64) -> bool {
        self.ids.contains(&id)
    }
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
            list.digests.extend(read_digest(&row.text("login_digest")?));
            list.ids.extend(row.optional_integer("github_id")?);
        }
        let others = Statement::new(OTHER_LOGINS, Vec::new());
        for row in database.query(others).await? {
            list.digests.insert(digest_of(&row.text("login")?));
        }
        Ok(Some(list))
    });
    // Without a database nobody can be on a list.
    Ok(read.await?.unwrap_or_else(|| Some(Forgotten::default())))
}

fn digest_of(login: &str) -> [u8; 32] {
    Sha256::digest(login.to_lowercase()).into()
}

/// A digest in hexadecimal digits.
fn read_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// The digest of a login as the database keeps it.
#[must_use]
pub fn login_digest(login: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest_of(login) {
        // Writing to a text never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Forgotten, digest_of, login_digest, read_digest};

    #[test]
    fn a_login_is_known_by_its_digest_in_any_spelling() {
        let text = login_digest("Ada");
        assert_eq!(
            text,
            "fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029"
        );
        assert_eq!(read_digest(&text), Some(digest_of("ADA")));
        let forgotten = Forgotten {
            digests: read_digest(&text).into_iter().collect(),
            ids: [7].into(),
        };
        assert!(forgotten.has_login("aDa") && forgotten.has_id(7));
        assert!(!forgotten.has_login("ad") && !forgotten.has_id(8));
        for wrong in ["", "zz", &"é".repeat(32), &"0".repeat(63)] {
            assert_eq!(read_digest(wrong), None, "{wrong}");
        }
    }
}

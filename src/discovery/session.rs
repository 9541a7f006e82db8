//! What every step works with: GitHub, the database, the bounds, who is forgotten, and the lease.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::entries::Account;
use super::error::DiscoveryError;
use super::forgotten::{Forgotten, digest};
use super::settings::DiscoverySettings;
use crate::database::{Database, Lease, Statement, Transaction, WorkLease};
use crate::forge::github::GitHub;
use crate::progress::Stop;

/// A discovery at work.
#[derive(Debug)]
pub struct DiscoverySession {
    pub github: GitHub,
    pub database: Database,
    pub settings: DiscoverySettings,
    lease: WorkLease,
    known: Mutex<Known>,
}

/// What was read from the database once.
#[derive(Debug, Default)]
struct Known {
    /// `None` until it was read.
    forgotten: Option<Forgotten>,
    /// Developers in the map; `None` until they were counted.
    developers: Option<u64>,
}

/// The accounts of an answer that may be stored.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    pub(super) accounts: Vec<Account>,
    /// How many of them are new.
    pub(super) new: u64,
}

impl DiscoverySession {
    #[must_use]
    pub fn new(
        github: GitHub,
        database: Database,
        settings: DiscoverySettings,
        stop: Stop,
    ) -> Self {
        Self {
            github,
            database,
            settings,
            lease: WorkLease::new(stop),
            known: Mutex::default(),
        }
    }

    /// Asks and writes only while `lease` is held.
    #[must_use]
    pub fn with_lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = self.lease.with(lease);
        self
    }

    /// Notes what GitHub has said of its quota, and closes the database.
    pub async fn close(&self) {
        self.github.wait_until_settled().await;
        self.database.close().await;
    }

    /// Fails if the run has to end here.
    pub(super) fn check_stop(&self) -> Result<(), DiscoveryError> {
        Ok(self.lease.check()?)
    }

    /// Runs all statements, or none if the lease is lost.
    pub(super) async fn commit(&self, work: Transaction) -> Result<Vec<u64>, DiscoveryError> {
        self.lease.commit(&self.database, work).await
    }

    /// Whether nothing about an account may be stored.
    pub(super) async fn is_forgotten(&self, account: &Account) -> Result<bool, DiscoveryError> {
        self.load_forgotten().await?;
        let known = self.known();
        Ok(known
            .forgotten
            .as_ref()
            .is_some_and(|all| all.holds(account)))
    }

    /// Whether somebody with this login asked to be forgotten.
    pub(super) async fn is_login_forgotten(&self, login: &str) -> Result<bool, DiscoveryError> {
        self.load_forgotten().await?;
        let known = self.known();
        Ok(known
            .forgotten
            .as_ref()
            .is_some_and(|all| all.holds_login(login)))
    }

    /// Leaves out who asked to be forgotten, and new ones for whom the map has no room.
    pub(super) async fn admit(
        &self,
        mut accounts: Vec<Account>,
    ) -> Result<Admitted, DiscoveryError> {
        self.load_forgotten().await?;
        let mut recognised = Vec::new();
        {
            let mut known = self.known();
            if let Some(forgotten) = known.forgotten.as_mut() {
                accounts.retain(|account| {
                    if !forgotten.holds(account) {
                        return true;
                    }
                    if forgotten.holds_login(&account.login) {
                        let known_digest = digest(&account.login);
                        recognised.push(vec![known_digest.as_str().into(), account.id.into()]);
                        forgotten.insert(known_digest, Some(account.id));
                    }
                    false
                });
            }
        }
        if !recognised.is_empty() {
            // From now on no rename hides them.
            let text = "UPDATE forgotten SET github_id = $2
                        WHERE login_digest = $1 AND github_id IS NULL";
            let learned = Statement::for_each(text, recognised);
            self.commit(Transaction::new().and(learned)).await?;
        }
        if accounts.is_empty() {
            return Ok(Admitted::default());
        }
        let stored = self.fetch_stored(&accounts).await?;
        let mut room = self.fetch_room().await?;
        let mut new = HashSet::new();
        accounts.retain(|account| {
            if stored.contains(&account.id) || new.contains(&account.id) {
                return true;
            }
            let has_room = room > 0;
            if has_room {
                room -= 1;
                new.insert(account.id);
            }
            has_room
        });
        Ok(Admitted {
            new: new.len() as u64,
            accounts,
        })
    }

    /// Counts developers that were stored.
    pub(super) fn note_new(&self, new: u64) {
        let mut known = self.known();
        known.developers = known.developers.map(|count| count + new);
    }

    async fn fetch_stored(&self, accounts: &[Account]) -> Result<HashSet<i64>, DiscoveryError> {
        let ids: Vec<i64> = accounts.iter().map(|account| account.id).collect();
        let text = format!(
            "SELECT github_id FROM developers WHERE github_id IN {}",
            self.database.dialect().integers("$1")
        );
        let values = vec![Json::from(ids).into()];
        let rows = self.database.query(Statement::new(text, values)).await?;
        rows.iter()
            .map(|row| Ok(row.integer("github_id")?))
            .collect()
    }

    /// How many developers the map may take up.
    async fn fetch_room(&self) -> Result<u64, DiscoveryError> {
        let counted = self.known().developers;
        let counted = if let Some(counted) = counted {
            counted
        } else {
            let text = "SELECT COUNT(*) AS developers FROM developers";
            let count = Statement::new(text, Vec::new());
            let rows = self.database.query(count).await?;
            let counted = rows
                .first()
                .map_or(Ok(0), |row| row.integer("developers"))?;
            let counted = u64::try_from(counted).unwrap_or(0);
            self.known().developers = Some(counted);
            counted
        };
        Ok(self.settings.size.saturating_sub(counted))
    }

    async fn load_forgotten(&self) -> Result<(), DiscoveryError> {
        if self.known().forgotten.is_some() {
            return Ok(());
        }
        let text = "SELECT login_digest, github_id FROM forgotten";
        let rows = self
            .database
            .query(Statement::new(text, Vec::new()))
            .await?;
        let mut forgotten = Forgotten::default();
        for row in rows {
            forgotten.insert(
                row.text("login_digest")?,
                row.optional_integer("github_id")?,
            );
        }
        self.known().forgotten = Some(forgotten);
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

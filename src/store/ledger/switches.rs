//! The table `switches`: rebuilt collections, and the aliases that are or were moved to them.
//!
//! A row is written before the first step and updated after each one, so that an interrupted
//! rebuild can be resumed and a finished one can be rolled back. Called by `manage`.

use rusqlite::params;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::{Ledger, StoreError};

/// A creation time that is not kept, in a column that cannot be null.
const NO_TIME: i64 = 0;

/// One rebuild: a collection is copied to its next version, and the aliases are moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Address of the server, or of all nodes of the cluster, as spelled in the settings.
    pub server: String,
    /// Own name of the old collection.
    pub source: String,
    /// Own name of the new collection.
    pub target: String,
    /// The creation time of the new collection, in Unix seconds, by which a half-filled one is
    /// recognised. `None` once it is filled.
    pub created_at: Option<i64>,
    /// The names that will point to the new collection.
    pub aliases: Vec<String>,
    /// How far it has come.
    pub stage: SwitchStage,
}

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchStage {
    /// The new collection is being filled; its documents may be discarded.
    Filling,
    /// Both are equal; the aliases are being moved, and a plain old collection is deleted.
    Switching,
    /// Every alias points to the new collection; the old one may have been deleted.
    Done,
    /// The aliases are being moved back.
    Undoing,
}

impl Switch {
    /// Whether `name` is one of its collections or aliases.
    #[must_use]
    pub fn concerns(&self, name: &str) -> bool {
        self.source == name || self.target == name || self.aliases.iter().any(|one| one == name)
    }

    /// Whether the old collection is *plain*: one of the aliases to move is its own name.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.aliases.contains(&self.source)
    }
}

impl Ledger {
    /// The rebuilds on `server`, latest first.
    pub async fn read_switches(&self, server: &str) -> Result<Vec<Switch>, StoreError> {
        let server = [server.to_owned()];
        self.read_transaction(move |connection| {
            connection
                .prepare(
                    "SELECT server, source, target, aliases, stage, created_at FROM switches
                     WHERE server = ?1 ORDER BY id DESC",
                )?
                .query_map(server, |row| {
                    Ok(Switch {
                        server: row.get(0)?,
                        source: row.get(1)?,
                        target: row.get(2)?,
                        aliases: row.get::<_, Names>(3)?.0,
                        stage: row.get(4)?,
                        created_at: Some(row.get(5)?).filter(|time| *time != NO_TIME),
                    })
                })?
                .collect()
        })
        .await
    }

    /// Inserts a rebuild, or updates the one with the same target.
    pub async fn record_switch(&self, switch: &Switch) -> Result<(), StoreError> {
        let switch = switch.clone();
        self.write_transaction(move |transaction| {
            transaction.execute(
                "INSERT INTO switches (server, source, target, aliases, stage, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (server, target) DO UPDATE
                 SET source = ?2, aliases = ?4, stage = ?5, created_at = ?6",
                params![
                    switch.server,
                    switch.source,
                    switch.target,
                    Names(switch.aliases.clone()),
                    switch.stage,
                    switch.created_at.unwrap_or(NO_TIME),
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Deletes the record of the rebuild that created `target`.
    pub async fn forget_switch(&self, server: &str, target: &str) -> Result<(), StoreError> {
        let identity = [server.to_owned(), target.to_owned()];
        self.write_transaction(move |transaction| {
            transaction.execute(
                "DELETE FROM switches WHERE server = ?1 AND target = ?2",
                identity.each_ref(),
            )?;
            Ok(())
        })
        .await
    }
}

/// A list of names, stored as JSON in one column.
struct Names(Vec<String>);

impl ToSql for Names {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl FromSql for Names {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(|error| FromSqlError::Other(error.into()))
    }
}

const STAGES: [(SwitchStage, &str); 4] = [
    (SwitchStage::Filling, "filling"),
    (SwitchStage::Switching, "switching"),
    (SwitchStage::Done, "done"),
    (SwitchStage::Undoing, "undoing"),
];

impl ToSql for SwitchStage {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let name = STAGES.iter().find(|(stage, _)| stage == self);
        Ok(ToSqlOutput::from(name.map_or("", |(_, name)| name)))
    }
}

impl FromSql for SwitchStage {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        STAGES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(stage, _)| *stage)
            .ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Switch, SwitchStage};
    use crate::store::Ledger;

    #[tokio::test]
    async fn a_switch_is_kept_stage_by_stage_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(home.path()).await.unwrap();
        let mut switch = Switch {
            server: "s".to_owned(),
            source: "plone-1".to_owned(),
            target: "plone-2".to_owned(),
            created_at: Some(5),
            aliases: vec!["plone".to_owned(), "a \"b\"".to_owned()],
            stage: SwitchStage::Filling,
        };
        for stage in [
            SwitchStage::Filling,
            SwitchStage::Switching,
            SwitchStage::Done,
            SwitchStage::Undoing,
        ] {
            switch.stage = stage;
            switch.created_at = (stage == SwitchStage::Filling).then_some(5);
            ledger.record_switch(&switch).await.unwrap();
            let (ledger, _) = Ledger::open(home.path()).await.unwrap();
            assert_eq!(ledger.read_switches("s").await.unwrap(), [switch.clone()]);
        }
        assert_eq!(ledger.read_switches("elsewhere").await.unwrap(), []);
        ledger.forget_switch("s", "plone-2").await.unwrap();
        assert_eq!(ledger.read_switches("s").await.unwrap(), []);
    }
}

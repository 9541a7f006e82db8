//! Copies everything to another server: collections, then the aliases that point at them.
//!
//! The collections are copied and compared one after the other; when all are equal, the aliases are
//! set. So an alias never points to a partial collection, and the same command resumes an
//! interrupted move: it writes only what is missing. The source is only read. Keys are a separate
//! step (`key_moves`), because each new value has to be shown as soon as its key exists.

use serde::Serialize;

use super::{KeyMoves, ManageError, Migration, MigrationReport, ServerPair};

/// A plan to copy everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relocation {
    /// The address of the server that is read.
    pub from: String,
    /// The address of the server that is filled.
    pub to: String,
    /// By name.
    pub collections: Vec<Migration>,
    /// By name.
    pub aliases: Vec<AliasMove>,
    /// Aliases of the source whose collection does not exist; they are not copied.
    pub dangling: Vec<String>,
    pub keys: KeyMoves,
}

/// An alias to set on the target, to the collection of the same name as on the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasMove {
    pub alias: String,
    pub collection: String,
    /// The collection that it points to on the target now, if it exists.
    pub before: Option<String>,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelocationReport {
    pub collections: Vec<MigrationReport>,
    pub aliases: Vec<AliasMove>,
}

impl AliasMove {
    /// Whether it already points to the right collection.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.before.as_ref() == Some(&self.collection)
    }

    /// Whether it points to another collection now.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.before.is_some() && !self.is_there()
    }
}

impl Relocation {
    /// Whether the target loses something that the user has to confirm.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.collections.iter().any(Migration::destroys)
            || self.aliases.iter().any(AliasMove::replaces)
    }
}

impl ServerPair {
    /// Plans to copy all collections and aliases.
    ///
    /// # Errors
    ///
    /// [`ManageError::SameServer`], and the error of any collection or alias that cannot be
    /// copied: nothing is begun that cannot be finished.
    pub async fn plan_relocation(&self) -> Result<Relocation, ManageError> {
        if self.is_one_server() {
            return Err(ManageError::SameServer {
                server: self.to.workspace.search.address().to_owned(),
            });
        }
        let mut collections = Vec::new();
        for name in self.from.list_collection_names().await? {
            collections.push(self.plan_migration(&name, &name).await?);
        }
        let (aliases, dangling) = self.plan_alias_moves(&collections).await?;
        Ok(Relocation {
            from: self.from.workspace.search.address().to_owned(),
            to: self.to.workspace.search.address().to_owned(),
            collections,
            aliases,
            dangling,
            keys: self.plan_key_moves().await?,
        })
    }

    /// Plans the aliases of the source, and returns the names of those whose collection does not
    /// exist.
    async fn plan_alias_moves(
        &self,
        collections: &[Migration],
    ) -> Result<(Vec<AliasMove>, Vec<String>), ManageError> {
        let is_collection = |name: &str| collections.iter().any(|one| one.source == name);
        let mut moves = Vec::new();
        let mut dangling = Vec::new();
        for alias in self.from.fetch_lists().await?.aliases {
            // A collection of the same name takes precedence over the alias.
            if !is_collection(&alias.collection_name) || is_collection(&alias.name) {
                dangling.push(alias.name);
                continue;
            }
            if self.to.find_exact_collection(&alias.name).await?.is_some() {
                return Err(ManageError::IsCollection {
                    name: alias.name,
                    instead: "it is an alias at the source: delete one of them".to_owned(),
                });
            }
            // Requested by name: an incomplete list would let it be replaced without confirmation.
            let before = self.to.workspace.search.fetch_alias(&alias.name).await?;
            moves.push(AliasMove {
                before: before.map(|found| found.collection_name),
                alias: alias.name,
                collection: alias.collection_name,
            });
        }
        moves.sort_by(|one, other| one.alias.cmp(&other.alias));
        dangling.sort();
        Ok((moves, dangling))
    }

    /// Copies collections and aliases, once nobody writes to any of them on either server.
    pub async fn relocate(&self, plan: &Relocation) -> Result<RelocationReport, ManageError> {
        let aliases = plan.aliases.iter().map(|one| one.alias.as_str());
        let collections = plan.collections.iter().map(|one| one.source.as_str());
        let names: Vec<&str> = aliases.chain(collections).collect();
        let _locks = self.lock(&names, &names).await?;
        let changed = || ManageError::Changed {
            name: plan.from.clone(),
        };
        let now = self.from.list_collection_names().await?;
        if !now
            .iter()
            .eq(plan.collections.iter().map(|one| &one.source))
        {
            return Err(changed());
        }
        let (aliases_now, _) = self.plan_alias_moves(&plan.collections).await?;
        if aliases_now.len() != plan.aliases.len() {
            return Err(changed());
        }
        for (now, planned) in aliases_now.iter().zip(&plan.aliases) {
            let is_as_planned = now.alias == planned.alias
                && now.collection == planned.collection
                && (!now.replaces() || now.before == planned.before);
            if !is_as_planned {
                return Err(ManageError::Changed {
                    name: planned.alias.clone(),
                });
            }
        }
        let mut report = RelocationReport {
            collections: Vec::with_capacity(plan.collections.len()),
            aliases: aliases_now,
        };
        for collection in &plan.collections {
            let migrated = self.migrate_locked(collection).await?;
            self.to.workspace.progress.note(&format!(
                "`{}` holds the same {} documents on both servers, {} of them written now",
                migrated.target, migrated.copied.documents, migrated.written
            ));
            report.collections.push(migrated);
        }
        for alias in report.aliases.iter().filter(|alias| !alias.is_there()) {
            let search = &self.to.workspace.search;
            search.set_alias(&alias.alias, &alias.collection).await?;
        }
        Ok(report)
    }
}

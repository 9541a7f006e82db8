//! Copies everything to another server: collections, then the aliases that point at them.
//!
//! One collection after the other is filled and compared; when all are equal, the aliases are
//! pointed there. So a name never leads to half a collection, and a move that was interrupted is
//! taken up by the same command: what is equal is left, what is missing is written. The source is
//! only read. Keys are a step of their own (`key_moves`): their values are told at once.

use serde::Serialize;

use super::{KeyMoves, ManageError, Migration, MigrationReport, ServerPair};

/// Everything that is to be moved.
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
    /// Aliases of the source that lead nowhere, and stay behind.
    pub dangling: Vec<String>,
    pub keys: KeyMoves,
}

/// An alias that is to lead to the same collection at the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasMove {
    pub alias: String,
    pub collection: String,
    /// What it leads to at the target now.
    pub before: Option<String>,
}

/// Everything that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelocationReport {
    pub collections: Vec<MigrationReport>,
    pub aliases: Vec<AliasMove>,
}

impl AliasMove {
    /// Whether it leads there already.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.before.as_ref() == Some(&self.collection)
    }

    /// Whether it leads elsewhere now.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.before.is_some() && !self.is_there()
    }
}

impl Relocation {
    /// Whether something at the target is lost that the user has to agree to.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.collections.iter().any(Migration::destroys)
            || self.aliases.iter().any(AliasMove::replaces)
    }
}

impl ServerPair {
    /// What moving everything means.
    ///
    /// # Errors
    ///
    /// [`ManageError::SameServer`], and what stands in the way of any collection or alias: nothing
    /// is begun that cannot be finished.
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
        let (aliases, dangling) = self.alias_moves(&collections).await?;
        Ok(Relocation {
            from: self.from.workspace.search.address().to_owned(),
            to: self.to.workspace.search.address().to_owned(),
            collections,
            aliases,
            dangling,
            keys: self.plan_key_moves().await?,
        })
    }

    /// The aliases of the source, and the names of those that lead nowhere.
    async fn alias_moves(
        &self,
        collections: &[Migration],
    ) -> Result<(Vec<AliasMove>, Vec<String>), ManageError> {
        let is_collection = |name: &str| collections.iter().any(|one| one.source == name);
        let mut moves = Vec::new();
        let mut dangling = Vec::new();
        for alias in self.from.fetch_lists().await?.aliases {
            // A collection of the same name comes first, and the alias leads nowhere.
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
            // By its name: a list that lacks it would let it be replaced without a question.
            let before = self.to.workspace.search.fetch_alias(&alias.name).await?;
            moves.push(AliasMove {
                before: before.map(|there| there.collection_name.clone()),
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
        let (aliases, _) = self.alias_moves(&plan.collections).await?;
        if aliases.len() != plan.aliases.len() {
            return Err(changed());
        }
        for (now, planned) in aliases.iter().zip(&plan.aliases) {
            let is_agreed = now.alias == planned.alias
                && now.collection == planned.collection
                && (!now.replaces() || now.before == planned.before);
            if !is_agreed {
                return Err(ManageError::Changed {
                    name: planned.alias.clone(),
                });
            }
        }
        let mut moved = RelocationReport {
            collections: Vec::with_capacity(plan.collections.len()),
            aliases,
        };
        for collection in &plan.collections {
            let migrated = self.migrate_locked(collection).await?;
            self.to.workspace.progress.note(&format!(
                "`{}` holds the same {} documents on both servers, {} of them written now",
                migrated.target, migrated.copied.documents, migrated.written
            ));
            moved.collections.push(migrated);
        }
        for alias in moved.aliases.iter().filter(|alias| !alias.is_there()) {
            let search = &self.to.workspace.search;
            search.set_alias(&alias.alias, &alias.collection).await?;
        }
        Ok(moved)
    }
}

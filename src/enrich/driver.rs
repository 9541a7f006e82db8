//! Runs one enricher from the collection's name to the report.
//!
//! Finds the collection and reads the packages that are meant; lets the enricher load what is known
//! and ask its source; writes the fields that documents lack, in a dry run counts them. A stop ends
//! the asking, and what was learned is written. A run that is killed loses nothing that the enricher
//! has cached: the next one writes it.
//!
//! Knows no source and no field. Called by `cli`, and by `all` for each enricher of a list.

use std::time::Instant;

use pyfa_http::DiskCache;

use super::document_updates::{UpdateCounts, compare, write_updates};
use super::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use super::error::EnrichError;
use super::packages::{ExtraFields, Package, PackageQuery, find_reassigned_ids, read_packages};
use super::selection::PackageSelection;
use crate::progress::{Stage, Stop};
use crate::workspace::{IsNew, LockedCollection, Workspace};

/// What a run works with.
#[derive(Clone)]
pub struct EnrichServices {
    pub workspace: Workspace,
    /// Keeps what sources have answered.
    pub cache: DiskCache,
}

impl EnrichServices {
    /// Finds the collection behind `target`, tells the user where the run writes, and gives the
    /// collection's real name.
    pub(super) async fn open_collection(&self, target: &str) -> Result<String, EnrichError> {
        let collection = self.find_collection(target).await?;
        let workspace = &self.workspace;
        workspace.announce(target, &collection, IsNew::default());
        Ok(collection)
    }

    /// Finds the collection behind `target`, and gives its real name.
    pub(super) async fn find_collection(&self, target: &str) -> Result<String, EnrichError> {
        Ok(self.workspace.find_collection(target).await?.name)
    }
}

/// Runs an enricher, after telling the user where it writes.
///
/// # Errors
///
/// [`EnrichError`] where the collection cannot be read or written; what was learned is cached.
pub async fn run<E: Enricher>(
    services: &EnrichServices,
    selection: &PackageSelection,
    enricher: E,
    stop: &Stop,
) -> Result<E::Report, EnrichError> {
    let collection = services.open_collection(&selection.target).await?;
    run_on(collection, services, selection, enricher, stop).await
}

/// Runs an enricher on the collection with this real name.
pub(super) async fn run_on<E: Enricher>(
    collection: String,
    services: &EnrichServices,
    selection: &PackageSelection,
    enricher: E,
    stop: &Stop,
) -> Result<E::Report, EnrichError> {
    let stop = services.workspace.stop_or_loss(stop);
    let run = Run::start(services, selection, &enricher, collection).await?;
    run.execute(enricher, &stop).await
}

/// A run under way.
struct Run<'r> {
    services: &'r EnrichServices,
    selection: &'r PackageSelection,
    needs: DocumentNeeds,
    /// Names the holder of the lock.
    command: &'static str,
    /// Real name of the collection that `packages` come from.
    collection: String,
    packages: Vec<Package>,
    /// The lock, if it is held during the whole run.
    lock: Option<LockedCollection>,
    documents: UpdateCounts,
    begun: Instant,
}

impl<'r> Run<'r> {
    async fn start<E: Enricher>(
        services: &'r EnrichServices,
        selection: &'r PackageSelection,
        enricher: &E,
        collection: String,
    ) -> Result<Self, EnrichError> {
        let mut run = Self {
            services,
            selection,
            needs: enricher.needs(),
            command: E::NAME,
            collection,
            packages: Vec::new(),
            lock: None,
            documents: UpdateCounts::default(),
            begun: Instant::now(),
        };
        if run.needs.locking == Locking::WholeRun && !selection.dry_run {
            let locked = run.lock_collection().await?;
            run.collection.clone_from(&locked.collection.name);
            run.lock = Some(locked);
        }
        run.packages = run.read_packages(run.needs.extra).await?;
        Ok(run)
    }

    async fn execute<E: Enricher>(
        mut self,
        mut enricher: E,
        stop: &Stop,
    ) -> Result<E::Report, EnrichError> {
        let EnrichServices { workspace, cache } = self.services;
        let dry_run = self.selection.dry_run;
        enricher.see_collection(&self.packages);
        self.selection.narrow(&mut self.packages);
        let collection = self.collection.clone();
        let context = RunContext {
            collection: &collection,
            search: &workspace.search,
            cache,
            progress: &*workspace.progress,
            stop,
            dry_run,
        };
        enricher.load_known(&context, &self.packages).await?;
        if dry_run {
            self.count_updates(&enricher);
        } else {
            self.ask_and_write(&mut enricher, &context).await?;
        }
        enricher.finish(RunOutcome {
            server: workspace.search.address().to_owned(),
            collection: self.collection,
            dry_run,
            documents: self.documents,
            seconds: self.begun.elapsed().as_secs_f64(),
        })
    }

    /// Asks and writes until the enricher wants no more.
    async fn ask_and_write(
        &mut self,
        enricher: &mut impl Enricher,
        context: &RunContext<'_>,
    ) -> Result<(), EnrichError> {
        loop {
            enricher.ask(context, &self.packages).await?;
            context.progress.stage(Stage::WritingFacts, None);
            let written = self.write(enricher).await;
            context.progress.stage_done();
            match written {
                Ok(counts) => {
                    self.documents.unchanged = 0;
                    self.documents.add(counts);
                }
                Err(error) => return enricher.note_write_error(error),
            }
            if !enricher.wait_for_rest(context).await {
                return Ok(());
            }
            self.take_as_written(enricher);
        }
    }

    /// Writes what documents lack. Documents are read again where they may have changed too much
    /// since the source was asked.
    async fn write(&mut self, enricher: &impl Enricher) -> Result<UpdateCounts, EnrichError> {
        let insignificant = self.needs.insignificant;
        let fields = |package: &_| enricher.fields(package);
        let mut comparison = compare(&self.packages, insignificant, fields);
        if comparison.updates.is_empty() {
            return Ok(UpdateCounts {
                unchanged: comparison.unchanged,
                ..UpdateCounts::default()
            });
        }
        let mut lock = None;
        if self.lock.is_none() {
            let locked = self.lock_collection().await?;
            let is_rebuilt = locked.collection.name != self.collection;
            if is_rebuilt || self.needs.locking == Locking::ReadingAndWriting {
                drop(comparison);
                self.packages = Vec::new();
                self.collection.clone_from(&locked.collection.name);
                self.packages = self.read_packages(ExtraFields::None).await?;
                comparison = compare(&self.packages, insignificant, fields);
            }
            lock = Some(locked);
        }
        let search = &self.services.workspace.search;
        let releases = comparison.updates.iter().map(|update| update.release);
        let reassigned = find_reassigned_ids(search, &self.collection, releases).await?;
        let is_ours = |id: &str| !reassigned.contains(id);
        comparison
            .updates
            .retain(|update| is_ours(&update.release.id));
        let mut counts = write_updates(search, &self.collection, &comparison.updates).await?;
        drop(lock);
        counts.vanished += reassigned.len() as u64;
        counts.unchanged = comparison.unchanged;
        Ok(counts)
    }

    /// Counts the documents that lack something, and writes nothing.
    fn count_updates(&mut self, enricher: &impl Enricher) {
        let fields = |package: &_| enricher.fields(package);
        let comparison = compare(&self.packages, self.needs.insignificant, fields);
        self.documents.written = comparison.updates.len() as u64;
        self.documents.unchanged = comparison.unchanged;
    }

    /// Documents carry now what was written, so that the next round does not write it again.
    fn take_as_written(&mut self, enricher: &impl Enricher) {
        for package in &mut self.packages {
            if let Some(fields) = enricher.fields(&package.key) {
                fields.apply(&mut package.releases);
            }
        }
    }

    async fn lock_collection(&self) -> Result<LockedCollection, EnrichError> {
        let workspace = &self.services.workspace;
        let target = &self.selection.target;
        let find = async || workspace.find_collection(target).await;
        let locked = workspace.lock_target(target, self.command, find).await?;
        Ok(locked)
    }

    async fn read_packages(&self, extra: ExtraFields) -> Result<Vec<Package>, EnrichError> {
        let name = self.selection.name.as_ref();
        let query = PackageQuery {
            fields: &self.needs.fields,
            extra,
            name: name.filter(|_| !self.needs.whole_collection),
            registry: self.needs.registry,
        };
        let search = &self.services.workspace.search;
        Ok(read_packages(search, &self.collection, query).await?)
    }
}

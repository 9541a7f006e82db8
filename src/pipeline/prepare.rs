//! Before anything is read from the registry: the collection, its lock, its schema, and a ledger
//! that agrees.
//!
//! Called by `stages`. A dry run makes, locks and changes nothing here.

use std::sync::Mutex;

use super::error::RunError;
use super::release_cache::ReleaseCache;
use super::report::Report;
use super::request::{Mode, Request, Versions};
use super::run::{Run, Services};
use super::target::{self, Target};
use crate::progress::Opening;
use crate::store::ledger::{
    CollectionId, CollectionIdentity, CollectionRecord, Opened, RegistryId,
};
use crate::store::lock::CollectionLock;
use crate::store::{Ledger, since_file};
use crate::transform::TRANSFORM_VERSION;

/// A run that may begin.
pub(super) struct Prepared {
    pub(super) run: Run,
    pub(super) record: CollectionRecord,
    /// Whether the rules of this run are those recorded for the collection.
    pub(super) rules_are_recorded: bool,
    /// Held as long as the run lasts.
    pub(super) locks: Vec<CollectionLock>,
}

/// Finds the collection, takes its lock, and brings schema and ledger into order.
pub(super) async fn prepare(services: &Services, request: Request) -> Result<Prepared, RunError> {
    let Services {
        registry,
        search,
        cache,
        home,
        progress,
    } = services.clone();
    let (ledger, opened) = if request.dry_run {
        Ledger::open_copy(&home)?
    } else {
        Ledger::open(&home)?
    };
    let server = search.address().to_owned();
    let (target, locks) = locate(services, &request).await?;
    progress.opening(&Opening {
        server: &server,
        target: &request.target,
        collection: &target.collection.name,
        collection_is_new: target.is_new,
        home: &home,
        home_is_new: opened == Opened::New,
    });
    if let Opened::Replaced(aside) = &opened {
        progress.note(&format!(
            "the ledger was unreadable; it was put aside as `{}` and is rebuilt from the \
             collection",
            aside.display()
        ));
    }
    if target.collection.created_at != 0 {
        target::complete_schema(&search, &target.collection, request.dry_run, &*progress).await?;
    }
    let (collection_id, mut record) = if target.collection.created_at == 0 {
        // A dry run on a collection that does not exist: everything would be added.
        let identity = CollectionIdentity {
            server: search.identity().to_owned(),
            name: target.collection.name.clone(),
            created_at: 0,
        };
        (ledger.collection(&identity)?.0, CollectionRecord::default())
    } else {
        target::reconcile(
            &search,
            &ledger,
            &*registry,
            &target,
            &request.since_file,
            &*progress,
        )
        .await?
    };

    let versions = versions(&request, &target.collection.name, &record)?;
    let registry_id = ledger.registry(registry.identity())?;
    adopt(
        &ledger,
        collection_id,
        &mut record,
        &request,
        versions,
        registry_id,
    )?;
    if target.is_new || (request.prune && !request.is_narrowed()) {
        record.rules = Some(request.rules.canonical());
    }
    let rules_are_recorded = record.rules == Some(request.rules.canonical());
    // Until the run has ended, nobody may trust the count.
    record.documents = None;
    ledger.set_collection_record(collection_id, &record)?;

    let cache = ReleaseCache::new(cache, registry.clone());
    let report = Report {
        mode: Some(request.mode),
        profile: request.profile.clone(),
        server,
        collection: target.collection.name.clone(),
        dry_run: request.dry_run,
        ..Report::default()
    };
    let run = Run {
        registry,
        search,
        ledger,
        cache,
        progress,
        collection: target.collection.name,
        collection_id,
        registry_id,
        versions,
        now: jiff::Timestamp::now().as_second(),
        report: Mutex::new(report),
        written: 0.into(),
        deleted: 0.into(),
        request,
    };
    tell_if_full(&run)?;
    Ok(Prepared {
        run,
        record,
        rules_are_recorded,
        locks,
    })
}

/// Says so when an incremental run has no mark to begin from.
fn tell_if_full(run: &Run) -> Result<(), RunError> {
    if run.request.mode == Mode::Incremental
        && !run.request.is_narrowed()
        && since_file::read(&run.request.since_file, &run.collection)?.is_none()
    {
        run.note(format!(
            "`{}` has no line for `{}`: this run is a full one",
            run.request.since_file.display(),
            run.collection
        ));
    }
    Ok(())
}

/// Brings what is recorded of the collection in line with this run. Where documents have to be
/// made anew, that is noted in the ledger, so that the next run goes on where this one may stop.
fn adopt(
    ledger: &Ledger,
    collection: CollectionId,
    record: &mut CollectionRecord,
    request: &Request,
    versions: Versions,
    registry: RegistryId,
) -> Result<(), RunError> {
    let mut reopen = request.mode == Mode::Refresh && !request.is_narrowed();
    let versions = versions.as_str().to_owned();
    reopen |= record
        .versions
        .replace(versions.clone())
        .is_some_and(|before| before != versions);
    if !request.is_narrowed() {
        let form = format!("{TRANSFORM_VERSION} {:?}", request.history_text);
        reopen |= record
            .form
            .replace(form.clone())
            .is_some_and(|before| before != form);
    }
    if record
        .registry
        .replace(registry)
        .is_some_and(|before| before != registry)
    {
        // Serials of another registry say nothing of this one.
        record.baseline = None;
        record.index_serial = 0;
        reopen = true;
    }
    if reopen {
        ledger.reopen(collection)?;
    }
    Ok(())
}

/// The collection of the run and the locks on it; a dry run makes and locks nothing.
async fn locate(
    services: &Services,
    request: &Request,
) -> Result<(Target, Vec<CollectionLock>), RunError> {
    let Services {
        search,
        home,
        progress,
        ..
    } = services;
    if request.dry_run {
        let found = target::find(search, &request.target).await?;
        let collection = found.unwrap_or_else(|| target::imagined(&request.target));
        return Ok((
            Target {
                collection,
                is_new: false,
            },
            Vec::new(),
        ));
    }
    // Both names: two first runs must not make two collections, and two names of one
    // collection must not let two writers in.
    let server = search.identity();
    let own = target::lock(home, server, &request.target, &request.command, &**progress).await?;
    let mut target = target::find_or_create(search, &request.target).await?;
    if target.collection.name == request.target {
        return Ok((target, vec![own]));
    }
    loop {
        let name = target.collection.name.clone();
        let lock = target::lock(home, server, &name, &request.command, &**progress).await?;
        // Whoever held the lock may have written meanwhile, or made another collection the one
        // that the target means.
        let found = target::find_or_create(search, &request.target).await?;
        target.is_new |= found.is_new;
        target.collection = found.collection;
        if target.collection.name == name {
            return Ok((target, vec![own, lock]));
        }
    }
}

/// The releases that the collection holds, as recorded or as asked for.
fn versions(
    request: &Request,
    collection: &str,
    record: &CollectionRecord,
) -> Result<Versions, RunError> {
    let recorded = record.versions.as_deref().map(|text| match text {
        "latest" => Versions::Latest,
        _ => Versions::All,
    });
    match (recorded, request.versions) {
        (Some(recorded), Some(asked))
            if recorded != asked && (!request.prune || request.is_narrowed()) =>
        {
            Err(RunError::Versions {
                collection: collection.to_owned(),
                recorded: recorded.as_str().to_owned(),
                asked: asked.as_str().to_owned(),
            })
        }
        (_, Some(asked)) => Ok(asked),
        (Some(recorded), None) => Ok(recorded),
        (None, None) => Ok(Versions::All),
    }
}

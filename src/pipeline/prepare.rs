//! What has to be in order before anything is read from the registry: the collection, its lock, its
//! schema, and a ledger that agrees with it.
//!
//! Called by `run_pipeline`. A dry run makes, locks and changes nothing here.

use std::sync::Mutex;

use super::error::RunError;
use super::release_cache::ReleaseCache;
use super::report_builder::ReportBuilder;
use super::request::{FetchRequest, Mode, Versions};
use super::run::{FetchServices, Run};
use super::target::{self, KnownCollection, Target};
use crate::model::RegistryKind;
use crate::profile::HistoryText;
use crate::search::Collection;
use crate::store::ledger::{CollectionIdentity, CollectionRecord, Opened};
use crate::store::{Ledger, since_file};
use crate::transform::TRANSFORM_VERSION;
use crate::workspace::{IsNew, LockedCollection, Workspace};

/// A run that may begin.
pub(super) struct Prepared {
    pub(super) run: Run,
    pub(super) record: CollectionRecord,
    /// Whether the rules of this run are those recorded for the collection.
    pub(super) rules_are_recorded: bool,
    /// Whether the collection was filled from another registry before.
    pub(super) registry_has_changed: bool,
    /// Held as long as the run lasts; `None` in a dry run.
    pub(super) lock: Option<LockedCollection>,
}

/// Finds the collection, takes its lock, and brings schema and ledger into order.
pub(super) async fn prepare(
    services: &FetchServices,
    request: FetchRequest,
) -> Result<Prepared, RunError> {
    let FetchServices {
        registry,
        workspace,
        cache,
    } = services.clone();
    let (ledger, opened) = if request.dry_run {
        Ledger::open_copy(&workspace.home).await?
    } else {
        Ledger::open(&workspace.home).await?
    };
    let (target, lock, seen) = locate(&workspace, registry.kind(), &request).await?;
    let collection = target.name().to_owned();
    let is_new = IsNew {
        collection: target.is_new(),
        home: opened == Opened::New,
    };
    workspace.announce(&request.target, &collection, is_new);
    let Workspace {
        search, progress, ..
    } = workspace;
    let server = search.address().to_owned();
    if let Opened::Replaced(aside) = &opened {
        progress.note(&format!(
            "the ledger was unreadable; it was renamed to `{}` and is rebuilt from the \
             collection",
            aside.display()
        ));
    }
    let (collection_id, mut record) = if let Some(existing) = target.collection() {
        target::complete_schema(&search, existing, request.dry_run, &*progress).await?;
        target::reconcile(
            &search,
            &ledger,
            &*registry,
            existing,
            seen,
            &request.since_file,
            &*progress,
        )
        .await?
    } else {
        // The copy of the ledger that a dry run works on has no row of it yet, and the collection
        // no date.
        let identity = CollectionIdentity {
            server: search.identity().to_owned(),
            name: collection.clone(),
            registry: registry.kind(),
            created_at: 0,
        };
        (
            ledger.find_or_add_collection(&identity).await?.0,
            CollectionRecord::default(),
        )
    };

    let versions = choose_versions(&request, &collection, &record)?;
    let registry_id = ledger.find_or_add_registry(registry.identity()).await?;
    let form = document_form(request.history_text, &registry.settings_of_documents());
    let mut reopen = adopt(&mut record, &request, versions, &form);
    let before = record.registry.replace(registry_id);
    let registry_has_changed = before.is_some_and(|before| before != registry_id);
    if registry_has_changed {
        // Serials of another registry mean nothing here.
        record.baseline = None;
        record.index_serial = None;
        reopen = true;
    }
    if reopen {
        ledger.mark_incomplete(collection_id).await?;
    }
    if target.is_new() || (request.prune && !request.is_narrowed()) {
        record.rules = Some(request.rules.canonical());
    }
    let rules_are_recorded = record.rules == Some(request.rules.canonical());
    // The count is not to be trusted until the run has ended.
    record.documents = None;
    record.fetches = seen.fetches;
    ledger.set_collection_record(collection_id, &record).await?;

    let cache = ReleaseCache::new(cache, registry.clone());
    let report = ReportBuilder::new(registry.kind(), &request, server, collection.clone());
    let run = Run {
        registry,
        search,
        ledger,
        cache,
        progress,
        collection,
        collection_id,
        registry_id,
        versions,
        now: jiff::Timestamp::now().as_second(),
        report: Mutex::new(report),
        has_changed_collection: false.into(),
        request,
    };
    note_missing_mark(&run)?;
    Ok(Prepared {
        run,
        record,
        rules_are_recorded,
        registry_has_changed,
        lock,
    })
}

/// Tells the user when an incremental run has no mark to begin from.
fn note_missing_mark(run: &Run) -> Result<(), RunError> {
    if run.request.mode == Mode::Incremental
        && !run.request.is_narrowed()
        && since_file::read(
            &run.request.since_file,
            &run.collection,
            run.registry.kind(),
        )?
        .is_none()
    {
        let of_registry = match run.registry.kind() {
            RegistryKind::PyPi => "",
            RegistryKind::Npm => " and npm",
        };
        run.note(format!(
            "`{}` has no line for `{}`{of_registry}, so this is a full run",
            run.request.since_file.display(),
            run.collection
        ));
    }
    Ok(())
}

/// Brings what is recorded of the collection in line with this run, and returns whether documents
/// have to be rewritten. The ledger says so from then on, so that the next run goes on where this one
/// may stop.
fn adopt(
    record: &mut CollectionRecord,
    request: &FetchRequest,
    versions: Versions,
    form: &str,
) -> bool {
    let mut reopen = request.mode == Mode::Refresh && !request.is_narrowed();
    let versions = versions.as_str().to_owned();
    reopen |= record
        .versions
        .replace(versions.clone())
        .is_some_and(|before| before != versions);
    if !request.is_narrowed() {
        reopen |= record
            .form
            .replace(form.to_owned())
            .is_some_and(|before| before != form);
    }
    reopen
}

/// How documents are made, as the ledger records it: they are rewritten where that changes.
fn document_form(history_text: HistoryText, settings: &str) -> String {
    let history_text = match history_text {
        HistoryText::Full => "Full",
        HistoryText::Latest => "Latest",
    };
    let form = format!("{TRANSFORM_VERSION} {history_text} {settings}");
    form.trim_end().to_owned()
}

/// Finds or makes the collection of the run and locks it; a dry run makes and locks nothing.
async fn locate(
    workspace: &Workspace,
    registry: RegistryKind,
    request: &FetchRequest,
) -> Result<(Target, Option<LockedCollection>, KnownCollection), RunError> {
    let search = &workspace.search;
    if request.dry_run {
        let target = match search.fetch_collection(&request.target).await? {
            Some(collection) => Target::Existing(collection),
            None => Target::Imagined {
                name: format!("{}-1", request.target),
            },
        };
        let seen = KnownCollection {
            is_new: target.is_new(),
            is_dry_run: true,
            fetches: None,
        };
        return Ok((target, None, seen));
    }
    let mut is_new = false;
    let find = async || -> Result<Collection, RunError> {
        let found = target::find_or_create(search, &request.target).await?;
        is_new |= found.is_new;
        Ok(found.collection)
    };
    let locked = workspace.lock_target(&request.target, &request.command, find);
    let locked = locked.await?;
    let collection = locked.collection.clone();
    let target = if is_new {
        Target::Created(collection)
    } else {
        Target::Existing(collection)
    };
    let seen = KnownCollection {
        is_new,
        is_dry_run: false,
        fetches: locked.count_fetch(registry).await?,
    };
    Ok((target, Some(locked), seen))
}

/// Which releases the collection holds, as recorded or as asked for.
fn choose_versions(
    request: &FetchRequest,
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

//! Writes documents to the collection: batches by bytes and count, a few imports in flight, every
//! line of every answer checked.
//!
//! The documents of one project that belong together travel together and in their order, so that a
//! new latest release is there before the old one loses its flag. A former latest that is not
//! rewritten loses its flag in an import of its own, right after. A document that the server refuses
//! because of one optional field is sent again without it, in another import. Only what the server
//! has acknowledged reaches the ledger. Fed by `examination` and `history`; nothing else writes
//! documents.
//!
//! No document of another project is ever overwritten. Only ids that the server has shown to be
//! the project's own are written over; any other id is created, which the server refuses where it
//! is taken. Then the document there is looked at. One of the same project is written over, with
//! the facts that it carries. One of another project stays, and ours is tried once more when all
//! others are done, because a collection that is taken over frees ids.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::build::BuiltDocument;
use super::error::RunError;
use super::outcome::Outcome;
use super::project_progress::{NextStep, ProjectProgress, StepOutcome};
use super::report::ChangeKind;
use super::run::Run;
use super::step_failure::StepFailure;
use crate::model::{Document, Owner, ProjectName};
use crate::search::{ImportAction, LineOutcome, schema};

/// Imports that the server works on at the same time.
const IN_FLIGHT: usize = 2;
/// A batch is sent once it has this many bytes. The server spends some milliseconds on each batch
/// whatever its size; it gains nothing from larger ones.
const BATCH_BYTES: usize = 4 << 20;
/// To an idle server it is sent once it has this part of them,
const IDLE_PART: usize = 4;
/// or after this long.
const LONGEST_DELAY: Duration = Duration::from_millis(300);
/// Groups of documents that wait for a place in a batch.
const QUEUE: usize = 64;
/// How often documents are sent before they are given up: each time, one of them has lost a field or
/// was found to be there already.
const MOST_ROUNDS: usize = 20;

/// Documents of one project that travel together, in this order.
pub(super) struct ProjectDocuments {
    pub project: Arc<ProjectProgress>,
    pub documents: Vec<BuiltDocument>,
}

/// The task that writes documents, and the queue in front of it.
pub(super) struct Indexer {
    sender: mpsc::Sender<ProjectDocuments>,
    task: tokio::task::JoinHandle<Result<(), RunError>>,
}

impl Indexer {
    /// Starts indexing for `run`.
    #[must_use]
    pub(super) fn start(run: Arc<Run>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            sender,
            task: tokio::spawn(index_documents(run, receiver)),
        }
    }

    /// Hands documents over; waits while the server is busy. `false` when indexing has ended early:
    /// [`Indexer::finish`] gives the reason.
    pub(super) async fn send(&self, group: ProjectDocuments) -> bool {
        group.documents.is_empty() || self.sender.send(group).await.is_ok()
    }

    /// Waits until everything is acknowledged.
    pub(super) async fn finish(self) -> Result<(), RunError> {
        drop(self.sender);
        self.task.await?
    }
}

#[derive(Default)]
struct Batch {
    documents: QueuedDocuments,
    bytes: usize,
    /// When its first document came.
    since: Option<Instant>,
}

impl Batch {
    fn add(&mut self, group: ProjectDocuments) {
        self.since.get_or_insert_with(Instant::now);
        for document in group.documents {
            self.bytes += document.json.len();
            self.documents.push((group.project.clone(), document));
        }
    }

    /// Whether it has grown to one `part`th of the largest.
    fn is_full(&self, part: usize, most_documents: usize) -> bool {
        self.bytes >= BATCH_BYTES / part || self.documents.len() >= most_documents.div_ceil(part)
    }

    /// When it is sent to an idle server, however small it is.
    fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + LONGEST_DELAY)
    }
}

async fn index_documents(
    run: Arc<Run>,
    mut receiver: mpsc::Receiver<ProjectDocuments>,
) -> Result<(), RunError> {
    let most_documents = run.request.batch_size.max(1);
    let mut imports = FuturesUnordered::new();
    let mut batch = Batch::default();
    let mut displaced = Vec::new();
    let mut is_open = true;
    while is_open || !batch.documents.is_empty() || !imports.is_empty() {
        let is_idle = imports.is_empty();
        let is_due = batch.deadline().is_some_and(|due| due <= Instant::now());
        let is_worth_sending = !is_open
            || batch.is_full(1, most_documents)
            || is_idle && (is_due || batch.is_full(IDLE_PART, most_documents));
        if !batch.documents.is_empty() && imports.len() < IN_FLIGHT && is_worth_sending {
            let documents = std::mem::take(&mut batch).documents;
            imports.push(import(&run, documents, ImportPass::First));
        }
        let has_room = !batch.is_full(1, most_documents);
        let deadline = batch.deadline().filter(|_| imports.is_empty());
        tokio::select! {
            Some(result) = imports.next() => displaced.extend(result?),
            group = receiver.recv(), if is_open && has_room => match group {
                Some(group) => batch.add(group),
                None => is_open = false,
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {}
            else => {}
        }
    }
    // Their ids were taken; former ids of other projects have gone by now.
    while !displaced.is_empty() {
        let later = displaced.split_off(displaced.len().min(most_documents));
        import(&run, displaced, ImportPass::Last).await?;
        displaced = later;
    }
    Ok(())
}

/// Documents, each with the project that it belongs to.
type QueuedDocuments = Vec<(Arc<ProjectProgress>, BuiltDocument)>;

/// Whether a document whose id belongs to another project is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ImportPass {
    First,
    Last,
}

/// Writes documents and does what follows from that. Returns those to be tried again at the end.
async fn import(
    run: &Arc<Run>,
    documents: QueuedDocuments,
    pass: ImportPass,
) -> Result<QueuedDocuments, RunError> {
    if run.request.dry_run {
        pretend_import(run, documents).await?;
        return Ok(QueuedDocuments::new());
    }
    let mut waiting = documents;
    let mut results = ImportResults::default();
    for _ in 0..MOST_ROUNDS {
        // What is new goes first, so that a former latest release keeps its flag until then.
        let (new, own): (QueuedDocuments, QueuedDocuments) = waiting
            .into_iter()
            .partition(|(project, document)| !project.owns_document(&document.entry.id));
        let (action, now, mut later) = if new.is_empty() {
            (ImportAction::Upsert, own, QueuedDocuments::new())
        } else {
            (ImportAction::Create, new, own)
        };
        waiting = results.send(run, action, now, pass).await?;
        waiting.append(&mut later);
        waiting = results.hold_back(waiting);
        if waiting.is_empty() {
            break;
        }
    }
    for (project, document) in waiting {
        let why = format!("it was sent {MOST_ROUNDS} times, and refused each time");
        let failure = refusal(&document.entry.id, 0, &why);
        results.refuse(run, project, &document, why, failure);
    }
    let flag_failures = set_flags(run, results.written.values()).await?;
    // First what was written, in one transaction, then whatever follows from it.
    let written = results.written.values();
    run.store_projects(written.map(|project| project.ledger_record()).collect())
        .await?;
    for (project, next) in results.next_steps {
        run.follow_up(&project, next).await?;
    }
    for (project, failure) in flag_failures {
        run.record_failure(&project.context.name, project.context.serial, &failure)
            .await?;
    }
    Ok(results.displaced)
}

/// What has become of the documents of a batch so far.
#[derive(Default)]
struct ImportResults {
    /// The projects of which documents were written.
    written: HashMap<ProjectName, Arc<ProjectProgress>>,
    next_steps: Vec<(Arc<ProjectProgress>, NextStep)>,
    /// Their ids still belong to other projects.
    displaced: QueuedDocuments,
}

impl ImportResults {
    /// Sends `documents` in one import. Returns those that have to be sent again.
    async fn send(
        &mut self,
        run: &Run,
        action: ImportAction,
        documents: QueuedDocuments,
        pass: ImportPass,
    ) -> Result<QueuedDocuments, RunError> {
        let lines: Vec<Bytes> = documents
            .iter()
            .map(|(_, document)| document.json.clone())
            .collect();
        let outcomes = run.search.import(&run.collection, action, lines).await?;
        let (mut again, mut taken) = (QueuedDocuments::new(), QueuedDocuments::new());
        for ((project, document), outcome) in documents.into_iter().zip(outcomes) {
            match outcome {
                LineOutcome::Accepted => {
                    run.has_changed_collection.store(true, Ordering::Relaxed);
                    run.record(Outcome::DocumentWritten);
                    let name = project.context.name.clone();
                    self.written.insert(name, project.clone());
                    let next = project.record(StepOutcome::DocumentWritten(document.entry));
                    self.next_steps.push((project, next));
                }
                LineOutcome::Rejected { code: 409, .. } if action == ImportAction::Create => {
                    taken.push((project, document));
                }
                LineOutcome::Rejected { code, error } => {
                    if let Some((field, repaired)) = without_field(&document, &error) {
                        let reason = format!("dropped, the server refuses it ({error})");
                        run.record_normalized(&document.entry.id, &field, &reason);
                        again.push((project, repaired));
                    } else {
                        let failure = refusal(&document.entry.id, code, &error);
                        let why = format!("{code}: {error}");
                        self.refuse(run, project, &document, why, failure);
                    }
                }
            }
        }
        again.append(&mut self.sort_taken(run, taken, pass).await?);
        Ok(again)
    }

    /// Looks at the documents that are already there under these ids. Returns ours that have to be
    /// sent again.
    async fn sort_taken(
        &mut self,
        run: &Run,
        taken: QueuedDocuments,
        pass: ImportPass,
    ) -> Result<QueuedDocuments, RunError> {
        let mut again = QueuedDocuments::new();
        let ids: Vec<&str> = taken
            .iter()
            .map(|(_, document)| &*document.entry.id)
            .collect();
        let owners = run.search.fetch_owners(&run.collection, &ids).await?;
        if owners.len() < ids.len() {
            // Gone meanwhile, or not yet on the node that was asked.
            tokio::time::sleep(LONGEST_DELAY).await;
        }
        for (project, document) in taken {
            match owners.get(&document.entry.id) {
                None => again.push((project, document)),
                Some(owner) if run.is_owner(owner, &project.context.name) => {
                    project.note_own_document(&document.entry.id);
                    again.push((project, with_stored_facts(run, document).await?));
                }
                Some(_) if pass == ImportPass::First => self.displaced.push((project, document)),
                Some(owner) => {
                    let failure = id_is_taken(owner, &project, &document);
                    let why = failure.reason.clone();
                    self.refuse(run, project, &document, why, failure);
                }
            }
        }
        Ok(again)
    }

    /// Lets documents wait whose project has a displaced one: its former latest release keeps its
    /// flag as long as the new one is not there. Returns the others.
    fn hold_back(&mut self, documents: QueuedDocuments) -> QueuedDocuments {
        let (waiting, others): (QueuedDocuments, QueuedDocuments) =
            documents.into_iter().partition(|(project, _)| {
                let mut displaced = self.displaced.iter();
                displaced.any(|(other, _)| Arc::ptr_eq(project, other))
            });
        self.displaced.extend(waiting);
        others
    }

    /// Gives a document up: `why` is for the list of documents, `failure` for the project.
    fn refuse(
        &mut self,
        run: &Run,
        project: Arc<ProjectProgress>,
        document: &BuiltDocument,
        why: String,
        failure: StepFailure,
    ) {
        run.record(Outcome::DocumentRejected {
            id: document.entry.id.clone(),
            reason: why,
        });
        let next = project.record(StepOutcome::DocumentRefused {
            version: document.entry.version.clone(),
            failure,
        });
        self.next_steps.push((project, next));
    }
}

/// Sets `is_latest` of documents that are not rewritten in this run. Returns the projects that had
/// already ended and need a retry because of it, with what the server says.
async fn set_flags(
    run: &Run,
    projects: impl Iterator<Item = &Arc<ProjectProgress>>,
) -> Result<Vec<(Arc<ProjectProgress>, StepFailure)>, RunError> {
    let mut flags: Vec<(&Arc<ProjectProgress>, String, bool)> = projects
        .flat_map(|project| {
            let flags = project.take_flags_to_set().into_iter();
            flags.map(move |(id, is_latest)| (project, id, is_latest))
        })
        .collect();
    let unproven = flags
        .iter()
        .filter(|(project, id, _)| !project.owns_document(id));
    let unproven: Vec<&str> = unproven.map(|(_, id, _)| &**id).collect();
    let owners = run.search.fetch_owners(&run.collection, &unproven).await?;
    flags.retain(|(project, id, _)| {
        let is_own = |owner: &Owner| run.is_owner(owner, &project.context.name);
        project.owns_document(id) || owners.get(id).is_some_and(is_own)
    });
    let lines: Vec<Bytes> = flags
        .iter()
        .map(|(_, id, is_latest)| {
            json!({ "id": id, "is_latest": is_latest })
                .to_string()
                .into()
        })
        .collect();
    let outcomes = run
        .search
        .import(&run.collection, ImportAction::Update, lines)
        .await?;
    let mut failures = Vec::new();
    for ((project, id, _), outcome) in flags.into_iter().zip(outcomes) {
        match outcome {
            // One that is gone meanwhile makes no claim either.
            LineOutcome::Accepted | LineOutcome::Rejected { code: 404, .. } => {}
            LineOutcome::Rejected { code, error } => {
                let failure = refusal(&id, code, &error);
                if project.record_flag_failure(failure.clone()) {
                    failures.push((project.clone(), failure));
                }
            }
        }
    }
    Ok(failures)
}

fn refusal(id: &str, code: u16, error: &str) -> StepFailure {
    StepFailure {
        reason: format!("the server refuses document `{id}`: {error}"),
        // 4xx lies in the document; anything else in the server.
        is_permanent: (400..500).contains(&code),
    }
}

/// Our document with the facts of the one that it will replace, of which nothing was known when it
/// was built.
async fn with_stored_facts(run: &Run, built: BuiltDocument) -> Result<BuiltDocument, RunError> {
    let BuiltDocument { entry, mut json } = built;
    let stored = run
        .search
        .fetch_document(&run.collection, &entry.id)
        .await?;
    if let Some(stored) = stored
        && let Ok(mut document) = serde_json::from_slice::<Map<String, Value>>(&json)
    {
        for (field, value) in stored {
            if Document::is_fact(&field) {
                document.entry(field).or_insert(value);
            }
        }
        json = Value::Object(document).to_string().into();
    }
    Ok(BuiltDocument { entry, json })
}

/// A person has to look: what is there may be wrong, or two registries share a collection.
fn id_is_taken(owner: &Owner, project: &ProjectProgress, document: &BuiltDocument) -> StepFailure {
    StepFailure {
        reason: format!(
            "document `{}` of `{}` is not written, because a document of {owner} has this id; \
             delete that one if it should not be there",
            document.entry.id, project.context.display_name
        ),
        is_permanent: false,
    }
}

/// The document without the optional field that the server's message names.
fn without_field(built: &BuiltDocument, error: &str) -> Option<(String, BuiltDocument)> {
    let field = error.split('`').nth(1)?;
    if !schema::is_optional(field) {
        return None;
    }
    let mut document: Map<String, Value> = serde_json::from_slice(&built.json).ok()?;
    document.remove(field)?;
    let json = serde_json::to_vec(&document).ok()?.into();
    let entry = built.entry.clone();
    Some((field.to_owned(), BuiltDocument { entry, json }))
}

/// What a dry run does in place of an import.
async fn pretend_import(run: &Arc<Run>, documents: QueuedDocuments) -> Result<(), RunError> {
    for (project, document) in documents {
        let kind = if project.holds_document(&document.entry.id) {
            ChangeKind::Change
        } else {
            ChangeKind::Add
        };
        run.record(Outcome::DocumentWouldChange {
            kind,
            id: document.entry.id.clone(),
        });
        run.record(Outcome::DocumentWritten);
        let next = project.record(StepOutcome::DocumentWritten(document.entry));
        run.follow_up(&project, next).await?;
    }
    Ok(())
}

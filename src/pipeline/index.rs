//! Brings documents into the collection: batches by bytes and count, a few imports in flight,
//! every line of every answer checked.
//!
//! The lines of one unit travel together and in their order, so that a new latest release
//! is there before the old one loses its flag. A former latest that is not written anew loses its
//! flag in an import of its own, right after. A line that the server refuses because of one
//! optional field is sent again without it, in another import. Only what the server has
//! acknowledged reaches the ledger. Fed by `stages` and `history`; nobody else writes documents.
//!
//! No document of another project is ever overwritten. Only ids that the server has shown to be
//! the project's own are written over; any other id is created, which the server refuses where it
//! is taken. Then the document there is looked at. One of the same project is written over, with
//! the facts that it carries. One of another project stays, and the line is tried once more when
//! all others are done, because a collection that is taken over frees ids.

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

use super::build::Line;
use super::error::RunError;
use super::job::{Job, Progressed, Setback};
use super::report::{ChangeKind, Report};
use super::run::Run;
use crate::model::{Document, Owner, ProjectName};
use crate::search::{ImportAction, LineOutcome, schema};

/// Imports that the server works on at the same time.
const IN_FLIGHT: usize = 2;
/// A batch is sent once it has so many bytes. The server spends some milliseconds on each batch
/// whatever its size; it gains nothing from larger ones.
const BATCH_BYTES: usize = 4 << 20;
/// To an idle server it is sent once it has one part in so many,
const IDLE_PART: usize = 4;
/// or after so long.
const PATIENCE: Duration = Duration::from_millis(300);
/// Units that wait for a place in a batch.
const QUEUE: usize = 64;
/// How often lines are sent before they are given up: each time, one of them has lost a field or
/// was found to be there already.
const MOST_ROUNDS: usize = 20;

/// Documents of one project that travel together, in this order.
pub(super) struct Unit {
    pub job: Arc<Job>,
    pub lines: Vec<Line>,
}

/// The way into the collection.
pub(super) struct Indexer {
    sender: mpsc::Sender<Unit>,
    task: tokio::task::JoinHandle<Result<(), RunError>>,
}

impl Indexer {
    /// Starts indexing for `run`.
    #[must_use]
    pub(super) fn start(run: Arc<Run>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            sender,
            task: tokio::spawn(index(run, receiver)),
        }
    }

    /// Hands over a unit; waits while the server is busy. `false` when indexing has ended early,
    /// whose reason [`Indexer::finish`] gives.
    pub(super) async fn send(&self, unit: Unit) -> bool {
        unit.lines.is_empty() || self.sender.send(unit).await.is_ok()
    }

    /// Waits until everything is acknowledged.
    pub(super) async fn finish(self) -> Result<(), RunError> {
        drop(self.sender);
        self.task.await?
    }
}

#[derive(Default)]
struct Batch {
    lines: Vec<(Arc<Job>, Line)>,
    bytes: usize,
    /// When its first line came.
    since: Option<Instant>,
}

impl Batch {
    fn add(&mut self, unit: Unit) {
        self.since.get_or_insert_with(Instant::now);
        for line in unit.lines {
            self.bytes += line.json.len();
            self.lines.push((unit.job.clone(), line));
        }
    }

    /// Whether it has grown to one `part`th of the largest.
    fn is_full(&self, part: usize, most_lines: usize) -> bool {
        self.bytes >= BATCH_BYTES / part || self.lines.len() >= most_lines.div_ceil(part)
    }

    /// When it is sent to an idle server, however small it is.
    fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + PATIENCE)
    }
}

async fn index(run: Arc<Run>, mut receiver: mpsc::Receiver<Unit>) -> Result<(), RunError> {
    let most_lines = run.request.batch_size.max(1);
    let mut imports = FuturesUnordered::new();
    let mut batch = Batch::default();
    let mut displaced = Vec::new();
    let mut open = true;
    while open || !batch.lines.is_empty() || !imports.is_empty() {
        let is_idle = imports.is_empty();
        let is_due = batch.deadline().is_some_and(|due| due <= Instant::now());
        let worth_sending = !open
            || batch.is_full(1, most_lines)
            || is_idle && (is_due || batch.is_full(IDLE_PART, most_lines));
        if !batch.lines.is_empty() && imports.len() < IN_FLIGHT && worth_sending {
            let lines = std::mem::take(&mut batch).lines;
            imports.push(import(&run, lines, Chance::First));
        }
        let has_room = !batch.is_full(1, most_lines);
        let deadline = batch.deadline().filter(|_| imports.is_empty());
        tokio::select! {
            Some(result) = imports.next() => displaced.extend(result?),
            unit = receiver.recv(), if open && has_room => match unit {
                Some(unit) => batch.add(unit),
                None => open = false,
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {}
            else => {}
        }
    }
    // Their ids were taken; former ids of other projects have gone by now.
    while !displaced.is_empty() {
        let later = displaced.split_off(displaced.len().min(most_lines));
        import(&run, displaced, Chance::Last).await?;
        displaced = later;
    }
    Ok(())
}

/// Lines, each with the project that it belongs to.
type Lines = Vec<(Arc<Job>, Line)>;

/// Whether a line whose id belongs to another project gets another chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chance {
    First,
    Last,
}

/// Writes `lines` and acts on what that leads to. Returns those to be tried again at the end.
async fn import(run: &Arc<Run>, lines: Lines, chance: Chance) -> Result<Lines, RunError> {
    if run.request.dry_run {
        pretend(run, lines).await?;
        return Ok(Lines::new());
    }
    let mut lines = lines;
    let mut sent = Sent::default();
    for _ in 0..MOST_ROUNDS {
        // What is new goes first, so that a former latest release keeps its flag until then.
        let (new, own): (Lines, Lines) = lines
            .into_iter()
            .partition(|(job, line)| !job.owns(&line.entry.id));
        let (action, now, mut later) = if new.is_empty() {
            (ImportAction::Upsert, own, Lines::new())
        } else {
            (ImportAction::Create, new, own)
        };
        lines = sent.send(run, action, now, chance).await?;
        lines.append(&mut later);
        lines = sent.hold_back(lines);
        if lines.is_empty() {
            break;
        }
    }
    for (job, line) in lines {
        let why = format!("it was sent {MOST_ROUNDS} times, and refused each time");
        let setback = refusal(&line.entry.id, 0, &why);
        sent.refuse(run, job, &line, &why, setback);
    }
    let disturbed = set_flags(run, sent.touched.values()).await?;
    // First what was written, in one transaction, then whatever follows from it.
    let records = sent.touched.values().map(|job| job.record());
    run.ledger.record_written(run.collection_id, records)?;
    for (job, step) in sent.progressed {
        run.settle(&job, step).await?;
    }
    for (job, setback) in disturbed {
        run.owe(&job.frame.name, job.frame.serial, &setback)?;
    }
    Ok(sent.displaced)
}

/// What has become of the lines of a batch so far.
#[derive(Default)]
struct Sent {
    /// The projects of which documents were written.
    touched: HashMap<ProjectName, Arc<Job>>,
    progressed: Vec<(Arc<Job>, Progressed)>,
    /// Their ids belong to other projects as yet.
    displaced: Lines,
}

impl Sent {
    /// Sends `lines` in one import. Returns those that have to be sent again.
    async fn send(
        &mut self,
        run: &Run,
        action: ImportAction,
        lines: Lines,
        chance: Chance,
    ) -> Result<Lines, RunError> {
        let bodies: Vec<Bytes> = lines.iter().map(|(_, line)| line.json.clone()).collect();
        let outcomes = run.search.import(&run.collection, action, bodies).await?;
        let (mut again, mut taken) = (Lines::new(), Lines::new());
        for ((job, line), outcome) in lines.into_iter().zip(outcomes) {
            match outcome {
                LineOutcome::Accepted => {
                    run.written.fetch_add(1, Ordering::Relaxed);
                    self.touched.insert(job.frame.name.clone(), job.clone());
                    let step = job.acknowledged(line.entry);
                    self.progressed.push((job, step));
                }
                LineOutcome::Rejected { code: 409, .. } if action == ImportAction::Create => {
                    taken.push((job, line));
                }
                LineOutcome::Rejected { code, error } => {
                    if let Some((field, repaired)) = without_field(&line, &error) {
                        let reason = format!("dropped, the server refuses it ({error})");
                        run.count_normalized(&line.entry.id, &field, &reason);
                        again.push((job, repaired));
                    } else {
                        let setback = refusal(&line.entry.id, code, &error);
                        self.refuse(run, job, &line, &format!("{code}: {error}"), setback);
                    }
                }
            }
        }
        let ids: Vec<&str> = taken.iter().map(|(_, line)| &*line.entry.id).collect();
        let owners = run.search.fetch_owners(&run.collection, &ids).await?;
        if owners.len() < ids.len() {
            // Gone meanwhile, or not yet on the node that was asked.
            tokio::time::sleep(PATIENCE).await;
        }
        for (job, line) in taken {
            let owner = owners.get(&line.entry.id);
            match owner {
                None => again.push((job, line)),
                Some(owner) if owner.is_project(&job.frame.name) => {
                    job.found(&line.entry.id);
                    again.push((job, with_stored_facts(run, line).await?));
                }
                Some(_) if chance == Chance::First => self.displaced.push((job, line)),
                Some(owner) => {
                    let setback = taken_by(owner, &job, &line);
                    let why = setback.reason.clone();
                    self.refuse(run, job, &line, &why, setback);
                }
            }
        }
        Ok(again)
    }

    /// Lets lines wait whose project has a displaced one: its former latest release keeps its
    /// flag as long as the new one is not there. Returns the others.
    fn hold_back(&mut self, lines: Lines) -> Lines {
        let (waiting, others): (Lines, Lines) = lines.into_iter().partition(|(job, _)| {
            let mut displaced = self.displaced.iter();
            displaced.any(|(other, _)| Arc::ptr_eq(job, other))
        });
        self.displaced.extend(waiting);
        others
    }

    /// Gives a line up: `why` is for the list of documents, the setback for the project.
    fn refuse(&mut self, run: &Run, job: Arc<Job>, line: &Line, why: &str, setback: Setback) {
        let mut report = run.report();
        report.documents.rejected += 1;
        Report::list(&mut report.rejected_documents, &line.entry.id, why);
        drop(report);
        let step = job.refused(&line.entry.version, setback);
        self.progressed.push((job, step));
    }
}

/// Sets `is_latest` of documents that are not written anew in this run. Returns the projects that
/// have to be owed for it: those that had ended, with what the server says.
async fn set_flags(
    run: &Run,
    jobs: impl Iterator<Item = &Arc<Job>>,
) -> Result<Vec<(Arc<Job>, Setback)>, RunError> {
    let mut flags: Vec<(&Arc<Job>, String, bool)> = jobs
        .flat_map(|job| {
            let flags = job.flags_to_set().into_iter();
            flags.map(move |(id, is_latest)| (job, id, is_latest))
        })
        .collect();
    let doubtful = flags.iter().filter(|(job, id, _)| !job.owns(id));
    let doubtful: Vec<&str> = doubtful.map(|(_, id, _)| &**id).collect();
    let owners = run.search.fetch_owners(&run.collection, &doubtful).await?;
    flags.retain(|(job, id, _)| {
        let is_own = |owner: &Owner| owner.is_project(&job.frame.name);
        job.owns(id) || owners.get(id).is_some_and(is_own)
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
    let mut disturbed = Vec::new();
    for ((job, id, _), outcome) in flags.into_iter().zip(outcomes) {
        match outcome {
            // One that is gone meanwhile makes no claim either.
            LineOutcome::Accepted | LineOutcome::Rejected { code: 404, .. } => {}
            LineOutcome::Rejected { code, error } => {
                let setback = refusal(&id, code, &error);
                if job.disturbed(setback.clone()) {
                    disturbed.push((job.clone(), setback));
                }
            }
        }
    }
    Ok(disturbed)
}

fn refusal(id: &str, code: u16, error: &str) -> Setback {
    Setback {
        reason: format!("the server refuses document `{id}`: {error}"),
        // 4xx lies in the document; anything else in the server.
        lasting: (400..500).contains(&code),
    }
}

/// The line with the facts of the document that it will replace, which was not known of when the
/// line was made.
async fn with_stored_facts(run: &Run, line: Line) -> Result<Line, RunError> {
    let Line { entry, mut json } = line;
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
    Ok(Line { entry, json })
}

/// Somebody has to look: what is there may be wrong, or two registries share a collection.
fn taken_by(owner: &Owner, job: &Job, line: &Line) -> Setback {
    Setback {
        reason: format!(
            "document `{}` of `{}` is not written, because a document of {owner} has this id; \
             delete that one if it should not be there",
            line.entry.id, job.frame.display_name
        ),
        lasting: false,
    }
}

/// The line without the optional field that the server's message names.
fn without_field(line: &Line, error: &str) -> Option<(String, Line)> {
    let field = error.split('`').nth(1)?;
    if !schema::is_optional(field) {
        return None;
    }
    let mut document: Map<String, Value> = serde_json::from_slice(&line.json).ok()?;
    document.remove(field)?;
    let json = serde_json::to_vec(&document).ok()?.into();
    Some((
        field.to_owned(),
        Line {
            entry: line.entry.clone(),
            json,
        },
    ))
}

/// What a dry run does in place of an import.
async fn pretend(run: &Arc<Run>, lines: Lines) -> Result<(), RunError> {
    for (job, line) in lines {
        let kind = if job.holds(&line.entry.id) {
            ChangeKind::Change
        } else {
            ChangeKind::Add
        };
        run.note_change(kind, &line.entry.id);
        run.written.fetch_add(1, Ordering::Relaxed);
        let step = job.acknowledged(line.entry);
        run.settle(&job, step).await?;
    }
    Ok(())
}

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
//! is taken. Then the document there is looked at: one of the same project is written over, one
//! of another project stays, and the line is tried once more when all others are done, because a
//! collection that is taken over frees ids.

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
use crate::model::{Owner, ProjectName};
use crate::search::{Action, LineOutcome, schema};

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

/// Documents of one project that belong into one import, in this order.
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
    let mut displaced = Lines::new();
    let mut touched: HashMap<ProjectName, Arc<Job>> = HashMap::new();
    let mut progressed: Vec<(Arc<Job>, Progressed)> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        // What is new goes first, so that a former latest release keeps its flag until then.
        let (mut now, mut later): (Lines, Lines) = lines
            .into_iter()
            .partition(|(job, line)| !job.owns(&line.entry.id));
        let mut action = Action::Create;
        if now.is_empty() {
            std::mem::swap(&mut now, &mut later);
            action = Action::Upsert;
        }
        let bodies: Vec<Bytes> = now.iter().map(|(_, line)| line.json.clone()).collect();
        let outcomes = run.search.import(&run.collection, action, bodies).await?;
        let mut again = Lines::new();
        let mut taken = Lines::new();
        for ((job, line), outcome) in now.into_iter().zip(outcomes) {
            match outcome {
                LineOutcome::Accepted => {
                    run.written.fetch_add(1, Ordering::Relaxed);
                    touched.insert(job.frame.name.clone(), job.clone());
                    let step = job.acknowledged(line.entry);
                    progressed.push((job, step));
                }
                LineOutcome::Rejected { code: 409, .. } if action == Action::Create => {
                    taken.push((job, line));
                }
                LineOutcome::Rejected { code, error } => {
                    if let Some((field, repaired)) = without_field(&line, &error) {
                        let reason = format!("dropped, the server refuses it ({error})");
                        run.count_normalized(&line.entry.id, &field, &reason);
                        again.push((job, repaired));
                    } else {
                        let step = refuse(run, &job, &line, code, &error);
                        progressed.push((job, step));
                    }
                }
            }
        }
        let owners = owners(run, &taken).await?;
        for (job, line) in taken {
            let id = &line.entry.id;
            match owners.get(id) {
                Some(owner) if owner.is_project(&job.frame.name) => job.found(id),
                Some(_) if chance == Chance::First => {
                    displaced.push((job, line));
                    continue;
                }
                Some(owner) => {
                    let step = refuse(run, &job, &line, 409, &foreign(owner, &job));
                    progressed.push((job, step));
                    continue;
                }
                // It has gone meanwhile.
                None => {}
            }
            again.push((job, line));
        }
        again.append(&mut later);
        // A project's lines stay together: the former latest release keeps its flag as long as
        // the new one waits.
        let (waiting, rest): (Lines, Lines) = again
            .into_iter()
            .partition(|(job, _)| displaced.iter().any(|(other, _)| Arc::ptr_eq(job, other)));
        displaced.extend(waiting);
        lines = rest;
        if lines.is_empty() {
            break;
        }
    }
    for (job, line) in lines {
        let step = refuse(run, &job, &line, 400, "too many of its fields are refused");
        progressed.push((job, step));
    }
    let disturbed = set_flags(run, touched.values()).await?;
    // First what was written, in one transaction, then whatever follows from it.
    let records = touched.values().map(|job| job.record());
    run.ledger.record_written(run.collection_id, records)?;
    for (job, step) in progressed {
        run.settle(&job, step).await?;
    }
    for (job, setback) in disturbed {
        run.owe(&job.frame.name, job.frame.serial, &setback)?;
    }
    Ok(displaced)
}

/// Whose documents the ids of these lines are.
async fn owners(run: &Run, lines: &Lines) -> Result<HashMap<String, Owner>, RunError> {
    let ids: Vec<&str> = lines.iter().map(|(_, line)| &*line.entry.id).collect();
    Ok(run.search.owners(&run.collection, &ids).await?)
}

/// Why a line is not written whose id is another project's.
fn foreign(owner: &Owner, job: &Job) -> String {
    format!(
        "a document of {owner} has this id and is not overwritten by one of `{}`; delete it if it \
         should not be there",
        job.frame.display_name
    )
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
    let owners = run.search.owners(&run.collection, &doubtful).await?;
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
        .import(&run.collection, Action::Update, lines)
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

fn refuse(run: &Run, job: &Job, line: &Line, code: u16, error: &str) -> Progressed {
    let mut report = run.report();
    report.documents.rejected += 1;
    Report::list(
        &mut report.rejected_documents,
        &line.entry.id,
        format!("{code}: {error}"),
    );
    drop(report);
    job.refused(&line.entry.version, refusal(&line.entry.id, code, error))
}

fn refusal(id: &str, code: u16, error: &str) -> Setback {
    Setback {
        reason: format!("the server refuses document `{id}`: {error}"),
        // 4xx lies in the document; anything else in the server.
        lasting: (400..500).contains(&code),
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

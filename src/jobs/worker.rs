//! Takes jobs and runs them, a bounded number at a time, until it is told to stop.
//!
//! Each job runs on a thread of its own. Its run is told to stop when it is cancelled, when its lease
//! is lost, or when the worker ends; a run that was only stopped goes back to the queue. Called by
//! `cli`.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::abilities::Abilities;
use super::error::JobError;
use super::history::{self, HistoryLimits};
use super::job::Job;
use super::kind::JobKind;
use super::lease::{self, Claimant, JobLease};
use super::outcome::JobOutcome;
use super::runner::{JobContext, JobRunner};
use super::scheduler::Scheduler;
use super::workers;
use crate::database::{Database, DatabaseSettings, Lease, LeaseState};
use crate::progress::{self, Stop};

/// Between two looks at the schedules, and two signs of life.
const SCHEDULE_INTERVAL: Duration = Duration::from_secs(10);
const ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const PRUNE_INTERVAL: Duration = Duration::from_hours(1);

/// How long a worker waits when the database is away, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The largest report that is kept, in bytes.
const LARGEST_REPORT: usize = 256 << 10;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Its name: one of its own for each process.
    pub id: String,
    /// The host whose ledgers and caches it uses.
    pub host: String,
    /// How long a job is kept from others after the last sign of life.
    pub lease: Duration,
    /// Jobs that run at the same time.
    pub jobs_at_once: usize,
    /// Between two looks for jobs.
    pub poll: Duration,
    /// Ends as soon as nothing is due and nothing runs.
    pub once: bool,
    pub history: HistoryLimits,
}

/// A worker. Several may use one database.
#[derive(Debug)]
pub struct Worker<R> {
    database: Database,
    connection: DatabaseSettings,
    settings: WorkerSettings,
    scheduler: Scheduler,
    runner: Arc<R>,
    /// The jobs that it runs.
    own: Arc<Mutex<BTreeSet<i64>>>,
}

/// When the worker has last done what it does every now and then.
#[derive(Debug, Default)]
struct Chores {
    scheduled: Option<Instant>,
    alive: Option<Instant>,
    pruned: Option<Instant>,
    /// What it could run when it last said that it is alive.
    abilities: Abilities,
}

impl<R: JobRunner> Worker<R> {
    /// A worker of an open database, to which each job makes a connection of its own.
    #[must_use]
    pub fn new(
        database: Database,
        connection: DatabaseSettings,
        settings: WorkerSettings,
        scheduler: Scheduler,
        runner: Arc<R>,
    ) -> Self {
        Self {
            database,
            connection,
            settings,
            scheduler,
            runner,
            own: Arc::default(),
        }
    }

    /// Works until `stop` is requested, and then until the runs at work have stopped. A database that
    /// is away, or refuses, is asked again later.
    ///
    /// # Errors
    ///
    /// If the database cannot be used, and the worker was to run once.
    pub async fn run(&self, stop: &Stop) -> Result<(), JobError> {
        let mut running = JoinSet::new();
        let result = self.work(stop, &mut running).await;
        if !running.is_empty() && stop.is_requested() {
            self.runner
                .note("stopping the jobs at work; they go on when a worker runs again");
        }
        while running.join_next().await.is_some() {}
        let gone = workers::show_gone(&self.database, &self.settings.id).await;
        result.and(gone)
    }

    async fn work(&self, stop: &Stop, running: &mut JoinSet<()>) -> Result<(), JobError> {
        let mut chores = Chores::default();
        let mut pause = self.settings.poll;
        loop {
            if stop.is_requested() {
                return Ok(());
            }
            let taken = tokio::select! {
                taken = self.take_jobs(&mut chores, running, stop) => taken,
                // A claim that is under way is found by others when its lease ends.
                () = stop.clone().requested() => return Ok(()),
            };
            match taken {
                Ok(()) => pause = self.settings.poll,
                Err(error) if self.settings.once => return Err(error),
                Err(error) => {
                    self.runner.note(&error.to_string());
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            if self.settings.once && running.is_empty() {
                return Ok(());
            }
            tokio::select! {
                () = stop.clone().requested() => {}
                Some(_) = running.join_next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Does what is due now, and takes as many jobs as there is room for.
    async fn take_jobs(
        &self,
        chores: &mut Chores,
        running: &mut JoinSet<()>,
        stop: &Stop,
    ) -> Result<(), JobError> {
        let (id, host) = (&self.settings.id, &self.settings.host);
        if is_over(chores.alive, ALIVE_INTERVAL) {
            let abilities = self.runner.find_abilities();
            self.note_abilities(chores, abilities);
            workers::show_alive(&self.database, id, host, &chores.abilities).await?;
            chores.alive = Some(Instant::now());
        }
        if is_over(chores.scheduled, SCHEDULE_INTERVAL) {
            self.scheduler.add_due_jobs(self.runner.as_ref()).await?;
            chores.scheduled = Some(Instant::now());
        }
        if is_over(chores.pruned, PRUNE_INTERVAL) {
            history::prune(&self.database, self.settings.history).await?;
            chores.pruned = Some(Instant::now());
        }
        while running.len() < self.settings.jobs_at_once && !stop.is_requested() {
            let own: Vec<i64> = lock(&self.own).iter().copied().collect();
            let claimant = Claimant {
                settings: &self.connection,
                worker: id,
                host,
                lease: self.settings.lease,
                own: &own,
                abilities: &chores.abilities,
            };
            let Some((job, lease)) = lease::claim(&self.database, &claimant).await? else {
                return Ok(());
            };
            let Some(kind) = job.known_kind() else {
                continue;
            };
            self.start(kind, job, Arc::new(lease), running, stop);
        }
        Ok(())
    }

    /// Says what the worker leaves to others, at its beginning and when that has changed.
    fn note_abilities(&self, chores: &mut Chores, abilities: Abilities) {
        let is_first = chores.abilities == Abilities::default();
        if is_first || abilities != chores.abilities {
            match abilities.lacks_in_words() {
                Some(lacks) => self.runner.note(&format!("left to other workers: {lacks}")),
                None if is_first => {}
                None => self.runner.note("this worker runs jobs of all kinds now"),
            }
        }
        chores.abilities = abilities;
    }

    fn start(
        &self,
        kind: JobKind,
        job: Job,
        lease: Arc<JobLease>,
        running: &mut JoinSet<()>,
        stop: &Stop,
    ) {
        let (database, runner) = (self.database.clone(), Arc::clone(&self.runner));
        let (worker_stop, handle) = (stop.clone(), Handle::current());
        let own = Arc::clone(&self.own);
        lock(&own).insert(job.id);
        running.spawn_blocking(move || {
            let title = title_of(&job);
            runner.note(&format!("job {}: {title} begins", job.id));
            let begun = Instant::now();
            let (stopper, stop) = progress::stop();
            let watched = Arc::clone(&lease);
            let watch = handle.spawn(async move {
                tokio::select! {
                    () = watched.wait_for_end() => {}
                    () = worker_stop.requested() => {}
                }
                stopper.stop();
                // Dropping it would end nothing; the run keeps its half.
            });
            let (id, attempts, most) = (job.id, job.attempts, job.max_attempts);
            let context = JobContext {
                lease: Arc::clone(&lease),
                stop,
            };
            let run = || handle.block_on(runner.run(kind, job, context));
            let outcome =
                catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| JobOutcome::Impossible {
                    why: "internal error (a bug in pyfa); please report it".to_owned(),
                });
            watch.abort();
            let end = describe(&outcome, begun.elapsed(), attempts < most);
            let outcome = with_small_report(outcome);
            let written = handle.block_on(finish(&lease, &database, attempts, most, outcome));
            lock(&own).remove(&id);
            runner.note(&match written {
                Ok(true) => format!("job {id}: {title} {end}"),
                Ok(false) => format!(
                    "job {id}: {title} was taken over by another worker, so this run has stopped"
                ),
                Err(error) => format!("job {id}: {title} {end}, but this was not stored: {error}"),
            });
        });
    }
}

/// Writes how a run has ended, again and again while the database is away and the lease may be held.
/// A lease seems lost too when the end was stored and its answer was not heard, so it is asked once
/// more.
async fn finish(
    lease: &JobLease,
    database: &Database,
    attempts: i64,
    max_attempts: i64,
    outcome: JobOutcome,
) -> Result<bool, JobError> {
    let mut pause = Duration::from_millis(250);
    let mut is_last = false;
    loop {
        match lease
            .end(database, attempts, max_attempts, outcome.clone())
            .await
        {
            Err(error) if error.is_temporary() && !is_last => {
                is_last = lease.state() == LeaseState::Lost;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            result => return result,
        }
    }
}

fn lock(own: &Mutex<BTreeSet<i64>>) -> MutexGuard<'_, BTreeSet<i64>> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_over(last: Option<Instant>, interval: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= interval)
}

fn title_of(job: &Job) -> String {
    if job.target.is_empty() {
        job.kind.clone()
    } else {
        format!("{} of {}", job.kind, job.target)
    }
}

fn describe(outcome: &JobOutcome, after: Duration, can_retry: bool) -> String {
    let seconds = after.as_secs_f64();
    match outcome {
        JobOutcome::Done { .. } => format!("is done after {seconds:.1} s"),
        JobOutcome::Partly { .. } => format!("is done in part after {seconds:.1} s"),
        JobOutcome::Wait { until, why, .. } => {
            let until = until.strftime("%Y-%m-%d %H:%M:%S UTC");
            format!("waits until {until}: {why}")
        }
        JobOutcome::Stopped { .. } => format!("was stopped after {seconds:.1} s"),
        JobOutcome::Failed { why, .. } if can_retry => {
            format!("has failed after {seconds:.1} s and is tried again later: {why}")
        }
        JobOutcome::Failed { why, .. } | JobOutcome::Impossible { why } => {
            format!("has failed after {seconds:.1} s: {why}")
        }
    }
}

/// The outcome, without a report that is too large to be kept.
fn with_small_report(mut outcome: JobOutcome) -> JobOutcome {
    let report = match &mut outcome {
        JobOutcome::Done { report }
        | JobOutcome::Partly { report }
        | JobOutcome::Wait { report, .. }
        | JobOutcome::Stopped { report }
        | JobOutcome::Failed { report, .. } => report,
        JobOutcome::Impossible { .. } => return outcome,
    };
    let size = report.to_string().len();
    if size > LARGEST_REPORT {
        *report = serde_json::json!({
            "omitted": format!("the report has {size} bytes; {LARGEST_REPORT} are kept at most"),
        });
    }
    outcome
}

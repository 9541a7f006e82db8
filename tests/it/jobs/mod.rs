//! Jobs: what a queue promises, with workers of one process and of several, on both databases.

mod abilities;
mod command;
mod leases;
mod processes;
mod queue;
mod schedules;
mod serving;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::tz::TimeZone;
use pyfa::database::{Database, Lease, LeaseState, Statement, Transaction};
use pyfa::jobs::{
    Abilities, HistoryLimits, Job, JobContext, JobKind, JobOutcome, JobRequest, JobRunner,
    JobState, Queue, Schedule, Scheduler, Worker, WorkerSettings,
};
use pyfa::progress::{Stop, Stopper};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::database::Place;

/// A lease that does not run out while a test runs.
const LONG: Duration = Duration::from_mins(10);

/// What a run of a test's job does before it has its effect.
#[derive(Debug, Clone, Default)]
enum Script {
    #[default]
    Succeed,
    End(JobOutcome),
    Panic,
    /// Says that it has begun, and waits until it is told to stop.
    UntilStopped,
    /// Says that it has begun, and waits until the test lets it go on.
    Hold,
    /// Its end is stored, and the connection breaks before anybody hears of it.
    EndUnheard,
}

/// Runs jobs that have one effect each: a row, written only while the lease is held.
struct TestRunner {
    database: Database,
    scripts: Mutex<BTreeMap<String, Script>>,
    targets: Vec<String>,
    begun: mpsc::UnboundedSender<i64>,
    go_on: Arc<tokio::sync::Semaphore>,
    /// Exclusive keys at work, to see that none is there twice.
    at_work: Mutex<Vec<String>>,
    overlaps: Mutex<Vec<String>>,
    abilities: Mutex<Abilities>,
    notes: Mutex<Vec<String>>,
}

impl TestRunner {
    fn begin(&self, key: &str) {
        let mut at_work = lock(&self.at_work);
        if at_work.iter().any(|other| other == key) {
            lock(&self.overlaps).push(key.to_owned());
        }
        at_work.push(key.to_owned());
    }

    async fn work(&self, job: Job, context: JobContext) -> Result<JobOutcome> {
        let script = lock(&self.scripts).get(&job.target).cloned();
        match script.unwrap_or_default() {
            Script::Succeed => {}
            Script::End(outcome) => return Ok(outcome),
            Script::Panic => panic!("a bug"),
            Script::UntilStopped => {
                self.begun.send(job.id)?;
                context.stop.clone().requested().await;
                if context.lease.state() == LeaseState::Lost {
                    self.begun.send(-job.id)?;
                }
                return Ok(JobOutcome::Stopped {
                    report: json!({"stopped": true}),
                });
            }
            Script::EndUnheard => {
                let text = "UPDATE jobs SET state = 'done', finished_at = 1, lease_until = NULL
                            WHERE id = $1";
                let end = Statement::new(text, vec![job.id.into()]);
                self.database.write(end).await?;
                return Ok(JobOutcome::Done {
                    report: Value::Null,
                });
            }
            Script::Hold => {
                self.begun.send(job.id)?;
                self.go_on.acquire().await?.forget();
            }
        }
        let effect = Statement::new("INSERT INTO effects VALUES ($1)", vec![job.id.into()]);
        let work = Transaction::new()
            .only_if(context.lease.guard())
            .and(effect);
        let written = self.database.commit(work).await?;
        Ok(match written {
            Some(_) => JobOutcome::Done {
                report: json!({"job": job.id}),
            },
            None => JobOutcome::Stopped {
                report: Value::Null,
            },
        })
    }
}

/// No target is known.
#[derive(Debug, thiserror::Error)]
#[error("the server is away")]
struct Away;

impl JobRunner for TestRunner {
    type TargetsError = Away;

    fn find_abilities(&self) -> Abilities {
        lock(&self.abilities).clone()
    }

    async fn fetch_targets(
        &self,
        kinds: &[JobKind],
    ) -> Result<BTreeMap<JobKind, Vec<String>>, Away> {
        match self.targets.first() {
            Some(first) if first == "unknown" => Err(Away),
            _ => {
                let targets = kinds.iter().map(|kind| (*kind, self.targets.clone()));
                Ok(targets.collect())
            }
        }
    }

    fn run(&self, _: JobKind, job: Job, context: JobContext) -> LocalBoxFuture<'_, JobOutcome> {
        async move {
            let key = job.target.clone();
            self.begin(&key);
            let outcome = self.work(job, context).await;
            lock(&self.at_work).retain(|other| *other != key);
            outcome.unwrap_or_else(|error| JobOutcome::Failed {
                why: error.to_string(),
                report: Value::Null,
            })
        }
        .boxed_local()
    }

    fn note(&self, text: &str) {
        lock(&self.notes).push(text.to_owned());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A queue, and what its workers share.
struct Yard<'p> {
    place: &'p Place,
    database: Database,
    queue: Queue,
    runner: Arc<TestRunner>,
    begun: mpsc::UnboundedReceiver<i64>,
    schedules: Vec<Schedule>,
}

impl<'p> Yard<'p> {
    async fn open(place: &'p Place) -> Result<Self> {
        Self::with_targets(place, &[]).await
    }

    async fn with_targets(place: &'p Place, targets: &[&str]) -> Result<Self> {
        let database = place.open().await?;
        let create = "CREATE TABLE IF NOT EXISTS effects (job BIGINT NOT NULL)";
        database.write(Statement::new(create, Vec::new())).await?;
        let (sender, begun) = mpsc::unbounded_channel();
        let runner = TestRunner {
            database: database.clone(),
            scripts: Mutex::default(),
            targets: targets.iter().map(ToString::to_string).collect(),
            begun: sender,
            go_on: Arc::new(tokio::sync::Semaphore::new(0)),
            at_work: Mutex::default(),
            overlaps: Mutex::default(),
            abilities: Mutex::new(Abilities::all()),
            notes: Mutex::default(),
        };
        Ok(Self {
            place,
            queue: Queue::new(database.clone()),
            database,
            runner: Arc::new(runner),
            begun,
            schedules: Vec::new(),
        })
    }

    fn script(&self, target: &str, script: Script) {
        lock(&self.runner.scripts).insert(target.to_owned(), script);
    }

    fn schedule(&mut self, cron: &str) -> Result<()> {
        let zone = TimeZone::UTC;
        let schedule = Schedule::parse(JobKind::Health, cron, zone, Duration::ZERO)?;
        self.schedules = vec![schedule];
        Ok(())
    }

    async fn add(&self, kind: JobKind, target: &str) -> Result<i64> {
        let request = JobRequest {
            kind,
            target: target.to_owned(),
            run_at: None,
        };
        Ok(self.queue.add(&request).await?.id)
    }

    fn worker(&self, host: &str, lease: Duration, once: bool) -> Worker<TestRunner> {
        let settings = WorkerSettings {
            id: format!("{host} 1"),
            host: host.to_owned(),
            lease,
            jobs_at_once: 4,
            poll: Duration::from_millis(10),
            once,
            history: HistoryLimits::default(),
        };
        Worker::new(
            self.database.clone(),
            self.place.settings.clone(),
            settings,
            Scheduler::new(self.database.clone(), self.schedules.clone()),
            Arc::clone(&self.runner),
        )
    }

    /// Runs everything that is due.
    async fn work(&self) -> Result<()> {
        Ok(self.worker("here", LONG, true).run(&Stop::never()).await?)
    }

    /// A worker that goes on until it is told to stop.
    fn start(&self, host: &str, lease: Duration) -> RunningWorker {
        let (stopper, stop) = pyfa::progress::stop();
        let worker = self.worker(host, lease, false);
        let task = tokio::spawn(async move { Ok(worker.run(&stop).await?) });
        RunningWorker { stopper, task }
    }

    async fn job(&self, id: i64) -> Result<Job> {
        Ok(self.queue.fetch(id).await?)
    }

    /// Waits until a job is in this state.
    async fn until(&self, id: i64, state: JobState) -> Result<Job> {
        let wait = async {
            loop {
                let job = self.job(id).await?;
                if job.state == state {
                    return Ok(job);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let limit = Duration::from_mins(1);
        tokio::time::timeout(limit, wait)
            .await
            .with_context(|| format!("job {id} never was {}", state.name()))?
    }

    async fn next_begun(&mut self) -> Result<i64> {
        let limit = Duration::from_mins(1);
        let begun = tokio::time::timeout(limit, self.begun.recv()).await?;
        begun.context("nobody runs jobs")
    }

    /// What its workers have said, if it has this part.
    fn note(&self, part: &str) -> Option<String> {
        let notes = lock(&self.runner.notes);
        notes.iter().find(|note| note.contains(part)).cloned()
    }

    /// How often each job had its effect.
    async fn effects(&self) -> Result<BTreeMap<i64, i64>> {
        let text = "SELECT job, COUNT(*) AS times FROM effects GROUP BY job";
        let rows = self
            .database
            .query(Statement::new(text, Vec::new()))
            .await?;
        let mut effects = BTreeMap::new();
        for row in rows {
            effects.insert(row.integer("job")?, row.integer("times")?);
        }
        Ok(effects)
    }

    async fn change(&self, text: &str, id: i64) -> Result<()> {
        let changed = self
            .database
            .write(Statement::new(text.to_owned(), vec![id.into()]))
            .await?;
        ensure!(changed == 1, "{changed} rows were changed by {text}");
        Ok(())
    }
}

struct RunningWorker {
    stopper: Stopper,
    task: tokio::task::JoinHandle<Result<()>>,
}

impl RunningWorker {
    async fn stop(self) -> Result<()> {
        self.stopper.stop();
        self.task.await?
    }
}

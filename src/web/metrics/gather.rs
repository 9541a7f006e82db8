//! Asks the database and the search server what there is to say, each for a short time.

use std::time::Duration;

use super::text::Exposition;
use crate::catalog::{Catalog, DataAge};
use crate::database::{Database, DatabaseError, Statement};
use crate::jobs::{JobKind, JobState};
use crate::search::SearchError;
use crate::web::people::LazyDatabase;

/// How long each of them may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many jobs of each kind are in each state that matters. States of jobs that are due and of those
/// that wait for later are told apart.
const JOBS: &str = "SELECT kind,
        CASE WHEN state <> 'waiting' THEN state WHEN run_at <= {now} THEN 'due' ELSE 'later' END
            AS state_now,
        COUNT(*) AS jobs, MAX(CASE WHEN state = 'waiting' THEN {now} - run_at END) AS waits
    FROM jobs WHERE state IN ('waiting', 'running', 'failed')
    GROUP BY 1, 2";

/// When jobs last ended well, on each collection.
const LAST_RUNS: &str = "SELECT kind, target, {now} - MAX(finished_at) AS age
    FROM jobs WHERE state IN ('done', 'partly') GROUP BY kind, target";

const WORKERS: &str = "SELECT COUNT(*) AS workers FROM workers WHERE seen_at > {now} - 40000";

/// Tokens are not told apart: what is left of all that were used within a day.
const QUOTAS: &str = "SELECT resource, CAST(SUM(quota_limit) AS BIGINT) AS quota_limit,
        CAST(SUM(CASE WHEN reset_at > {now} THEN remaining - reserved ELSE quota_limit END)
            AS BIGINT) AS remaining,
        MAX(reset_at - {now}) AS lasts
    FROM pyfa_quotas WHERE quota_limit > 0 AND updated_at > {now} - 86400000 GROUP BY resource";

const REPOSITORIES: &str = "SELECT COUNT(*) AS repositories, MIN(checked_at) AS oldest,
        MAX(checked_at) AS newest
    FROM repositories WHERE state = 'present' AND checked_at IS NOT NULL";

/// The names of GitHub's quotas that are shown.
const RESOURCES: [&str; 3] = ["core", "graphql", "search"];

/// What is known of everything but requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    database: Option<InDatabase>,
    quotas: Vec<Quota>,
    /// By collection; none where the search server did not answer.
    ages: Vec<(String, Option<Vec<DataAge>>)>,
}

#[derive(Debug, Clone, Default)]
struct InDatabase {
    /// Kind, state, number, and how long the first of them has waited, in milliseconds.
    jobs: Vec<(JobKind, String, i64, Option<i64>)>,
    /// Kind, collection or nothing, and milliseconds since the last good end.
    last_runs: Vec<(JobKind, String, i64)>,
    workers: i64,
    /// Seconds since the first and the last look at followed repositories.
    repositories: Option<(i64, i64)>,
}

#[derive(Debug, Clone)]
struct Quota {
    resource: &'static str,
    limit: i64,
    remaining: i64,
    /// Milliseconds.
    lasts: i64,
}

/// Gathers what can be found out.
pub(super) async fn gather(
    catalogs: &[(String, Catalog)],
    database: &LazyDatabase,
    quotas: &LazyDatabase,
) -> Gathered {
    let names: Vec<&str> = catalogs.iter().map(|(name, _)| name.as_str()).collect();
    let jobs = database.within(PATIENCE, async |database| read(&database, &names).await);
    let quotas = quotas.within(PATIENCE, async |database| read_quotas(&database).await);
    let ages = catalogs.iter().map(async |(name, catalog)| {
        match tokio::time::timeout(PATIENCE, catalog.fetch_ages()).await {
            // A profile without a collection is none of them.
            Ok(Err(SearchError::NotFound { .. })) => None,
            Ok(ages) => Some((name.clone(), ages.ok())),
            Err(_) => Some((name.clone(), None)),
        }
    });
    let (jobs, quotas, ages) = tokio::join!(jobs, quotas, futures::future::join_all(ages));
    Gathered {
        database: jobs.ok().flatten(),
        quotas: quotas.ok().flatten().unwrap_or_default(),
        ages: ages.into_iter().flatten().collect(),
    }
}

async fn read(database: &Database, collections: &[&str]) -> Result<InDatabase, DatabaseError> {
    let ask = async |text: &str| {
        let text = database.dialect().with_clock(text);
        database.query(Statement::new(text, Vec::new())).await
    };
    let mut found = InDatabase::default();
    for row in ask(JOBS).await? {
        if let Some(kind) = JobKind::from_name(&row.text("kind")?) {
            let state = row.text("state_now")?;
            let waits = row.optional_integer("waits")?;
            found.jobs.push((kind, state, row.integer("jobs")?, waits));
        }
    }
    for row in ask(LAST_RUNS).await? {
        let Some(kind) = JobKind::from_name(&row.text("kind")?) else {
            continue;
        };
        // Other targets are too many to be labels.
        let target = row.text("target")?;
        let is_collection = collections.contains(&target.as_str());
        let target = if is_collection { target } else { String::new() };
        let age = row.optional_integer("age")?.unwrap_or_default();
        let mut known = found.last_runs.iter_mut();
        match known.find(|(one, name, _)| (*one, name) == (kind, &target)) {
            Some((_, _, known)) => *known = age.min(*known),
            None => found.last_runs.push((kind, target, age)),
        }
    }
    let workers = ask(WORKERS).await?;
    found.workers = workers
        .first()
        .map_or(Ok(0), |row| row.integer("workers"))?;
    let now = database.fetch_now().await?.as_second();
    if let Some(row) = ask(REPOSITORIES).await?.first() {
        let times = row
            .optional_time("oldest")?
            .zip(row.optional_time("newest")?);
        found.repositories =
            times.map(|(oldest, newest)| (now - oldest.as_second(), now - newest.as_second()));
    }
    Ok(found)
}

async fn read_quotas(database: &Database) -> Result<Vec<Quota>, DatabaseError> {
    let text = database.dialect().with_clock(QUOTAS);
    let mut quotas = Vec::new();
    for row in database.query(Statement::new(text, Vec::new())).await? {
        let name = row.text("resource")?;
        if let Some(resource) = RESOURCES.iter().find(|resource| **resource == name) {
            quotas.push(Quota {
                resource,
                limit: row.integer("quota_limit")?,
                remaining: row.integer("remaining")?,
                lasts: row.integer("lasts")?.max(0),
            });
        }
    }
    Ok(quotas)
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1_000.0
}

fn flag(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}

impl Gathered {
    pub(super) fn write(&self, text: &mut Exposition) {
        text.family("pyfa_build_info", "gauge", "The version of the program.");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        text.sample("pyfa_build_info", &version, 1.0);
        text.family(
            "pyfa_database_up",
            "gauge",
            "Whether there is a database that can be read.",
        );
        text.sample("pyfa_database_up", &[], flag(self.database.is_some()));
        self.write_search_states(text);
        self.write_ages(text);
        if let Some(database) = &self.database {
            database.write(text);
        }
        self.write_quotas(text);
    }

    fn write_search_states(&self, text: &mut Exposition) {
        let name = "pyfa_search_up";
        let help = "Whether the search server answers for a collection.";
        text.family(name, "gauge", help);
        for (collection, ages) in &self.ages {
            text.sample(name, &[("collection", collection)], flag(ages.is_some()));
        }
    }

    fn write_ages(&self, text: &mut Exposition) {
        let name = "pyfa_data_age_seconds";
        let help = "Seconds since a source was asked about the packages of a collection: about the \
                    one asked longest ago, and about the last.";
        text.family(name, "gauge", help);
        let now = jiff::Timestamp::now().as_second();
        for (collection, ages) in &self.ages {
            for age in ages.iter().flatten() {
                for (of, at) in [("oldest", age.oldest), ("newest", age.newest)] {
                    let labels = [
                        ("source", age.source),
                        ("collection", collection.as_str()),
                        ("package", of),
                    ];
                    text.sample(name, &labels, now.saturating_sub(at).max(0) as f64);
                }
            }
        }
    }

    fn write_quotas(&self, text: &mut Exposition) {
        for (name, help, value) in [
            (
                "pyfa_github_quota_limit",
                "Points that GitHub gives in a window.",
                (|quota| quota.limit as f64) as fn(&Quota) -> f64,
            ),
            (
                "pyfa_github_quota_remaining",
                "Points that are left in this window, without those reserved for requests in flight.",
                |quota| quota.remaining as f64,
            ),
            (
                "pyfa_github_quota_reset_seconds",
                "Seconds until the window ends.",
                |quota| seconds(quota.lasts),
            ),
        ] {
            text.family(name, "gauge", help);
            for quota in &self.quotas {
                text.sample(name, &[("resource", quota.resource)], value(quota));
            }
        }
    }
}

impl InDatabase {
    fn write(&self, text: &mut Exposition) {
        self.write_jobs(text);
        self.write_waits(text);
        self.write_last_runs(text);
        self.write_workers(text);
        self.write_activity_ages(text);
    }

    fn write_jobs(&self, text: &mut Exposition) {
        let name = "pyfa_jobs";
        let help = "Jobs by kind and state: due, later, running, failed.";
        text.family(name, "gauge", help);
        for kind in JobKind::ALL {
            for state in [
                "due",
                "later",
                JobState::Running.name(),
                JobState::Failed.name(),
            ] {
                let of =
                    |one: &&(JobKind, String, i64, Option<i64>)| one.0 == kind && one.1 == state;
                let count = self.jobs.iter().find(of).map_or(0, |one| one.2);
                let labels = [("kind", kind.name()), ("state", state)];
                text.sample(name, &labels, count as f64);
            }
        }
    }

    fn write_waits(&self, text: &mut Exposition) {
        let name = "pyfa_jobs_oldest_due_seconds";
        let help = "How long the first of the jobs that are due has waited.";
        text.family(name, "gauge", help);
        let waits = self.jobs.iter().filter(|one| one.1 == "due");
        let waits = waits.filter_map(|one| one.3).max().unwrap_or_default();
        text.sample(name, &[], seconds(waits));
    }

    fn write_last_runs(&self, text: &mut Exposition) {
        let name = "pyfa_job_last_success_seconds";
        let help = "Seconds since a job of this kind last ended well, on a collection or on anything \
                    else.";
        text.family(name, "gauge", help);
        for (kind, collection, age) in &self.last_runs {
            let labels = [("kind", kind.name()), ("collection", collection.as_str())];
            text.sample(name, &labels, seconds(*age));
        }
    }

    fn write_workers(&self, text: &mut Exposition) {
        let name = "pyfa_workers";
        text.family(name, "gauge", "Workers that have reported recently.");
        text.sample(name, &[], self.workers as f64);
    }

    fn write_activity_ages(&self, text: &mut Exposition) {
        let name = "pyfa_activity_age_seconds";
        let help = "Seconds since GitHub was asked about followed repositories: about the one asked \
                    longest ago, and about the last.";
        text.family(name, "gauge", help);
        if let Some((oldest, newest)) = self.repositories {
            text.sample(name, &[("repository", "oldest")], oldest as f64);
            text.sample(name, &[("repository", "newest")], newest as f64);
        }
    }
}

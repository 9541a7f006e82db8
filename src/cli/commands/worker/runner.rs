//! How each kind of job is done: as the command of the same name does it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use serde::Serialize;

use super::archive::{fetch_due_members, run_archive};
use super::board::{list_targets, run_board};
use super::discovery::{fetch_scraper_targets, run_discovery};
use super::outcome::{RunFailure, outcome_of};
use super::targets::TargetsError;
use crate::activity::{self, ActivityError, ActivityScope, ActivitySession, Schedule};
use crate::archive::{ArchiveError, SealKey};
use crate::cli::arguments::{EnrichOptions, WorkerFiles};
use crate::cli::commands::enrichers::{
    activity_enricher, advisories_enricher, connect_enrichers, connect_github_enricher,
    downloads_enricher, health_enricher,
};
use crate::cli::commands::services::{
    connect_github_with_database, open_cache, open_pipeline, open_workspace, search,
};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::database::Database;
use crate::enrich::{
    self, EnrichServices, Enricher, EnricherPart, EnricherReport, PackageSelection,
};
use crate::jobs::{Abilities, Job, JobContext, JobKind, JobOutcome, JobRunner};
use crate::manage::Manager;
use crate::model::RegistryKind;
use crate::pipeline::{self, FetchReport, FetchRequest, Mode};
use crate::profile::{Profile, Profiles, Rules};
use crate::progress::{Opening, Progress, Stage, Stop};
use crate::search::RequiredPermit;
use crate::workspace::Workspace;

/// Nothing is written to the collection without the job's lease, until the permit is dropped.
fn require_lease(workspace: &Workspace, context: &JobContext) -> RequiredPermit {
    workspace
        .search
        .require_permit(Arc::clone(&context.lease) as _)
}

/// A run of enrichers on the packages of a collection.
struct EnrichRun<'r> {
    services: &'r EnrichServices,
    selection: &'r PackageSelection,
    stop: &'r Stop,
}

impl EnrichRun<'_> {
    async fn one<E: Enricher>(&self, enricher: E) -> Result<JobOutcome, RunFailure> {
        let report = enrich::run(self.services, self.selection, enricher, self.stop).await?;
        let report: &dyn EnricherReport = &report;
        if let Some(why) = report.failure() {
            let report = serde_json::to_value(report).unwrap_or_default();
            return Ok(JobOutcome::Failed { why, report });
        }
        let (is_complete, wait) = (report.is_complete(), report.wait());
        Ok(outcome_of(&report, is_complete, wait, self.stop))
    }

    async fn all(&self, parts: Vec<EnricherPart>) -> Result<JobOutcome, RunFailure> {
        let report = enrich::run_all(self.services, self.selection, parts, self.stop).await?;
        let (is_complete, wait) = (report.is_complete(), report.wait());
        Ok(outcome_of(&report, is_complete, wait, self.stop))
    }
}

/// The report of a job that fetches: that of the first registry, and in it that of npm if npm comes
/// second.
#[derive(Debug, Serialize)]
struct JobReport {
    #[serde(flatten)]
    first: Option<FetchReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    npm: Option<FetchReport>,
}

impl JobReport {
    fn of(reports: Vec<FetchReport>) -> Self {
        let mut reports = reports.into_iter();
        Self {
            first: reports.next(),
            npm: reports.next(),
        }
    }
}

/// How long the search server may take to list its collections.
const TARGET_PATIENCE: Duration = Duration::from_secs(10);

/// How long a run may take to stop in order. After that it is dropped, which costs no more than a kill.
const STOP_PATIENCE: Duration = Duration::from_mins(1);

/// Runs jobs with the settings of the worker.
#[derive(Debug)]
pub(super) struct CommandRunner {
    config: Config,
    files: WorkerFiles,
    printer: Printer,
}

/// Passes on what people at the worker should know.
struct Notes(Printer);

impl Progress for Notes {
    fn opening(&self, _: &Opening<'_>) {}
    fn note(&self, text: &str) {
        self.0.note(text);
    }
    fn stage(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn stage_done(&self) {}
}

impl CommandRunner {
    pub(super) fn new(config: Config, files: WorkerFiles, printer: Printer) -> Self {
        Self {
            config,
            files,
            printer,
        }
    }

    fn notes(&self) -> Arc<Notes> {
        Arc::new(Notes(self.printer))
    }

    async fn run_kind(
        &self,
        kind: JobKind,
        job: &Job,
        context: &JobContext,
    ) -> Result<JobOutcome, RunFailure> {
        let target = job.target.as_str();
        match kind {
            JobKind::FetchIncremental => self.fetch(target, Mode::Incremental, context).await,
            JobKind::FetchFull => self.fetch(target, Mode::Full, context).await,
            JobKind::FetchRefresh => self.fetch(target, Mode::Refresh, context).await,
            JobKind::GitHub
            | JobKind::Downloads
            | JobKind::Advisories
            | JobKind::Health
            | JobKind::Enrich => Box::pin(self.enrich(kind, target, context)).await,
            JobKind::ActivityUpdate => self.sync(Schedule::Update, target, context).await,
            JobKind::ActivityEvents => self.sync(Schedule::Events, target, context).await,
            JobKind::ActivityDaily => self.sync(Schedule::Daily, target, context).await,
            JobKind::DiscoveryScraper | JobKind::ProfileSync | JobKind::RepositorySync => {
                Box::pin(run_discovery(kind, job, context, &self.config)).await
            }
            JobKind::ArchiveSync => Box::pin(run_archive(job, context, &self.config)).await,
            JobKind::Board => Box::pin(run_board(job, context, &self.config)).await,
            JobKind::Rebuild => self.rebuild(target, context).await,
        }
    }

    async fn fetch(
        &self,
        key: &str,
        mode: Mode,
        context: &JobContext,
    ) -> Result<JobOutcome, RunFailure> {
        let profiles = Profiles::load(self.config.profiles_dir.as_deref());
        let profiles = profiles.map_err(|error| RunFailure::Impossible(error.to_string()))?;
        let profile = profiles.get(key);
        let profile = profile.map_err(|error| RunFailure::Impossible(error.to_string()))?;
        let mut reports = Vec::new();
        let mut failure = None;
        // What fails at one registry does not keep the other waiting.
        for (registry, rules) in profile.sources() {
            let fetched = self.fetch_from(registry, rules, profile, mode, context);
            match fetched.await {
                Ok(report) => reports.push(report),
                // Nor could the other go on: the collection is in use, or the worker ends.
                Err(error @ (RunFailure::Stopped | RunFailure::Wait { .. })) => return Err(error),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        let is_complete = reports.iter().all(FetchReport::is_complete);
        let report = JobReport::of(reports);
        Ok(outcome_of(&report, is_complete, None, &context.stop))
    }

    /// Fetches what `rules` select from one registry.
    async fn fetch_from(
        &self,
        registry: RegistryKind,
        rules: &Rules,
        profile: &Profile,
        mode: Mode,
        context: &JobContext,
    ) -> Result<FetchReport, RunFailure> {
        let services = open_pipeline(registry, &self.config, self.notes(), false)?;
        let _permit = require_lease(&services.workspace, context);
        let batch_size = self.config.registry(registry).batch_size;
        let (since_file, command) = (self.files.sincefile.clone(), registry.as_str());
        let request = FetchRequest {
            rules: rules.clone(),
            ..FetchRequest::of_profile(profile, mode, batch_size, since_file, command)
        };
        Ok(pipeline::run_pipeline(&services, request, &context.stop).await?)
    }

    async fn enrich(
        &self,
        kind: JobKind,
        target: &str,
        context: &JobContext,
    ) -> Result<JobOutcome, RunFailure> {
        let (options, config) = (EnrichOptions::default(), &self.config);
        let services = EnrichServices {
            workspace: open_workspace(config, self.notes())?,
            cache: open_cache(config)?,
        };
        let _permit = require_lease(&services.workspace, context);
        let selection = PackageSelection::all(target);
        let run = EnrichRun {
            services: &services,
            selection: &selection,
            stop: &context.stop,
        };
        match kind {
            JobKind::GitHub => {
                run.one(connect_github_enricher(&options.age, None, config).await?)
                    .await
            }
            JobKind::Downloads => run.one(downloads_enricher(options.source, config)).await,
            JobKind::Advisories => run.one(advisories_enricher(config)).await,
            JobKind::Health => {
                // The score counts what is known of activity.
                if let Some(activity) = activity_enricher(config) {
                    run.one(activity).await?;
                }
                run.one(health_enricher(None, config)?).await
            }
            _ => {
                run.all(connect_enrichers(&options, config, self.printer).await?)
                    .await
            }
        }
    }

    async fn sync(
        &self,
        schedule: Schedule,
        target: &str,
        context: &JobContext,
    ) -> Result<JobOutcome, RunFailure> {
        let mut scope = self.read_scope(target.is_empty())?;
        if !target.is_empty() {
            let slug = target.parse();
            let slug =
                slug.map_err(|_| RunFailure::Impossible(format!("{target} is not a repository")))?;
            scope.repositories = vec![slug];
            scope.organisations.clear();
            scope.profiles.clear();
        }
        let database = Database::open(&self.config.database).await;
        let database = database.map_err(ActivityError::from)?;
        let github = connect_github_with_database(&self.config).await?;
        let mut session = ActivitySession::new(github, database, context.stop.clone())
            .with_lease(Arc::clone(&context.lease) as _);
        if !scope.profiles.is_empty() {
            session = session.with_search(search(&self.config)?);
        }
        let report = activity::sync(&session, &scope, schedule, Timestamp::now()).await;
        session.close().await;
        let report = report?;
        let is_complete = report.is_complete();
        Ok(outcome_of(&report, is_complete, None, &context.stop))
    }

    /// What `activity.toml` says; it may be missing if the job names a repository.
    fn read_scope(&self, is_required: bool) -> Result<ActivityScope, RunFailure> {
        let path = &self.files.activity;
        match fs_err::read_to_string(path) {
            Ok(text) => ActivityScope::parse(&text, &path.display().to_string())
                .map_err(|error| RunFailure::Impossible(error.to_string())),
            Err(_) if !is_required => Ok(ActivityScope::default()),
            Err(error) => Err(RunFailure::Impossible(format!(
                "nothing is followed: {error}; write the file, or name a repository with `--target`"
            ))),
        }
    }

    async fn rebuild(&self, name: &str, context: &JobContext) -> Result<JobOutcome, RunFailure> {
        let manager = Manager {
            workspace: open_workspace(&self.config, self.notes())?,
            since_file: self.files.sincefile.clone(),
        };
        let _permit = require_lease(&manager.workspace, context);
        let plan = manager.plan_recreation(name).await?;
        if plan.is_plain && !plan.is_filled {
            return Err(RunFailure::Impossible(format!(
                "`{name}` is a plain collection, so for a moment its name would lead to nothing; \
                 rebuild it once with `pyfa manage recreate {name}`, which asks first"
            )));
        }
        let report = manager.recreate(&plan).await?;
        let report = serde_json::to_value(&report).unwrap_or_default();
        Ok(JobOutcome::Done { report })
    }

    /// The profiles that schedules are for.
    async fn fetch_profiles(&self) -> Result<Vec<String>, TargetsError> {
        if let Some(profiles) = &self.config.jobs.profiles {
            return Ok(profiles.clone());
        }
        let profiles = Profiles::load(self.config.profiles_dir.as_deref())?;
        let manager = Manager {
            workspace: open_workspace(&self.config, self.notes())?,
            since_file: self.files.sincefile.clone(),
        };
        let mut names = manager.list_alias_names().await?;
        names.extend(manager.list_collection_names().await?);
        let keys = profiles.iter().map(|profile| profile.key.clone());
        Ok(keys.filter(|key| names.contains(key)).collect())
    }
}

/// Why no schedule makes jobs for activity, and no worker runs them.
const NO_FILE: &str = "there is no `activity.toml`";
const NO_TOKEN: &str = "GITHUB_TOKEN is not set";
const NO_KEY: &str = "ARCHIVE_KEY is not set";

/// Which jobs can be run with these settings and files.
pub(in crate::cli::commands) fn find_abilities(config: &Config, activity: &Path) -> Abilities {
    let mut abilities = Abilities::all();
    // Without a token a collection would take days, and projects cannot be read.
    if config.github.token.is_none() {
        abilities = abilities.without(JobKind::GitHub, NO_TOKEN);
        abilities = abilities.without(JobKind::Board, NO_TOKEN);
    }
    if let Err(error) = SealKey::read(config.archive.key.as_ref()) {
        let why = match error {
            ArchiveError::NoKey => NO_KEY.to_owned(),
            error => error.to_string(),
        };
        abilities = abilities.without(JobKind::ArchiveSync, &why);
    }
    if !activity.is_file() {
        let kinds = JobKind::ALL.into_iter().filter(|kind| kind.is_activity());
        for kind in kinds {
            abilities = abilities.only_with_target(kind, NO_FILE);
        }
    }
    abilities
}

impl JobRunner for CommandRunner {
    type TargetsError = TargetsError;

    fn find_abilities(&self) -> Abilities {
        find_abilities(&self.config, &self.files.activity)
    }

    async fn fetch_targets(
        &self,
        kinds: &[JobKind],
    ) -> Result<BTreeMap<JobKind, Vec<String>>, TargetsError> {
        let mut targets = BTreeMap::new();
        let (activity, others): (Vec<JobKind>, Vec<JobKind>) =
            kinds.iter().partition(|kind| kind.is_activity());
        let abilities = self.find_abilities();
        let activity = activity
            .into_iter()
            .filter(|kind| abilities.include(kind.name(), ""));
        targets.extend(activity.map(|kind| (kind, vec![String::new()])));
        let (discovery, others): (Vec<JobKind>, Vec<JobKind>) =
            others.into_iter().partition(|kind| kind.is_discovery());
        if !discovery.is_empty() {
            let found = fetch_scraper_targets(&self.config).await?;
            targets.extend(found.map(|target| (JobKind::DiscoveryScraper, vec![target])));
        }
        let (boards, others): (Vec<JobKind>, Vec<JobKind>) =
            others.into_iter().partition(|kind| *kind == JobKind::Board);
        if !boards.is_empty() && abilities.include(JobKind::Board.name(), "") {
            match list_targets(&self.config) {
                Ok(names) => _ = targets.insert(JobKind::Board, names),
                Err(error) => self.note(&error.to_string()),
            }
        }
        let (archives, others): (Vec<JobKind>, Vec<JobKind>) = others
            .into_iter()
            .partition(|kind| *kind == JobKind::ArchiveSync);
        if !archives.is_empty() && abilities.include(JobKind::ArchiveSync.name(), "1") {
            targets.insert(JobKind::ArchiveSync, fetch_due_members(&self.config).await?);
        }
        if others.is_empty() {
            return Ok(targets);
        }
        // A server that does not answer must not keep jobs waiting that do not need it.
        let profiles = tokio::time::timeout(TARGET_PATIENCE, self.fetch_profiles());
        match profiles.await {
            Ok(Ok(profiles)) => {
                for kind in others {
                    let mut profiles = profiles.clone();
                    profiles.retain(|profile| abilities.include(kind.name(), profile));
                    targets.insert(kind, profiles);
                }
                Ok(targets)
            }
            // What needs no server goes on.
            failed if !targets.is_empty() => {
                if let Ok(Err(error)) = failed {
                    self.note(&error.to_string());
                }
                Ok(targets)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(TargetsError::Silent),
        }
    }

    fn run(&self, kind: JobKind, job: Job, context: JobContext) -> LocalBoxFuture<'_, JobOutcome> {
        async move {
            let stopping = async {
                context.stop.clone().requested().await;
                tokio::time::sleep(STOP_PATIENCE).await;
            };
            tokio::select! {
                result = self.run_kind(kind, &job, &context) => {
                    result.unwrap_or_else(RunFailure::into_outcome)
                }
                () = stopping => RunFailure::Stopped.into_outcome(),
            }
        }
        .boxed_local()
    }

    fn note(&self, text: &str) {
        self.printer.note(text);
    }
}

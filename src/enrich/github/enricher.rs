//! The enricher of repositories: asks GitHub until all is known or a limit is met, and reports the
//! packages whose repository needs attention.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::cache::RepositoryCache;
use super::fields::{carries_other_repository, cleared_fields, fields};
use super::lookup::{LookupEnd, MaxAges, RepositoryLookup, RepositoryStatus};
use super::package::PackageRepository;
use super::problems::{self, RepositoryProblem};
use super::report::{EarlyEnd, GitHubReport};
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::{ExtraFields, Package};
use crate::forge::ForgeError;
use crate::forge::github::GitHub;
use crate::model::{FactGroup, PackageKey};
use crate::store::package_facts;

/// When GitHub is asked again, and what else a run is asked to do.
#[derive(Debug, Clone)]
pub struct GitHubOptions {
    /// What was learned longer ago is asked for again.
    pub max_age: Duration,
    /// The same for contributors, which cost a call each.
    pub max_age_of_contributors: Duration,
    /// Whether to sleep until a quota is back, instead of ending.
    pub wait: bool,
    /// Where the files about problems go; `None` writes none.
    pub report_dir: Option<PathBuf>,
}

/// Adds what GitHub knows of each package's repository.
#[derive(Debug)]
pub struct GitHubEnricher {
    github: GitHub,
    options: GitHubOptions,
    packages: Vec<PackageRepository>,
    lookup: RepositoryLookup,
    /// Fields of all documents of a package.
    known: BTreeMap<PackageKey, Map<String, Value>>,
    /// Why GitHub is asked no more.
    stopped: Option<LookupEnd>,
    /// Why not everything was written.
    write_error: Option<String>,
    report: GitHubReport,
}

impl GitHubEnricher {
    #[must_use]
    pub fn new(github: GitHub, options: GitHubOptions) -> Self {
        let max_ages = MaxAges {
            repositories: options.max_age,
            contributors: options.max_age_of_contributors,
        };
        Self {
            lookup: RepositoryLookup::new(github.clone(), max_ages),
            github,
            options,
            packages: Vec::new(),
            known: BTreeMap::new(),
            stopped: None,
            write_error: None,
            report: GitHubReport::default(),
        }
    }

    fn cache(&self, context: &RunContext<'_>) -> RepositoryCache {
        RepositoryCache::new(context.cache, &self.github.address())
    }

    async fn ask_github(&mut self, context: &RunContext<'_>) -> Result<(), LookupEnd> {
        let cache = self.cache(context);
        let (lookup, packages) = (&mut self.lookup, &self.packages);
        lookup
            .ask_for_repositories(context, &cache, packages)
            .await?;
        lookup.ask_for_contributors(context, &cache, packages).await
    }

    /// Turns what is known of repositories into fields of documents.
    fn update_known(&mut self, packages: &[Package]) {
        let by_key: HashMap<&PackageKey, &Package> = packages
            .iter()
            .map(|package| (&package.key, package))
            .collect();
        self.known.clear();
        for named in &self.packages {
            let documents = by_key.get(&named.key);
            let known = documents.and_then(|documents| self.known_of(named, documents));
            if let Some(fields) = known {
                self.known.insert(named.key.clone(), fields);
            }
        }
    }

    /// The fields of a package's documents; `None` if nothing is known. What was learned about a
    /// repository that the package no longer names goes.
    fn known_of(
        &self,
        package: &PackageRepository,
        documents: &Package,
    ) -> Option<Map<String, Value>> {
        let (slugs, known) = match self.lookup.status(package, true) {
            RepositoryStatus::Found {
                named,
                repository,
                learned,
            } => {
                let contributors = self.lookup.contributors(&repository.slug);
                let known = fields(repository, contributors, learned);
                (vec![named, &repository.slug], known)
            }
            RepositoryStatus::Gone(slug)
            | RepositoryStatus::Refused(slug)
            | RepositoryStatus::Pending(slug) => (vec![slug], Map::new()),
            // Documents without any address do not tell whether there is a repository.
            RepositoryStatus::NotNamed if package.urls.is_empty() => return None,
            RepositoryStatus::NotNamed => (Vec::new(), Map::new()),
        };
        let mut all = Map::new();
        if carries_other_repository(documents, &slugs) {
            all = cleared_fields();
        }
        all.extend(known);
        (!all.is_empty()).then_some(all)
    }

    /// Caches what documents lack, for runs that write new documents.
    async fn cache_known(&self, context: &RunContext<'_>, packages: &[Package]) {
        for package in packages {
            let Some(known) = self.known.get(&package.key) else {
                continue;
            };
            let mut releases = package.releases.iter();
            if releases.any(|release| !release.carries(known, &[])) {
                package_facts::write(context.cache, FactGroup::GITHUB, &package.key, known).await;
            }
        }
        context.cache.flush().await;
    }

    /// Counts the packages, and lists the problems with their repositories.
    fn describe_packages(&mut self) {
        for package in &self.packages {
            self.report.packages.seen += 1;
            let status = self.lookup.status(package, true);
            match status {
                RepositoryStatus::Found { .. } => self.report.packages.known += 1,
                RepositoryStatus::Pending(_) => self.report.packages.pending += 1,
                _ => {}
            }
            for problem in RepositoryProblem::find(package, &status) {
                let count = self.report.problems.entry(problem.reason.key());
                *count.or_default() += 1;
                self.report.problem_list.push(problem);
            }
        }
    }
}

impl Enricher for GitHubEnricher {
    type Report = GitHubReport;

    const NAME: &'static str = "github";
    const TITLE: &'static str = "GitHub";
    const CAN_STOP: bool = true;

    fn needs(&self) -> DocumentNeeds {
        DocumentNeeds {
            extra: ExtraFields::Addresses,
            ..DocumentNeeds::new(FactGroup::GITHUB.fields, Locking::Writing)
        }
    }

    async fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        self.packages = packages.iter().map(PackageRepository::new).collect();
        let cache = self.cache(context);
        self.lookup.load_cached(&cache, &self.packages).await;
        if context.dry_run {
            self.lookup.repository_counts.due = self.lookup.due(&self.packages).len() as u64;
        }
        self.update_known(packages);
        Ok(())
    }

    async fn ask(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        self.stopped = self.ask_github(context).await.err();
        self.github.wait_until_settled().await;
        self.update_known(packages);
        self.cache_known(context, packages).await;
        Ok(())
    }

    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>> {
        let known = self.known.get(package)?;
        Some(PackageFields::Shared(Cow::Borrowed(known)))
    }

    /// What was learned is cached, so the report is worth more than the error.
    fn note_write_error(&mut self, error: EnrichError) -> Result<(), EnrichError> {
        let why = format!("{error}; what was learned is kept, and the next run writes it");
        if self.stopped.is_some() {
            self.report.notes.push(why);
        } else {
            self.write_error = Some(why);
        }
        Ok(())
    }

    /// Sleeps until the quota is back, if the user wants that.
    async fn wait_for_rest(&mut self, context: &RunContext<'_>) -> bool {
        let Some(LookupEnd::Forge(ForgeError::Wait { after, until, why })) = &self.stopped else {
            return false;
        };
        if !self.options.wait {
            return false;
        }
        let note = format!("{why}; waiting until {until}");
        context.progress.note(&note);
        tokio::select! {
            () = context.stop.clone().requested() => false,
            () = tokio::time::sleep(*after) => true,
        }
    }

    fn finish(mut self, outcome: RunOutcome) -> Result<GitHubReport, EnrichError> {
        self.describe_packages();
        let write_error = self.write_error.map(|why| EarlyEnd::Search { why });
        let report = GitHubReport {
            repositories: self.lookup.repository_counts,
            contributors: self.lookup.contributor_counts,
            github: self.github.statistics(),
            ended: self.stopped.map(early_end).or(write_error),
            run: outcome,
            ..self.report
        };
        let folder = self.options.report_dir.filter(|_| !report.run.dry_run);
        if let Some(folder) = folder
            && let Err(cause) = problems::write_files(&folder, &report.problem_list)
        {
            return Err(EnrichError::Report { folder, cause });
        }
        Ok(report)
    }
}

fn early_end(end: LookupEnd) -> EarlyEnd {
    match end {
        LookupEnd::Interrupted => EarlyEnd::Interrupted,
        LookupEnd::Forge(ForgeError::Wait { why, until, .. }) => EarlyEnd::Wait { until, why },
        LookupEnd::Forge(error) => EarlyEnd::GitHub {
            why: error.to_string(),
        },
    }
}

//! Which repository each package has: what is known is believed while it is fresh, and GitHub is
//! asked about the rest, oldest first.
//!
//! Each package has one repository of its own; if that is gone or refused, no other takes its place.
//! Every answer is cached at once. Called by the enricher.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use super::cache::{CachedContributors, CachedRepository, RepositoryCache, RepositoryState};
use super::package::PackageRepository;
use crate::enrich::enricher::RunContext;
use crate::enrich::source::is_fresh;
use crate::forge::ForgeError;
use crate::forge::github::{Contributors, GitHub, Lookup, Repository, RepositoryQuery};
use crate::model::RepositorySlug;
use crate::progress::Stage;

/// Lists of contributors come one by one; a killed run loses those of this time at most.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// How old an answer may be to be believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct MaxAges {
    pub(super) repositories: Duration,
    pub(super) contributors: Duration,
}

/// Lookups by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LookupCounts {
    /// Known by a fresh answer.
    pub fresh: u64,
    /// Unknown or too old, and asked about; in a dry run, what would be.
    pub due: u64,
    /// Answered with news.
    pub learned: u64,
    /// Answered that nothing has changed.
    pub unchanged: u64,
    /// Not there.
    pub gone: u64,
    /// Refused, or more than GitHub lists.
    pub refused: u64,
    /// Asked about without a usable answer; what was known stays.
    pub broken: u64,
}

/// What is known of repositories in this run.
#[derive(Debug)]
pub(super) struct RepositoryLookup {
    github: GitHub,
    max_ages: MaxAges,
    /// When the run began; Unix seconds.
    now: i64,
    known: HashMap<RepositorySlug, CachedRepository>,
    contributors: HashMap<RepositorySlug, CachedContributors>,
    /// Asked about in this run, whatever the answer was.
    asked: HashSet<RepositorySlug>,
    flushed: Instant,
    pub(super) repository_counts: LookupCounts,
    pub(super) contributor_counts: LookupCounts,
}

/// What is known of a package's repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RepositoryStatus<'l> {
    Found {
        /// The slug by which the package names it.
        named: &'l RepositorySlug,
        repository: &'l Repository,
        /// Unix seconds.
        learned: i64,
    },
    /// GitHub has not answered yet.
    Pending(&'l RepositorySlug),
    /// There is none of this name.
    Gone(&'l RepositorySlug),
    /// It exists, and GitHub does not show it.
    Refused(&'l RepositorySlug),
    /// The package names no repository on GitHub.
    NotNamed,
}

/// Why no more is asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookupEnd {
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Forge(ForgeError),
}

impl RepositoryLookup {
    pub(super) fn new(github: GitHub, max_ages: MaxAges) -> Self {
        Self {
            github,
            max_ages,
            now: Timestamp::now().as_second(),
            known: HashMap::new(),
            contributors: HashMap::new(),
            asked: HashSet::new(),
            flushed: Instant::now(),
            repository_counts: LookupCounts::default(),
            contributor_counts: LookupCounts::default(),
        }
    }

    /// Loads from the cache what is known of all repositories that the packages name.
    pub(super) async fn load_cached(
        &mut self,
        cache: &RepositoryCache,
        packages: &[PackageRepository],
    ) {
        for slug in packages.iter().filter_map(|package| package.own.github()) {
            if !self.known.contains_key(slug)
                && let Some(cached) = cache.read_repository(slug).await
            {
                self.known.insert(slug.clone(), cached);
            }
        }
        let fresh = self.known.values().filter(|known| self.is_fresh(known));
        self.repository_counts.fresh = fresh.count() as u64;
        let present_slugs: BTreeSet<RepositorySlug> = self
            .known
            .values()
            .filter_map(CachedRepository::present_slug)
            .cloned()
            .collect();
        for slug in present_slugs {
            if let Some(cached) = cache.read_contributors(&slug).await {
                self.contributors.insert(slug, cached);
            }
        }
    }

    fn is_fresh(&self, known: &CachedRepository) -> bool {
        is_fresh(known.learned, self.now, self.max_ages.repositories)
    }

    /// What is known of a package's repository by an answer that is fresh; with `even_if_old`, by
    /// any answer.
    pub(super) fn status<'l>(
        &'l self,
        package: &'l PackageRepository,
        even_if_old: bool,
    ) -> RepositoryStatus<'l> {
        let Some(slug) = package.own.github() else {
            return RepositoryStatus::NotNamed;
        };
        let is_asked = self.asked.contains(slug);
        let known = self.known.get(slug);
        match known.filter(|known| even_if_old || is_asked || self.is_fresh(known)) {
            Some(CachedRepository { learned, state }) => match state {
                RepositoryState::Found(repository) => RepositoryStatus::Found {
                    named: slug,
                    repository,
                    learned: *learned,
                },
                RepositoryState::Gone => RepositoryStatus::Gone(slug),
                RepositoryState::Refused(_) => RepositoryStatus::Refused(slug),
            },
            None => RepositoryStatus::Pending(slug),
        }
    }

    /// The slugs without a fresh answer that were not asked about yet, oldest answer first.
    pub(super) fn due(&self, packages: &[PackageRepository]) -> Vec<RepositorySlug> {
        let pending = packages
            .iter()
            .filter_map(|package| match self.status(package, false) {
                RepositoryStatus::Pending(slug) if !self.asked.contains(slug) => Some(slug),
                _ => None,
            });
        let distinct: BTreeSet<&RepositorySlug> = pending.collect();
        let mut due: Vec<RepositorySlug> = distinct.into_iter().cloned().collect();
        due.sort_by_key(|slug| self.known.get(slug).map(|known| known.learned));
        due
    }

    /// Asks about repositories until none is due, or until nothing more may be asked.
    pub(super) async fn ask_for_repositories(
        &mut self,
        context: &RunContext<'_>,
        cache: &RepositoryCache,
        packages: &[PackageRepository],
    ) -> Result<(), LookupEnd> {
        loop {
            let due = self.due(packages);
            if due.is_empty() {
                return Ok(());
            }
            self.repository_counts.due += due.len() as u64;
            let stage = Stage::Enriching("fetching repositories");
            context.progress.stage(stage, Some(due.len() as u64));
            let mut queries: VecDeque<RepositoryQuery> =
                due.into_iter().map(|slug| self.query(slug)).collect();
            while !queries.is_empty() {
                let github = self.github.clone();
                let answers = match interruptible(context, github.look_up(&mut queries)).await {
                    Ok(answers) => answers,
                    Err(end) => {
                        // They are due again when the run goes on.
                        self.repository_counts.due -= queries.len() as u64;
                        return Err(end);
                    }
                };
                context.progress.advance(answers.len() as u64);
                for (slug, lookup) in answers {
                    self.take_repository(cache, slug, lookup).await;
                }
                cache.flush().await;
            }
        }
    }

    fn query(&self, slug: RepositorySlug) -> RepositoryQuery {
        let etag = match self.known.get(&slug).map(|known| &known.state) {
            Some(RepositoryState::Found(repository)) => repository.etag.clone(),
            _ => None,
        };
        RepositoryQuery { slug, etag }
    }

    async fn take_repository(
        &mut self,
        cache: &RepositoryCache,
        slug: RepositorySlug,
        lookup: Lookup,
    ) {
        let counts = &mut self.repository_counts;
        self.asked.insert(slug.clone());
        let state = match lookup {
            Lookup::Found(repository) | Lookup::Moved(repository) => {
                counts.learned += 1;
                RepositoryState::Found(repository)
            }
            Lookup::Unchanged => {
                counts.unchanged += 1;
                match self.known.get(&slug) {
                    Some(known) => known.state.clone(),
                    None => return,
                }
            }
            Lookup::Gone => {
                counts.gone += 1;
                RepositoryState::Gone
            }
            Lookup::Refused { why } => {
                counts.refused += 1;
                RepositoryState::Refused(why)
            }
            Lookup::Broken { why } => {
                counts.broken += 1;
                tracing::warn!(repository = %slug, why, "GitHub's response could not be used");
                return;
            }
        };
        let known = CachedRepository {
            learned: self.now,
            state,
        };
        cache.write_repository(&slug, &known).await;
        // Packages that name it by its present slug need not ask.
        if let Some(present) = known.present_slug().filter(|present| **present != slug) {
            cache.write_repository(present, &known).await;
            self.asked.insert(present.clone());
            self.known.insert(present.clone(), known.clone());
        }
        self.known.insert(slug, known);
    }

    /// Asks who contributes to the repositories of packages, oldest answer first.
    pub(super) async fn ask_for_contributors(
        &mut self,
        context: &RunContext<'_>,
        cache: &RepositoryCache,
        packages: &[PackageRepository],
    ) -> Result<(), LookupEnd> {
        let repositories: BTreeSet<RepositorySlug> = packages
            .iter()
            .filter_map(|package| match self.status(package, true) {
                RepositoryStatus::Found { repository, .. } => Some(repository.slug.clone()),
                _ => None,
            })
            .collect();
        // Of repositories that this run has only now found, another run may know the contributors.
        for slug in &repositories {
            if !self.contributors.contains_key(slug)
                && let Some(cached) = cache.read_contributors(slug).await
            {
                self.contributors.insert(slug.clone(), cached);
            }
        }
        let max_age = i64::try_from(self.max_ages.contributors.as_secs()).unwrap_or(i64::MAX);
        let oldest = self.now.saturating_sub(max_age);
        let learned = |slug: &RepositorySlug| Some(self.contributors.get(slug)?.learned);
        let (mut due, fresh): (Vec<_>, Vec<_>) = repositories
            .into_iter()
            .partition(|slug| learned(slug).is_none_or(|learned| learned <= oldest));
        due.sort_by_key(learned);
        self.contributor_counts.fresh = fresh.len() as u64;
        let stage = Stage::Enriching("fetching contributors");
        context.progress.stage(stage, Some(due.len() as u64));
        for slug in due {
            let known = self.contributors.get(&slug);
            let etag = known.and_then(|known| known.etag.as_ref());
            let asked = self.github.fetch_contributors(&slug, etag);
            let answer = interruptible(context, asked).await?;
            self.contributor_counts.due += 1;
            self.take_contributors(cache, slug, answer).await;
            context.progress.advance(1);
        }
        Ok(())
    }

    async fn take_contributors(
        &mut self,
        cache: &RepositoryCache,
        slug: RepositorySlug,
        answer: Contributors,
    ) {
        let counts = &mut self.contributor_counts;
        let nobody = || (Vec::new(), None, false);
        let (people, etag, is_listed) = match answer {
            Contributors::Listed { people, etag } => {
                counts.learned += 1;
                (people, etag, true)
            }
            Contributors::Unchanged => {
                counts.unchanged += 1;
                match self.contributors.get(&slug) {
                    Some(known) => (known.people.clone(), known.etag.clone(), true),
                    None => return,
                }
            }
            Contributors::TooMany | Contributors::Refused { .. } => {
                counts.refused += 1;
                nobody()
            }
            Contributors::Gone => {
                counts.gone += 1;
                nobody()
            }
            Contributors::Broken { why } => {
                counts.broken += 1;
                tracing::warn!(repository = %slug, why, "GitHub gave no list of contributors");
                return;
            }
        };
        let known = CachedContributors {
            learned: self.now,
            people,
            is_listed,
            etag,
        };
        cache.write_contributors(&slug, &known).await;
        self.contributors.insert(slug, known);
        if self.flushed.elapsed() >= FLUSH_EVERY {
            cache.flush().await;
            self.flushed = Instant::now();
        }
    }

    /// Who contributes, as far as that is known.
    pub(super) fn contributors(&self, slug: &RepositorySlug) -> Option<&CachedContributors> {
        self.contributors.get(slug)
    }
}

/// Waits for an answer, or for a request to stop.
async fn interruptible<T>(
    context: &RunContext<'_>,
    call: impl Future<Output = Result<T, ForgeError>>,
) -> Result<T, LookupEnd> {
    tokio::select! {
        biased;
        () = context.stop.clone().requested() => Err(LookupEnd::Interrupted),
        answer = call => answer.map_err(LookupEnd::Forge),
    }
}

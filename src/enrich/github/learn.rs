//! Which repository each package has: what is known is believed as long as it is young, the rest is
//! asked for, oldest first.
//!
//! Each package has one repository of its own; if it is gone or refused, no other takes its place.
//! What an answer tells is kept at once.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::facts::{Facts, Known, KnownPeople, What};
use super::report::{Ended, LookupCounts};
use super::{Request, Services};
use crate::forge::ForgeError;
use crate::forge::github::{Contributors, GitHub, Lookup, Repository, RepositoryQuery};
use crate::model::RepositorySlug;
use crate::model::repository::OwnRepository;
use crate::progress::{Progress, Stage, Stop};
use jiff::Timestamp;

/// Lists of contributors, which come one by one, go to the disk after so long: a killed run loses
/// no more.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// Clocks of hosts that share a cache may differ by so many seconds.
const CLOCKS_DIFFER: i64 = 600;

/// What is known of slugs in this run.
pub(super) struct Learner<'a> {
    github: &'a GitHub,
    facts: &'a Facts,
    progress: &'a dyn Progress,
    pub(super) stop: &'a Stop,
    /// Unix seconds.
    now: i64,
    /// What was learned before this is too old.
    oldest: i64,
    oldest_people: i64,
    known: HashMap<RepositorySlug, Known>,
    people: HashMap<RepositorySlug, KnownPeople>,
    /// Asked for in this run, whatever came of it.
    asked: HashSet<RepositorySlug>,
    flushed: Instant,
    pub(super) repositories: LookupCounts,
    pub(super) contributors: LookupCounts,
}

/// How a package stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// Its repository, and the slug by which the package names it.
    There {
        named: &'a RepositorySlug,
        repository: &'a Repository,
        /// Unix seconds.
        learned: i64,
    },
    /// It waits for the answer about this slug.
    Waits(&'a RepositorySlug),
    /// It is not there.
    Gone(&'a RepositorySlug),
    /// It may not be seen.
    Refused(&'a RepositorySlug),
    /// It names none on GitHub.
    Nowhere,
}

impl<'a> Learner<'a> {
    pub(super) fn new(
        services: &'a Services,
        facts: &'a Facts,
        request: &Request,
        stop: &'a Stop,
    ) -> Self {
        let now = Timestamp::now().as_second();
        let before =
            |age: Duration| now.saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        Self {
            github: &services.github,
            facts,
            progress: &*services.progress,
            stop,
            now,
            oldest: before(request.max_age),
            oldest_people: before(request.max_age_of_contributors),
            known: HashMap::new(),
            people: HashMap::new(),
            asked: HashSet::new(),
            flushed: Instant::now(),
            repositories: LookupCounts::default(),
            contributors: LookupCounts::default(),
        }
    }

    /// Takes up what the cache knows of all slugs that the packages name.
    pub(super) async fn remember(&mut self, packages: &[OwnRepository]) {
        for slug in packages.iter().filter_map(OwnRepository::github) {
            if !self.known.contains_key(slug)
                && let Some(known) = self.facts.known(slug).await
            {
                self.known.insert(slug.clone(), known);
            }
        }
        let young = self
            .known
            .values()
            .filter(|known| self.is_young(known.learned));
        self.repositories.fresh = young.count() as u64;
        let owners: BTreeSet<RepositorySlug> = self.known.values().filter_map(slug_of).collect();
        for slug in owners {
            if let Some(people) = self.facts.people(&slug).await {
                self.people.insert(slug, people);
            }
        }
    }

    /// What seems to have been learned in the future was learned under a clock that was off.
    fn is_young(&self, learned: i64) -> bool {
        learned > self.oldest && learned <= self.now + CLOCKS_DIFFER
    }

    /// How a package stands, by what is known and young enough; with `old_too`, by all that is
    /// known.
    pub(super) fn standing<'b>(
        &'b self,
        package: &'b OwnRepository,
        old_too: bool,
    ) -> Standing<'b> {
        let Some(slug) = package.github() else {
            return Standing::Nowhere;
        };
        let is_asked = self.asked.contains(slug);
        let known = self.known.get(slug);
        match known.filter(|known| old_too || is_asked || self.is_young(known.learned)) {
            Some(Known { learned, what }) => match what {
                What::There(repository) => Standing::There {
                    named: slug,
                    repository,
                    learned: *learned,
                },
                What::Gone => Standing::Gone(slug),
                What::Refused(_) => Standing::Refused(slug),
            },
            None => Standing::Waits(slug),
        }
    }

    /// The slugs that packages wait for and that were not asked for yet, longest known first.
    pub(super) fn due(&self, packages: &[OwnRepository]) -> Vec<RepositorySlug> {
        let waiting = packages
            .iter()
            .filter_map(|one| match self.standing(one, false) {
                Standing::Waits(slug) if !self.asked.contains(slug) => Some(slug),
                _ => None,
            });
        let waiting: BTreeSet<&RepositorySlug> = waiting.collect();
        let mut due: Vec<RepositorySlug> = waiting.into_iter().cloned().collect();
        due.sort_by_key(|slug| self.known.get(slug).map(|known| known.learned));
        due
    }

    /// Asks until no package waits for an answer, or until nothing more may be asked.
    pub(super) async fn learn(&mut self, packages: &[OwnRepository]) -> Result<(), Stopped> {
        loop {
            let due = self.due(packages);
            if due.is_empty() {
                return Ok(());
            }
            self.repositories.due += due.len() as u64;
            let stage = Stage::AskingForRepositories;
            self.progress.stage(stage, Some(due.len() as u64));
            let mut wanted: VecDeque<RepositoryQuery> =
                due.into_iter().map(|slug| self.ask(slug)).collect();
            while !wanted.is_empty() {
                let answers = self.call(self.github.look_up(&mut wanted)).await;
                if answers.is_err() {
                    // They are due again when the run goes on.
                    self.repositories.due -= wanted.len() as u64;
                }
                let answers = answers?;
                self.progress.advance(answers.len() as u64);
                for (slug, lookup) in answers {
                    self.take(slug, lookup).await;
                }
                self.facts.flush().await;
            }
        }
    }

    fn ask(&self, slug: RepositorySlug) -> RepositoryQuery {
        let etag = match self.known.get(&slug) {
            Some(Known {
                what: What::There(repository),
                ..
            }) => repository.etag.clone(),
            _ => None,
        };
        RepositoryQuery { slug, etag }
    }

    async fn take(&mut self, slug: RepositorySlug, lookup: Lookup) {
        let counts = &mut self.repositories;
        self.asked.insert(slug.clone());
        let what = match lookup {
            Lookup::Found(repository) | Lookup::Moved(repository) => {
                counts.learned += 1;
                What::There(repository)
            }
            Lookup::Unchanged => {
                counts.unchanged += 1;
                match self.known.get(&slug) {
                    Some(known) => known.what.clone(),
                    None => return,
                }
            }
            Lookup::Gone => {
                counts.gone += 1;
                What::Gone
            }
            Lookup::Refused { why } => {
                counts.refused += 1;
                What::Refused(why)
            }
            Lookup::Broken { why } => {
                counts.broken += 1;
                tracing::warn!(repository = %slug, why, "GitHub gave no usable answer");
                return;
            }
        };
        let known = Known {
            learned: self.now,
            what,
        };
        self.facts.learn(&slug, &known).await;
        // Whoever names it by its present name need not ask.
        if let Some(present) = slug_of(&known)
            && present != slug
        {
            self.facts.learn(&present, &known).await;
            self.asked.insert(present.clone());
            self.known.insert(present, known.clone());
        }
        self.known.insert(slug, known);
    }

    /// Asks who contributes to the repositories of packages, longest known first.
    pub(super) async fn learn_people(&mut self, packages: &[OwnRepository]) -> Result<(), Stopped> {
        let repositories: BTreeSet<RepositorySlug> = packages
            .iter()
            .filter_map(|one| match self.standing(one, true) {
                Standing::There { repository, .. } => Some(repository.slug.clone()),
                _ => None,
            })
            .collect();
        // Of those that the run has only now learned of, others may have learned before.
        for slug in &repositories {
            if !self.people.contains_key(slug)
                && let Some(people) = self.facts.people(slug).await
            {
                self.people.insert(slug.clone(), people);
            }
        }
        let age = |slug: &RepositorySlug| self.people.get(slug).map(|people| people.learned);
        let (mut due, fresh): (Vec<_>, Vec<_>) = repositories
            .into_iter()
            .partition(|slug| age(slug).is_none_or(|learned| learned <= self.oldest_people));
        due.sort_by_key(age);
        self.contributors.fresh = fresh.len() as u64;
        let stage = Stage::AskingForContributors;
        self.progress.stage(stage, Some(due.len() as u64));
        for slug in due {
            let etag = self
                .people
                .get(&slug)
                .and_then(|people| people.etag.clone());
            let asked = self.github.contributors(&slug, etag.as_ref());
            let contributors = self.call(asked).await?;
            self.contributors.due += 1;
            self.take_people(slug, contributors).await;
            self.progress.advance(1);
        }
        Ok(())
    }

    async fn take_people(&mut self, slug: RepositorySlug, contributors: Contributors) {
        let counts = &mut self.contributors;
        let nobody = || (Vec::new(), None, false);
        let (people, etag, is_listed) = match contributors {
            Contributors::Listed { people, etag } => {
                counts.learned += 1;
                (people, etag, true)
            }
            Contributors::Unchanged => {
                counts.unchanged += 1;
                match self.people.get(&slug) {
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
        let people = KnownPeople {
            learned: self.now,
            people,
            is_listed,
            etag,
        };
        self.facts.learn_people(&slug, &people).await;
        self.people.insert(slug, people);
        if self.flushed.elapsed() >= FLUSH_EVERY {
            self.facts.flush().await;
            self.flushed = Instant::now();
        }
    }

    /// Who contributes, as far as that is known.
    pub(super) fn people(&self, slug: &RepositorySlug) -> Option<&KnownPeople> {
        self.people.get(slug)
    }

    /// Waits for an answer, or for the wish to stop.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, ForgeError>>,
    ) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            () = self.stop.clone().requested() => Err(Stopped::Interrupted),
            answer = call => answer.map_err(Stopped::Forge),
        }
    }
}

/// Why no more is asked.
#[derive(Debug)]
pub(super) enum Stopped {
    Interrupted,
    Forge(ForgeError),
}

impl From<Stopped> for Ended {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Interrupted => Self::Interrupted,
            Stopped::Forge(ForgeError::Wait { why, until, .. }) => Self::Wait { until, why },
            Stopped::Forge(error) => Self::GitHub {
                why: error.to_string(),
            },
        }
    }
}

fn slug_of(known: &Known) -> Option<RepositorySlug> {
    match &known.what {
        What::There(repository) => Some(repository.slug.clone()),
        What::Gone | What::Refused(_) => None,
    }
}

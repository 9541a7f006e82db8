//! The GitHub run: learns what is due, and writes it to every document of each package.
//!
//! First it reads which packages the collection holds and which repositories they name. Then it
//! asks GitHub ([`learn`]), and what it learns is kept in the disk cache at once ([`facts`]). Last
//! it writes the fields of all documents that do not carry them yet, whoever learned them and when:
//! so a run that was stopped, killed, or without a search server loses nothing, and the next one
//! writes it. It never removes what it has no news of, and it fetches no address out of metadata.
//!
//! Another writer is kept away only while documents are written. Called by `cli`.

mod facts;
mod learn;
mod problems;
mod report;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pyfa_http::DiskCache;

use super::packages::{self, Package};
use super::run::{EnrichError, Selection, Services as Shared};
use super::update;
use crate::forge::ForgeError;
use crate::forge::github::GitHub;
use crate::model::Document;
use crate::model::repository::{OwnRepository, Repository as Named, own_repository};
use crate::progress::{Progress, Stage, Stop};
use crate::search;
use facts::Facts;
use learn::{Learner, Standing, Stopped};

pub use problems::{Problem, Reason};
pub use report::{Ended, LookupCounts, PackageCounts, Report};

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    pub selection: Selection,
    /// What was learned longer ago is asked for again.
    pub max_age: Duration,
    /// The same for contributors, which cost a call each.
    pub max_age_of_contributors: Duration,
    /// Whether to sleep until a quota is back, instead of ending.
    pub wait: bool,
    /// Where the files about problems go; `None` writes none.
    pub report_dir: Option<PathBuf>,
}

/// The clients that a run works with.
#[derive(Clone)]
pub struct Services {
    pub github: GitHub,
    pub search: search::Client,
    pub cache: DiskCache,
    /// `PYFA_HOME`.
    pub home: PathBuf,
    /// Receives what happens.
    pub progress: Arc<dyn Progress>,
}

impl Services {
    /// What all enrichers work with.
    fn shared(&self) -> Shared {
        Shared {
            search: self.search.clone(),
            cache: self.cache.clone(),
            home: self.home.clone(),
            progress: self.progress.clone(),
        }
    }
}

/// Learns and writes.
///
/// # Errors
///
/// [`EnrichError`] before anything was asked, or where the files about problems cannot be written;
/// what else goes wrong is in the report.
pub async fn execute(
    services: &Services,
    request: &Request,
    stop: &Stop,
) -> Result<Report, EnrichError> {
    let begun = Instant::now();
    let Services { search, github, .. } = services;
    let selection = &request.selection;
    let collection = services.shared().resolve(&selection.target).await?;
    let only = selection.name.as_ref();
    let mut packages = packages::read(search, &collection, Document::GITHUB_FIELDS, only).await?;
    selection.narrow(&mut packages);
    let named: Vec<OwnRepository> = packages
        .iter()
        .map(|package| own_repository(package.addresses.iter().map(|one| &**one)))
        .collect();
    let facts = Facts::new(services.cache.clone(), github.address());
    let mut learner = Learner::new(services, &facts, request, stop);
    learner.remember(&named).await;
    let mut report = Report {
        server: search.address().to_owned(),
        collection,
        dry_run: selection.dry_run,
        ..Report::default()
    };
    if selection.dry_run {
        learner.repositories.due = learner.due(&named).len() as u64;
        let known = write::known(&packages, &named, &learner);
        report.documents.written = update::lacking(&packages, &known).0.len() as u64;
    } else {
        go(
            services,
            request,
            &mut packages,
            &named,
            &mut learner,
            &mut report,
        )
        .await;
        facts.flush().await;
    }
    describe(&packages, &named, &learner, &mut report);
    report.github = github.statistics();
    report.seconds = begun.elapsed().as_secs_f64();
    if let Some(folder) = request.report_dir.as_ref().filter(|_| !selection.dry_run) {
        problems::write(folder, &report.problem_list).map_err(|cause| EnrichError::Report {
            folder: folder.clone(),
            cause,
        })?;
    }
    Ok(report)
}

/// Learns and writes until all is done, or until the run has to end.
async fn go(
    services: &Services,
    request: &Request,
    packages: &mut [Package],
    named: &[OwnRepository],
    learner: &mut Learner<'_>,
    report: &mut Report,
) {
    loop {
        let mut outcome = learner.learn(named).await;
        if outcome.is_ok() {
            outcome = learner.learn_people(named).await;
        }
        services.progress.stage(Stage::WritingFacts, None);
        let wrote = write::write(
            services,
            &request.selection,
            packages,
            named,
            learner,
            report,
        )
        .await;
        services.progress.stage_done();
        report.ended = match (outcome, wrote) {
            (Err(Stopped::Forge(ForgeError::Wait { after, until, why })), Ok(())) => {
                if request.wait && sleep(services, learner.stop, after, until, &why).await {
                    continue;
                }
                Some(Ended::Wait { until, why })
            }
            (Ok(()), wrote) => wrote.err().map(|why| Ended::Search { why }),
            (Err(stopped), wrote) => {
                report.notes.extend(wrote.err());
                Some(stopped.into())
            }
        };
        return;
    }
}

/// Whether the time has passed; false where somebody wants the run to end.
async fn sleep(
    services: &Services,
    stop: &Stop,
    after: Duration,
    until: Timestamp,
    why: &str,
) -> bool {
    services
        .progress
        .note(&format!("{why}; waiting until {until}"));
    tokio::select! {
        () = stop.clone().requested() => false,
        () = tokio::time::sleep(after) => true,
    }
}

/// Counts the packages, and lists what is wrong with their repositories.
fn describe(
    packages: &[Package],
    named: &[OwnRepository],
    learner: &Learner<'_>,
    report: &mut Report,
) {
    report.repositories = learner.repositories.clone();
    report.contributors = learner.contributors.clone();
    for (package, own) in packages.iter().zip(named) {
        report.packages.seen += 1;
        let standing = learner.standing(own, true);
        match standing {
            Standing::There { .. } => report.packages.known += 1,
            Standing::Waits(_) => report.packages.left += 1,
            _ => {}
        }
        for (reason, identifier) in reasons(&standing, own) {
            *report.problems.entry(reason.key()).or_default() += 1;
            report.problem_list.push(Problem {
                name: package.display_name.clone(),
                reason,
                repo_identifier: identifier,
                urls: package.newest_urls(),
            });
        }
    }
}

fn reasons(standing: &Standing<'_>, own: &OwnRepository) -> Vec<(Reason, Option<String>)> {
    match standing {
        Standing::There {
            named, repository, ..
        } => {
            let present = &repository.slug;
            let moved =
                (*named != present).then(|| (Reason::Moved, Some(format!("{named} → {present}"))));
            let archived = repository
                .archived
                .then(|| (Reason::Archived, Some(present.to_string())));
            moved.into_iter().chain(archived).collect()
        }
        Standing::Waits(_) => Vec::new(),
        Standing::Gone(slug) => vec![(Reason::NotFound, Some(slug.to_string()))],
        Standing::Refused(slug) => vec![(Reason::Refused, Some(slug.to_string()))],
        Standing::Nowhere => {
            let elsewhere = match own.named.as_ref().map(|named| &named.repository) {
                Some(Named::Elsewhere { host, path, .. }) => Some(format!("{host}/{path}")),
                Some(Named::GitHub(_)) | None => None,
            };
            vec![match (elsewhere, &own.malformed) {
                (Some(elsewhere), _) => (Reason::OtherForge, Some(elsewhere)),
                (None, Some(malformed)) => (Reason::MalformedIdentifier, Some(malformed.clone())),
                (None, None) => (Reason::NoRepoUrl, None),
            }]
        }
    }
}

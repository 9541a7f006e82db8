//! Projects that only classifiers newer than the program's official list select: skipped at first,
//! because `browse` did not name them, and examined once it does.
//!
//! Called by `discover`, which skips projects, and by `examination` after each round. Writes nothing.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::browse::fetch_names;
use super::candidate::Candidate;
use super::run::Run;
use super::unlisted_classifiers::UnlistedClassifiers;
use crate::model::{ProjectName, Serial};
use crate::registry::{IndexEntry, RegistryError};

/// Unknown projects that are not read because `browse` does not name them. There are nearly a
/// million, so only a digest of the name and the serial are kept.
#[derive(Debug, Default)]
pub(super) struct SkippedProjects {
    entries: Vec<(u64, Option<Serial>)>,
    taken: HashSet<u64>,
}

impl SkippedProjects {
    pub(super) fn add(&mut self, entry: &IndexEntry) {
        self.entries.push((name_digest(&entry.name), entry.serial));
    }

    /// Sorts the projects once all are added, so that they can be found.
    pub(super) fn sort(&mut self) {
        self.entries.sort_unstable();
    }

    /// The project as a candidate, the first time; `None` for a project that was not skipped.
    pub(super) fn take(&mut self, name: &ProjectName) -> Option<Candidate> {
        let digest = name_digest(name);
        let found = self.entries.binary_search_by_key(&digest, |entry| entry.0);
        let (_, serial) = *self.entries.get(found.ok()?)?;
        self.taken.insert(digest).then(|| Candidate {
            name: name.clone(),
            serial,
            may_be_indexed: false,
            known: None,
            marks: Vec::new(),
        })
    }
}

fn name_digest(name: &ProjectName) -> u64 {
    xxh3_64(name.as_str().as_bytes())
}

/// Asks for the classifiers that have come up since the last question. Returns the projects that are
/// still to be examined; none where nothing new has come up.
pub(super) async fn fetch_further_candidates(
    run: &Run,
    unlisted: &mut UnlistedClassifiers,
    skipped: &mut SkippedProjects,
) -> Result<Vec<Candidate>, RegistryError> {
    let mut candidates = Vec::new();
    while candidates.is_empty() && !skipped.entries.is_empty() {
        let classifiers = unlisted.next_classifiers_to_ask_for(&run.request.rules);
        if classifiers.is_empty() {
            break;
        }
        let names = fetch_names(run, &classifiers).await?;
        unlisted.mark_asked(classifiers);
        candidates.extend(names.iter().filter_map(|name| skipped.take(name)));
    }
    Ok(candidates)
}

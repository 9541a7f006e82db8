//! Checks in few requests whether the registry knows classifiers that the program's list lacks.
//!
//! Asks `browse` for plausible next versions below every rule, and reads the documents of the
//! projects that changed last in each family, because recent releases carry the newest classifiers.
//! Called by `cli` for `pyfa profiles check --online`; writes nothing.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use futures::{StreamExt, stream};

use crate::model::{ProjectName, Serial};
use crate::profile::Rules;
use crate::registry::{Index, Registry, RegistryError, Sought};

/// Projects of a family whose documents are read.
const SAMPLE: usize = 5;
/// Questions to `browse` about versions that may exist.
const MOST_GUESSES: usize = 100;

/// The classifiers below the rules that `registry` knows and the program's list lacks, as far as a look
/// at each family tells.
///
/// # Errors
///
/// [`RegistryError`] where the index, an answer of `browse` or all documents cannot be had.
pub async fn fetch_newer_classifiers(
    registry: &dyn Registry,
    rules: &[&Rules],
) -> Result<BTreeSet<String>, RegistryError> {
    let mut newer = BTreeSet::new();
    let index = registry.fetch_index(&Sought::nothing()).await?;
    let mut families = BTreeSet::new();
    for rules in rules {
        families.extend(rules.families());
    }
    let mut sample = BTreeSet::new();
    for family in families {
        let names = registry.fetch_projects_by_classifier(family).await?;
        sample.extend(last_changed(&index, names));
    }
    let projects = stream::iter(sample)
        .map(|(name, serial)| async move { registry.fetch_project(&name, serial).await });
    let mut projects = projects.buffer_unordered(registry.max_concurrency());
    let (mut is_any_read, mut failure) = (false, None);
    while let Some(project) = projects.next().await {
        match project {
            Ok(project) => {
                is_any_read = true;
                for rules in rules {
                    let unlisted = rules.unlisted(&project.head.classifiers);
                    newer.extend(unlisted.map(str::to_owned));
                }
            }
            Err(error) => failure = Some(error),
        }
    }
    // A document that cannot be read says nothing of the list; no document says nothing at all.
    if let Some(error) = failure.filter(|_| !is_any_read) {
        return Err(error);
    }
    let mut asked = BTreeSet::new();
    loop {
        let guesses = rules.iter().flat_map(|rules| rules.next_versions(&newer));
        let guesses: BTreeSet<String> = guesses.filter(|guess| !asked.contains(guess)).collect();
        if guesses.is_empty() {
            return Ok(newer);
        }
        for guess in guesses {
            if asked.len() == MOST_GUESSES {
                return Ok(newer);
            }
            if !registry
                .fetch_projects_by_classifier(&guess)
                .await?
                .is_empty()
            {
                newer.insert(guess.clone());
            }
            asked.insert(guess);
        }
    }
}

/// Those of `names` that changed last, with their serials.
fn last_changed(index: &Index, names: BTreeSet<ProjectName>) -> Vec<(ProjectName, Option<Serial>)> {
    let mut known: Vec<(ProjectName, Option<Serial>)> = names
        .into_iter()
        .filter_map(|name| {
            let serial = index.get(&name)?.serial;
            Some((name, serial))
        })
        .collect();
    known.sort_unstable_by_key(|(_, serial)| Reverse(*serial));
    known.truncate(SAMPLE);
    known
}

//! Which packages are twins, by their repositories and folders. Pure; called by the enricher.

use std::collections::BTreeMap;

use crate::model::{PackageKey, RegistryKind};

/// A package, and where it is developed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'p> {
    pub(super) package: &'p PackageKey,
    /// The same text for all packages of one repository.
    pub(super) repository: String,
    /// The package's folder there; empty for the root.
    pub(super) folder: String,
}

/// The twins of each package that has some. Packages of two registries are twins if each is the only
/// one of its registry in their folder, or in their whole repository: in a monorepo, where many
/// packages name the same place, nothing tells which belong together.
pub(super) fn find_twins<'p>(
    places: &[Place<'p>],
) -> BTreeMap<&'p PackageKey, Vec<&'p PackageKey>> {
    let mut repositories: BTreeMap<&str, Vec<&Place<'p>>> = BTreeMap::new();
    for place in places {
        repositories
            .entry(&place.repository)
            .or_default()
            .push(place);
    }
    let mut twins: BTreeMap<&PackageKey, Vec<&PackageKey>> = BTreeMap::new();
    for packages in repositories.into_values() {
        let mut folders: BTreeMap<&str, Vec<&Place<'p>>> = BTreeMap::new();
        for &place in &packages {
            folders.entry(&place.folder).or_default().push(place);
        }
        add_only_ones(&packages, &mut twins);
        for packages in folders.values() {
            add_only_ones(packages, &mut twins);
        }
    }
    for others in twins.values_mut() {
        others.sort_unstable();
        others.dedup();
    }
    twins
}

/// Adds the packages that are the only ones of their registries, each to the others.
fn add_only_ones<'p>(
    packages: &[&Place<'p>],
    twins: &mut BTreeMap<&'p PackageKey, Vec<&'p PackageKey>>,
) {
    let mut by_registry: BTreeMap<RegistryKind, Vec<&'p PackageKey>> = BTreeMap::new();
    for place in packages {
        let registry = place.package.registry;
        by_registry.entry(registry).or_default().push(place.package);
    }
    let only: Vec<&PackageKey> = by_registry
        .into_values()
        .filter_map(|packages| match packages.as_slice() {
            [one] => Some(*one),
            _ => None,
        })
        .collect();
    for one in &only {
        let others = only.iter().filter(|other| *other != one);
        let others: Vec<&PackageKey> = others.copied().collect();
        if !others.is_empty() {
            twins.entry(one).or_default().extend(others);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, find_twins};
    use crate::model::{PackageKey, PackageName};

    /// The twins among packages that are written `name repository folder`.
    fn found(packages: &[&str]) -> Vec<String> {
        let read: Vec<(PackageKey, String, String)> = packages
            .iter()
            .map(|text| {
                let mut words = text.split(' ');
                let mut word = || words.next().unwrap_or_default();
                (
                    PackageName::read(word()).key(),
                    word().to_owned(),
                    word().to_owned(),
                )
            })
            .collect();
        let places: Vec<Place<'_>> = read
            .iter()
            .map(|(package, repository, folder)| Place {
                package,
                repository: repository.clone(),
                folder: folder.clone(),
            })
            .collect();
        find_twins(&places)
            .iter()
            .flat_map(|(one, others)| others.iter().map(move |other| format!("{one} {other}")))
            .collect()
    }

    #[test]
    fn packages_of_one_place_are_twins() {
        let both = ["pypi:widget npm:@a/widget", "npm:@a/widget pypi:widget"];
        for (packages, expected) in [
            // Each is the only one.
            (&["widget a/b", "@a/widget a/b"][..], &both[..]),
            (&["widget a/b", "@a/widget a/b js"], &both),
            (&["widget a/b", "@a/widget a/c"], &[]),
            // The folder tells.
            (
                &[
                    "widget a/b x",
                    "other a/b y",
                    "@a/widget a/b x",
                    "@a/more a/b z",
                ],
                &both,
            ),
            // The root, where one of each is.
            (
                &["widget a/b", "@a/widget a/b", "@a/more a/b packages/more"],
                &both,
            ),
            // Nothing tells.
            (
                &["widget a/b", "other a/b", "@a/widget a/b", "@a/more a/b"],
                &[],
            ),
            (&["widget a/b", "@a/widget a/b p/w", "@a/more a/b p/m"], &[]),
            // One registry.
            (&["@a/widget a/b", "@a/more a/b"], &[]),
            (
                &["sigstore a/b", "npm:sigstore a/b"],
                &["pypi:sigstore npm:sigstore", "npm:sigstore pypi:sigstore"],
            ),
        ] {
            assert_eq!(found(packages), expected, "{packages:?}");
        }
    }
}

//! The ids of documents of all registries.

use super::{Document, RegistryKind};

/// The id of a release's document. No two registries give the same id, nor do two releases of one
/// registry.
///
/// For npm, a scoped package has the id that pyf.aggregator gave it, `@plone--volto-18.0.0-rc.1`, where
/// that can be taken apart in one way only. Other names begin with `npm:`, because PyPI has packages of
/// the same names; there, a name never has a colon or `@`.
#[must_use]
pub fn document_id(registry: RegistryKind, display_name: &str, version: &str) -> String {
    let scoped = display_name
        .strip_prefix('@')
        .and_then(|name| name.split_once('/'));
    match (registry, scoped) {
        (RegistryKind::Npm, None) => Document::id_of(&format!("npm:{display_name}"), version),
        (RegistryKind::Npm, Some((scope, name))) if is_unambiguous(scope, name, version) => {
            format!("@{scope}--{name}-{version}")
        }
        // A scoped name has a slash, which the form above never has.
        (RegistryKind::PyPi, _) | (RegistryKind::Npm, Some(_)) => {
            Document::id_of(display_name, version)
        }
    }
}

/// Whether `@scope--name-version` has one reading: the scope ends at the first `--`, and the version
/// begins at the first dash that three numbers follow.
fn is_unambiguous(scope: &str, name: &str, version: &str) -> bool {
    let begins_like_a_version = |text: &str| {
        let mut rest = text;
        (0..3).all(|part| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            rest = after;
            let is_last = part == 2;
            let separator = after.strip_prefix('.');
            if let (false, Some(after)) = (is_last, separator) {
                rest = after;
            }
            !number.is_empty() && (is_last || separator.is_some())
        })
    };
    let after_dashes = name
        .match_indices('-')
        .filter_map(|(at, _)| name.get(at + 1..));
    !scope.contains("--")
        && !scope.ends_with('-')
        && begins_like_a_version(version)
        && !version.contains('/')
        && !after_dashes.into_iter().any(begins_like_a_version)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{RegistryKind, document_id};

    #[test]
    fn ids_of_npm() {
        for (name, version, id) in [
            ("@plone/volto", "18.0.0", "@plone--volto-18.0.0"),
            (
                "@plone/volto",
                "18.0.0-alpha.1",
                "@plone--volto-18.0.0-alpha.1",
            ),
            ("sigstore", "3.0.0", "npm:sigstore-3.0.0"),
            ("sigstore", "1.0.0-beta.1", "npm:sigstore-1.0.0~beta.1"),
            ("@a--b/c", "1.0.0", "@a--b/c-1.0.0"),
            ("@a/b--c", "1.0.0", "@a--b--c-1.0.0"),
            ("@a/b-1.0.0-c", "2.0.0", "@a/b-1.0.0-c-2.0.0"),
            ("@a/b-1.0", "2.0.0", "@a--b-1.0-2.0.0"),
        ] {
            assert_eq!(document_id(RegistryKind::Npm, name, version), id);
        }
    }

    /// A package of either registry, of few characters, so that collisions would be frequent.
    fn release() -> impl Strategy<Value = (RegistryKind, String, String)> {
        let version = || "[12]\\.[12]\\.[12](-[ab12-]{1,3}(\\.[12-]{1,2}){0,2}(-1\\.1\\.1)?)?";
        prop_oneof![
            ("@[ab-]{1,3}/[ab12.-]{1,8}", version()).prop_map(|(name, version)| (
                RegistryKind::Npm,
                name,
                version
            )),
            ("@[ab]/[ab](-1\\.1\\.1(-[ab])?){0,2}", version()).prop_map(|(name, version)| (
                RegistryKind::Npm,
                name,
                version
            )),
            ("[ab12.-]{1,6}", version()).prop_map(|(name, version)| (
                RegistryKind::Npm,
                name,
                version
            )),
            ("(npm--)?[ab12.-]{1,6}", version()).prop_map(|(name, version)| (
                RegistryKind::PyPi,
                name,
                version
            )),
        ]
    }

    proptest! {
        #[test]
        fn no_two_releases_of_any_registry_share_an_id(
            releases in proptest::collection::btree_set(release(), 200)
        ) {
            let mut ids = BTreeMap::new();
            for release in releases {
                let (registry, name, version) = &release;
                let id = document_id(*registry, name, version);
                let other = ids.insert(id, release.clone());
                prop_assert_eq!(other, None, "{:?}", release);
            }
        }
    }
}

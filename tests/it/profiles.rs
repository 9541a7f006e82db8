//! The shipped profiles, and a folder of the user's own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pyfa::model::ProjectName;
use pyfa::profile::{BUILTIN_PROFILES, ProfileError, Profiles, Severity};

#[test]
fn every_file_of_the_folder_is_compiled_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let keys: Vec<String> = BUILTIN_PROFILES
        .iter()
        .map(|(key, _)| (*key).to_owned())
        .collect();
    assert_eq!(files.into_iter().collect::<Vec<_>>(), keys);
    assert!(keys.len() >= 15);
}

#[test]
fn nothing_is_wrong_with_the_shipped_profiles() {
    let profiles = Profiles::load(None).unwrap();
    assert_eq!(profiles.check(), []);
    assert_eq!(profiles.iter().count(), BUILTIN_PROFILES.len());
    for profile in profiles.iter() {
        assert!(!profile.description.is_empty(), "{}", profile.key);
    }
}

#[test]
fn django_does_not_take_django_cms() {
    let profiles = Profiles::load(None).unwrap();
    let name = ProjectName::new("djangocms-text");
    let classifiers = ["Framework :: Django CMS :: 3.11"];
    let selects = |key: &str| {
        let rules = &profiles.get(key).unwrap().rules;
        rules.select(&name, &classifiers).is_matched()
    };
    assert!(!selects("django"));
    assert!(selects("django-cms"));
}

#[test]
fn an_unknown_profile_names_the_nearest_and_all() {
    let profiles = Profiles::load(None).unwrap();
    let message = profiles.get("Plon").unwrap_err().to_string();
    assert!(
        message.contains("\"Plon\"") && message.contains("nearest is \"plone\""),
        "{message}"
    );
    for (key, _) in BUILTIN_PROFILES {
        assert!(message.contains(key), "{message}");
    }
}

#[test]
fn a_folder_adds_and_replaces_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("plone.toml", "name = \"Our Plone\"\ninclude = [\"ours\"]\n");
    write(
        "mine.toml",
        "name = \"Mine\"\nclassifiers = [\"Framework :: Zope\"]\n",
    );
    write("README.md", "not a profile");
    write(".#mine.toml", "an editor's lock");

    let profiles = Profiles::load(Some(folder.path())).unwrap();
    assert_eq!(profiles.check(), []);
    assert_eq!(profiles.get("plone").unwrap().name, "Our Plone");
    assert!(
        !profiles
            .get("plone")
            .unwrap()
            .rules
            .canonical()
            .contains("Framework")
    );
    assert_eq!(profiles.get("mine").unwrap().name, "Mine");
    assert_eq!(profiles.iter().count(), BUILTIN_PROFILES.len() + 1);
}

#[test]
fn a_broken_profile_hurts_only_who_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    write(
        "plone.toml",
        b"name = \"P\"\nclassifiers = [\n  \"Framework :: Plon\",\n]\n",
    );
    write("Mine.toml", b"name = \"Mine\"\ninclude = [\"a\"]\n");
    write("bytes.toml", b"name = \"\xff\"\n");
    write("large.toml", &b"#".repeat(1_000_001));

    let profiles = Profiles::load(Some(folder.path())).unwrap();
    assert!(profiles.get("django").is_ok());
    let errors = profiles
        .check()
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    assert_eq!(errors.count(), 4);
    for key in ["plone", "Mine", "bytes", "large"] {
        let error = profiles.get(key).unwrap_err();
        assert!(matches!(error, ProfileError::Broken { .. }), "{error}");
    }
    let message = profiles.get("plone").unwrap_err().to_string();
    assert!(message.contains("plone.toml line 3: "), "{message}");
    assert!(
        message.contains("the nearest is \"Framework :: Plone\""),
        "{message}"
    );
}

#[test]
fn a_missing_folder_names_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let error = Profiles::load(Some(&folder.path().join("nowhere"))).unwrap_err();
    assert!(error.to_string().contains("PROFILES_DIR"), "{error}");
}

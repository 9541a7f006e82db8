//! The table itself makes sense.

use std::collections::BTreeSet;

use super::SETTINGS;
use crate::config::registry_table::PUBLIC_PYPI_RATE;

#[test]
fn names_and_keys_are_unique_and_defaults_are_valid() {
    let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    let paths: BTreeSet<_> = SETTINGS.iter().map(super::Setting::path).collect();
    assert_eq!((names.len(), paths.len()), (SETTINGS.len(), SETTINGS.len()));
    for setting in SETTINGS {
        let default = setting.default.map(|default| setting.kind.parse(default));
        assert!(!matches!(default, Some(Err(_))), "{}", setting.name);
    }
}

#[test]
fn the_description_of_the_rate_names_it() {
    let rate = SETTINGS
        .iter()
        .find(|setting| setting.name == "PYPI_MAX_RPS");
    let says = format!("Unset: {PUBLIC_PYPI_RATE} for the public registry");
    assert!(rate.is_some_and(|rate| rate.description.contains(&says)));
}

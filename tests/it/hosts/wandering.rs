//! A collection that changes hosts: each host has a ledger and a since-file of its own, and nothing
//! is lost.

use pyfa_testkit::npm::FakeNpm;

use super::Hosts;
use crate::npm::volto;
use crate::support::scene::{disturb, is_as_undisturbed};
use crate::support::{Outcome, World, outcome};

#[test]
fn a_fetch_on_another_host_goes_on_from_the_collection() {
    let Some(hosts) = Hosts::new() else { return };
    hosts.run_fetch(&hosts.one, &["-i"]).exits(0);
    disturb(&hosts.one);
    let second = hosts.run_fetch(&hosts.two, &["-i"]).exits(0);
    assert!(second.stderr.contains("comparing the ledger"), "{second:?}");
    // What no longer matches is removed only under rules that the ledger has recorded.
    let mut content = hosts.two.content();
    content.retain(|id, _| !id.starts_with("plone.part08-"));
    let beside = hosts.two.beside();
    beside.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(content, beside.content());

    // Meanwhile more happens, and the first host is asked again.
    hosts.one.pypi.yank("plone.part09", "1.1", "old");
    hosts.one.pypi.remove_project("plone.part10");
    let first = hosts.run_fetch(&hosts.one, &["-i"]).exits(0);
    assert!(first.stderr.contains("comparing the ledger"), "{first:?}");
    is_as_undisturbed(&hosts.one);
    // As long as it stays there, its ledger is trusted.
    let again = hosts.run_fetch(&hosts.one, &["-i"]).exits(0);
    assert!(!again.stderr.contains("comparing the ledger"), "{again:?}");
}

#[test]
fn a_change_that_is_taken_back_on_another_host_is_not_missed() {
    let Some(hosts) = Hosts::new() else { return };
    let pypi = &hosts.one.pypi;
    hosts.run_fetch(&hosts.one, &["-i"]).exits(0);
    pypi.yank("plone.part01", "1.0", "a mistake");
    hosts.run_fetch(&hosts.two, &["-i"]).exits(0);
    assert_eq!(hosts.two.documents()["plone.part01-1.0"]["yanked"], true);
    // The first host's ledger has seen exactly this before, with as many documents.
    pypi.unyank("plone.part01", "1.0");
    hosts.run_fetch(&hosts.one, &["-i"]).exits(0);
    assert_eq!(hosts.one.documents()["plone.part01-1.0"]["yanked"], false);
    is_as_undisturbed(&hosts.one);
}

#[test]
fn a_fetch_of_one_registry_says_nothing_of_another() {
    let Some(hosts) = Hosts::new() else { return };
    let npm = FakeNpm::start().expect("a registry");
    npm.publish("@plone/a", "1.0.0", &volto("a"));
    let of_npm = |host: &World| -> Outcome {
        let target = ["-t", &host.target, "--format", "json"];
        let words = [&["npm", "-i", "-p", "plone"][..], &target].concat();
        let mut command = hosts.command(host, &words);
        command
            .env("NPM_BASE_URL", npm.base_url())
            .env_remove("NPM_CHANGES_URL");
        outcome(&mut command).exits(0)
    };
    let of_pypi = |host: &World| hosts.run_fetch(host, &["-i"]).exits(0);
    let compares = |run: &Outcome| run.stderr.contains("comparing the ledger");
    of_pypi(&hosts.one);
    of_npm(&hosts.one);
    for turn in 0..2 {
        npm.publish("@plone/a", &format!("1.1.{turn}"), &volto("a"));
        assert!(!compares(&of_pypi(&hosts.one)), "{turn}");
        assert!(!compares(&of_npm(&hosts.one)), "{turn}");
    }
    // The other host takes over one of the registries.
    npm.publish("@plone/a", "1.2.0", &volto("a"));
    assert!(compares(&of_npm(&hosts.two)));
    assert!(!compares(&of_pypi(&hosts.one)));
    assert!(compares(&of_npm(&hosts.one)));
    assert!(!compares(&of_npm(&hosts.one)));
}

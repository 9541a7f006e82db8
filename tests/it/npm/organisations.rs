//! Packages that only the list of an organisation selects.

use std::path::PathBuf;

use pyfa_testkit::service::Fault;
use serde_json::json;

use super::NpmWorld;
use crate::support::{Outcome, content, outcome};

struct Organised {
    world: NpmWorld,
    profiles: PathBuf,
}

impl Organised {
    /// The packages `made-a`, `made-b` and `@makers/c` of the organisation `makers`, and two profiles:
    /// `listed` selects by the organisation, `scoped` by its scope.
    fn new() -> Option<Self> {
        let world = NpmWorld::empty()?;
        let profiles = world.world.home.path().join("profiles");
        fs_err::create_dir_all(&profiles).expect("a folder");
        for (key, rules) in [
            ("listed", "organisations = [\"makers\"]"),
            ("scoped", "scopes = [\"@makers\"]\nnames = [\"made-a\"]"),
        ] {
            let text = format!("name = \"A\"\n[npm]\n{rules}\n");
            fs_err::write(profiles.join(format!("{key}.toml")), text).expect("a file");
        }
        for name in ["made-a", "made-b", "@makers/c"] {
            world.npm.publish(name, "1.0.0", &json!({}));
            world.npm.add_to_organisation("makers", name);
        }
        Some(Self { world, profiles })
    }

    fn run(&self, words: &[&str]) -> Outcome {
        let mut command = self.world.npm_command(words);
        outcome(command.env("PROFILES_DIR", &self.profiles))
    }
}

const LISTED: [&str; 3] = ["-i", "-p", "listed"];

#[test]
fn what_another_profile_has_read_is_still_selected() {
    let Some(organised) = Organised::new() else {
        return;
    };
    let world = &organised.world;
    organised.run(&["-f", "-p", "scoped"]).exits(0);
    assert_eq!(world.world.ids(), ["@makers--c-1.0.0", "npm:made-a-1.0.0"]);
    let other = format!("{}-listed", world.world.target);
    let words = ["npm", "-f", "-p", "listed", "-t", &other];
    outcome(
        world
            .command(&words)
            .env("PROFILES_DIR", &organised.profiles),
    )
    .exits(0);
    assert_eq!(content(&world.world.search(), &other).len(), 3);
}

#[test]
fn a_single_package_is_selected_by_the_list() {
    let Some(organised) = Organised::new() else {
        return;
    };
    let ids = || organised.world.world.ids();
    let run = organised
        .run(&["-p", "listed", "--project", "made-a"])
        .exits(0);
    assert_eq!(run.number("projects.matched"), 1, "{}", run.report);
    assert_eq!(ids(), ["npm:made-a-1.0.0"]);
    organised.run(&LISTED).exits(0);
    assert_eq!(ids().len(), 3);
}

#[test]
fn a_package_leaves_with_the_list_and_not_with_a_list_that_lost_most() {
    let Some(organised) = Organised::new() else {
        return;
    };
    let world = &organised.world;
    organised.run(&["-f", "-p", "listed"]).exits(0);
    assert_eq!(world.world.document_count(), 3);
    for members in [json!({}), json!({"made-b": "write"})] {
        let fault = Fault::json(200, &members);
        world.npm.controls().fail("/-/org/", fault);
        world.npm.publish("made-a", "1.1.0", &json!({}));
        for _ in 0..2 {
            let run = organised.run(&LISTED).exits(0);
            assert_eq!(run.number("projects.removed"), 0, "{}", run.report);
            assert!(run.report["mark"].is_null(), "{}", run.report);
        }
        world.npm.controls().clear_faults();
        let run = organised.run(&LISTED).exits(0);
        assert!(run.report["mark"].is_number(), "{}", run.report);
        assert_eq!(world.world.document_count(), 4);
    }
    // One of three has left.
    world.npm.remove_from_organisation("makers", "made-b");
    let run = organised.run(&LISTED).exits(0);
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    assert!(!world.world.ids().contains(&"npm:made-b-1.0.0".to_owned()));
    // It comes back, unchanged.
    world.npm.add_to_organisation("makers", "made-b");
    organised.run(&LISTED).exits(0);
    assert!(world.world.ids().contains(&"npm:made-b-1.0.0".to_owned()));

    // The organisation is deleted: the user confirms it.
    let fault = Fault::json(404, &json!({"error": "Not found"}));
    world.npm.controls().fail("/package", fault);
    let run = organised.run(&LISTED).exits(0);
    assert_eq!(run.number("projects.removed"), 0, "{}", run.report);
    assert!(run.report["notes"].to_string().contains("--prune"));
    let run = organised.run(&["-i", "-p", "listed", "--prune"]).exits(0);
    assert_eq!(run.number("projects.removed"), 3, "{}", run.report);
    let run = organised.run(&LISTED).exits(0);
    assert!(run.report["mark"].is_number(), "{}", run.report);
}

#[test]
fn an_explanation_names_the_organisations_that_list_a_package() {
    let Some(organised) = Organised::new() else {
        return;
    };
    let world = &organised.world;
    world.npm.publish("stray", "1.0.0", &json!({}));
    organised.run(&["-f", "-p", "listed"]).exits(0);
    let explained = |name: &str, format: &str| {
        let target = &world.world.target;
        let words = ["explain", name, "-p", "listed", "-t", target];
        let mut command = world.command(&[&words[..], &["--format", format]].concat());
        outcome(command.env("PROFILES_DIR", &organised.profiles)).exits(0)
    };
    let made = explained("npm:made-a", "json").report;
    assert_eq!(made["organisations"], json!(["makers"]));
    assert_eq!(made["selected"], json!(true));
    assert_eq!(
        made["selection"],
        json!("the organisation `makers` lists it")
    );
    let stray = explained("npm:stray", "json").report;
    assert_eq!(stray["selected"], json!(false), "{stray}");
    assert_eq!(
        stray["verdict"],
        json!(
            "it is missing because no rule matches its classifiers, and no organisation lists it"
        )
    );
    // Without the list, nothing is said that may be wrong.
    world.npm.controls().fail("/-/org/", Fault::status(401));
    let text = explained("npm:made-a", "text").stdout;
    assert!(text.contains("not every organisation says"), "{text}");
    assert!(text.contains("note           "), "{text}");
}

#[test]
fn the_profile_of_plone_takes_what_its_organisation_lists() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for name in ["generator-volto", "elsewhere"] {
        world.npm.publish(name, "1.0.0", &json!({}));
    }
    world.npm.add_to_organisation("plone", "generator-volto");
    world.npm(&super::FULL).exits(0);
    assert_eq!(world.world.ids(), ["npm:generator-volto-1.0.0"]);
}

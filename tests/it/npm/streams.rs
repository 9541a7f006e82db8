//! Whatever happens on npm, in whatever order: runs in between, killed ones too, lead to the same
//! collection as one run at the end.

use pyfa_testkit::npm::{FakeNpm, FakeSearch};
use serde_json::{Value, json};

use super::{FULL, INCREMENTAL, NpmWorld, volto};
use crate::events::Dice;
use crate::support::until;

const VERSIONS: [&str; 7] = [
    "0.9.0",
    "1.0.0-rc.9",
    "1.0.0-rc.10",
    "1.0.0",
    "1.10.0",
    "1.9.0",
    "2.0.0-alpha.1",
];

/// What a test knows of a package that it has made.
struct Known {
    name: String,
    versions: Vec<String>,
    is_unpublished: bool,
}

/// Makes one event; returns what happened.
fn event(dice: &mut Dice, npm: &FakeNpm, packages: &mut Vec<Known>) -> String {
    let kind = dice.below(20);
    if packages.len() < 4 || kind == 0 {
        let number = packages.len() + dice.below(1_000) * 100;
        let name = match number % 3 {
            0 => format!("@plone/part{number}"),
            1 => format!("volto-part{number}"),
            _ => format!("Volto.Part{number}"),
        };
        npm.publish(&name, "1.0.0", &volto("born"));
        packages.push(Known {
            name: name.clone(),
            versions: vec!["1.0.0".to_owned()],
            is_unpublished: false,
        });
        return format!("new {name}");
    }
    let at = dice.below(packages.len());
    let package = &mut packages[at];
    let name = package.name.clone();
    let has_versions = !package.is_unpublished && !package.versions.is_empty();
    match kind {
        1..=6 if has_versions => {
            let version = (*dice.of(&VERSIONS)).to_owned();
            let tag = *dice.of(&["latest", "next", "beta"]);
            let manifest: Value = if dice.below(4) > 0 {
                volto(&format!("{kind} of {name}"))
            } else {
                json!({"keywords": ["react"]})
            };
            npm.publish_with_tag(&name, &version, tag, &manifest);
            if !package.versions.contains(&version) {
                package.versions.push(version.clone());
            }
            format!("publish {name} {version} as {tag}: {manifest}")
        }
        7..=10 if has_versions => {
            let version = dice.of(&package.versions).clone();
            let text = *dice.of(&["", "use another", "bad"]);
            npm.deprecate(&name, &version, text);
            format!("deprecate {name} {version}: {text:?}")
        }
        11 | 12 if has_versions && package.versions.len() > 1 => {
            let version = dice.of(&package.versions).clone();
            package.versions.retain(|one| *one != version);
            npm.unpublish_version(&name, &version);
            format!("unpublish {name} {version}")
        }
        13 | 14 if has_versions => {
            let version = dice.of(&package.versions).clone();
            npm.set_tag(&name, "latest", &version);
            format!("latest of {name} is {version}")
        }
        15 => {
            npm.remove(&name);
            packages.remove(at);
            format!("remove {name}")
        }
        16 if has_versions => {
            npm.unpublish(&name);
            package.is_unpublished = true;
            package.versions.clear();
            format!("unpublish {name}")
        }
        17 if package.is_unpublished => {
            npm.publish(&name, "3.0.0", &volto("again"));
            package.is_unpublished = false;
            package.versions.push("3.0.0".to_owned());
            format!("publish {name} again")
        }
        18 => {
            // What is known must not depend on the search.
            let hidden = npm
                .names()
                .into_iter()
                .filter(|_| dice.below(2) == 0)
                .collect();
            npm.set_search(FakeSearch {
                hidden,
                page: 3,
                ..FakeSearch::default()
            });
            "the search forgets".to_owned()
        }
        _ => {
            let owner = *dice.of(&["ada", "bob", "eve"]);
            npm.set_maintainers(&name, &[owner, "all"]);
            format!("{owner} owns {name}")
        }
    }
}

fn stream(seed: u64, kills: bool) {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let mut dice = Dice(seed);
    let (mut packages, mut log) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        for _ in 0..=dice.below(12) {
            log.push(event(&mut dice, &world.npm, &mut packages));
        }
        if kills && dice.below(3) > 0 {
            let requests = dice.below(25);
            world.npm.controls().reset();
            let mut run = world.start_npm(&INCREMENTAL);
            // The run may be quicker, or need fewer requests.
            until("the run is on its way, or over", || {
                world.npm.controls().count("") >= requests
                    || run.try_wait().expect("a process").is_some()
            });
            run.kill().expect("a kill");
            run.wait().expect("an end");
            log.push(format!("-i, killed after {requests} requests"));
        } else {
            world.npm(&INCREMENTAL).exits(0);
            log.push("-i".to_owned());
        }
    }
    world.npm.set_search(FakeSearch::default());
    let last = world.npm(&INCREMENTAL).exits(0);
    // A package that is deprecated as a whole is in no search: only who knows it has it.
    let beside = world.beside();
    for package in packages.iter().filter(|package| !package.is_unpublished) {
        for version in &package.versions {
            world.npm.deprecate(&package.name, version, "");
        }
    }
    world.npm(&INCREMENTAL).exits(0);
    beside.npm(&FULL).exits(0);
    let (content, expected) = (world.world.content(), beside.world.content());
    assert!(!expected.is_empty(), "nothing left to compare: {log:#?}");
    for id in content.keys().chain(expected.keys()) {
        assert_eq!(
            content.get(id),
            expected.get(id),
            "seed {seed}, document `{id}`\n{}\n{log:#?}",
            last.report
        );
    }
}

#[test]
fn streams_of_events() {
    for seed in [1, 20_261_201] {
        stream(seed, false);
    }
}

#[test]
fn streams_of_events_with_killed_runs() {
    for seed in [5, 42] {
        stream(seed, true);
    }
}

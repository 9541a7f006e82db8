//! Whatever happens on the registry, in whatever order: runs in between lead to the same
//! collection as one run at the end.

use pyfa_testkit::pypi::{FakePyPi, ReleaseSpec};

use crate::support::{World, plone, until};

/// Numbers that are the same for the same seed, on every machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("a small number")
    }

    pub(crate) fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// What a test knows of a project that it has made.
#[derive(Debug)]
struct Known {
    name: String,
    versions: Vec<String>,
    is_quarantined: bool,
}

const VERSIONS: [&str; 8] = [
    "0.9",
    "1.0a1",
    "1.0",
    "1.0.post1",
    "1.1",
    "2.0rc1",
    "2.0",
    "10.0",
];

/// Makes one event. Returns what happened, for the message of a test that fails.
fn event(dice: &mut Dice, pypi: &FakePyPi, projects: &mut Vec<Known>) -> String {
    let kind = dice.below(20);
    if projects.len() < 4 || kind == 0 {
        let name = format!("plone.part{}", pypi.serial());
        pypi.publish(&name, "1.0", &plone("born"));
        projects.push(Known {
            name: name.clone(),
            versions: vec!["1.0".to_owned()],
            is_quarantined: false,
        });
        return format!("new {name}");
    }
    let at = dice.below(projects.len());
    let project = &mut projects[at];
    let name = project.name.clone();
    match kind {
        1..=6 => {
            let version = (*dice.of(&VERSIONS)).to_owned();
            let matches = dice.below(4) > 0;
            let summary = format!("{kind} of {name}");
            let spec = if matches {
                plone(&summary)
            } else {
                ReleaseSpec::new().summary(&summary)
            };
            pypi.publish(&name, &version, &spec);
            if !project.versions.contains(&version) {
                project.versions.push(version.clone());
            }
            format!("publish {name} {version}, matching: {matches}")
        }
        7..=12 if !project.versions.is_empty() => {
            let version = dice.of(&project.versions).clone();
            match kind {
                7..=8 => pypi.yank(&name, &version, "bad"),
                9..=10 => pypi.unyank(&name, &version),
                _ => {
                    project.versions.retain(|one| *one != version);
                    pypi.remove_release(&name, &version)
                }
            };
            format!("{kind} (yank, unyank, remove) {name} {version}")
        }
        13 => {
            pypi.remove_project(&name);
            projects.remove(at);
            format!("remove {name}")
        }
        14 | 15 => {
            let spelling = match dice.below(3) {
                0 => name.to_uppercase(),
                1 => name.replace('.', "_"),
                _ => name.replace('_', "."),
            };
            pypi.rename(&name, &spelling);
            project.name.clone_from(&spelling);
            format!("rename {name} to {spelling}")
        }
        16 | 17 => {
            project.is_quarantined = !project.is_quarantined;
            if project.is_quarantined {
                pypi.quarantine(&name);
            } else {
                pypi.unquarantine(&name);
            }
            format!("quarantine {name}: {}", project.is_quarantined)
        }
        _ => {
            let owner = *dice.of(&["ada", "bob", "eve"]);
            pypi.set_owner(&name, &[("Owner", owner), ("Maintainer", "all")], None);
            format!("{owner} owns {name}")
        }
    }
}

/// How the runs between the events are made.
#[derive(Clone, Copy, Default)]
struct StreamOptions {
    /// Some of them are killed on the way.
    kills: bool,
    /// Only the latest release of each project is kept.
    latest: bool,
}

fn stream(seed: u64, options: StreamOptions) {
    let Some(world) = World::empty() else { return };
    let words = |mode| {
        let mut words = vec![mode, "-p", "plone"];
        if options.latest {
            words.extend(["--versions", "latest"]);
        }
        words
    };
    let mut dice = Dice(seed);
    let mut projects = Vec::new();
    let mut log = Vec::new();
    for _ in 0..12 {
        for _ in 0..=dice.below(12) {
            log.push(event(&mut dice, &world.pypi, &mut projects));
        }
        if options.kills && dice.below(3) > 0 {
            let requests = dice.below(25) as u64;
            world.pypi.reset_counts();
            let mut run = world.start_pypi(&words("-i"));
            // The run may be quicker, or need fewer requests.
            until("the run is on its way, or over", || {
                world.pypi.counts().total >= requests
                    || run.try_wait().expect("a process").is_some()
            });
            run.kill().expect("a kill");
            run.wait().expect("an end");
            log.push(format!("-i, killed after {requests} requests"));
        } else {
            world.pypi(&words("-i")).exits(0);
            log.push("-i".to_owned());
        }
    }
    // What is withheld keeps its documents where they are, and would be missing in the other world.
    for project in projects.iter().filter(|project| project.is_quarantined) {
        world.pypi.unquarantine(&project.name);
    }
    let last = world.pypi(&words("-i")).exits(0);
    let beside = world.beside();
    beside.pypi(&words("-f")).exits(0);
    let (content, expected) = (world.content(), beside.content());
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
    for seed in [1, 20_261_121, 0xfeed_f00d] {
        stream(seed, StreamOptions::default());
    }
}

#[test]
fn streams_of_events_where_only_the_latest_release_is_kept() {
    let latest = StreamOptions {
        latest: true,
        ..StreamOptions::default()
    };
    for seed in [3, 17] {
        stream(seed, latest);
    }
}

#[test]
fn streams_of_events_with_killed_runs() {
    let killed = StreamOptions {
        kills: true,
        ..StreamOptions::default()
    };
    for seed in [5, 42, 77] {
        stream(seed, killed);
    }
}

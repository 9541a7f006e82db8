//! The enrichers are killed at every change that they ask the server for, before and after it has
//! made it; the same command then ends as if nothing had happened.

use std::process::Stdio;

use super::Scene;
use crate::support::gate::Hold;
use crate::support::{kill, until};

/// More documents than go into one import.
const PACKAGES: u64 = 600;

fn scene() -> Option<Scene> {
    let scene = Scene::new()?;
    scene.fill(PACKAGES);
    for number in 0..PACKAGES {
        scene.count(&format!("plone-p{number}"), number);
    }
    scene.report("GHSA-1", "plone-p1", &["1.0"], None);
    Some(scene)
}

/// Holds every change of a run in turn, kills the run there, and runs it again.
fn at_every_step(verb: &str, field: &str) {
    let Some(scene) = scene() else { return };
    let undisturbed = |scene: &Scene| {
        let values = scene.values(field);
        assert_eq!(values.len() as u64, 2 * PACKAGES);
        assert!(values.iter().all(|value| !value.is_null()), "{verb}");
        values
    };
    scene.gate.open();
    scene.run(&[verb]).exits(0);
    let steps = scene.gate.changes().len();
    assert!(steps > 1, "one import holds everything");
    let expected = undisturbed(&scene);
    for number in 0..steps {
        for hold in [Hold::Before, Hold::After] {
            scene.forget(field);
            scene.gate.hold(number, hold);
            let mut command = scene.command(&[verb]);
            let run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            until("the change is held", || scene.gate.is_holding());
            kill(run.expect("a process"));
            scene.gate.open();
            scene.run(&[verb]).exits(0);
            assert_eq!(undisturbed(&scene), expected, "{verb}, {number}, {hold:?}");
        }
    }
}

impl Scene {
    /// Takes a field from all documents.
    fn forget(&self, field: &str) {
        use pyfa::search::ImportAction;
        let lines = self.world.ids().into_iter();
        let lines: Vec<_> = lines
            .map(|id| {
                serde_json::json!({"id": id, field: null})
                    .to_string()
                    .into()
            })
            .collect();
        let search = self.world.search();
        let forgotten = search.import(&self.world.target, ImportAction::Update, lines);
        crate::support::wait(forgotten).expect("an import");
    }
}

#[test]
fn downloads() {
    at_every_step("downloads", "download_total");
}

#[test]
fn advisories() {
    at_every_step("advisories", "has_vulnerabilities");
}

#[test]
fn health() {
    at_every_step("health", "health_score");
}

/// Two that write the same collection do so one after the other.
#[test]
fn two_at_once() {
    let Some(scene) = scene() else { return };
    let start = |verb: &str| {
        let mut command = scene.command(&[verb]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("a process")
    };
    let runs: Vec<_> = ["downloads", "advisories", "health"].map(start).into();
    for run in runs {
        crate::support::finish(run).exits(0);
    }
    for field in ["download_total", "has_vulnerabilities", "health_score"] {
        assert!(
            scene.values(field).iter().all(|value| !value.is_null()),
            "{field}"
        );
    }
}

//! The program is killed at every change that it asks the server for, before and after the server
//! has made it; the same command then ends as if nothing had happened.

use std::process::{Child, Stdio};

use super::filled;
use crate::support::gate::{Gate, Hold};
use crate::support::{World, kill, outcome, until};

/// A world behind a gate.
struct Gated {
    world: World,
    gate: Gate,
}

impl Gated {
    fn new() -> Option<Self> {
        let world = filled()?;
        let gate = Gate::before(world.typesense.port());
        Some(Self { world, gate })
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.world.command(&[&["manage"], arguments].concat());
        command.env("TYPESENSE_PORT", self.gate.port().to_string());
        command
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }

    fn run(&self, arguments: &[&str]) {
        self.gate.open();
        outcome(&mut self.command(arguments)).exits(0);
    }
}

/// Runs the scene once to count its changes, then once for each of them and each side of it.
fn at_every_step(scene: impl Fn(&mut dyn FnMut(&Gated, &[&str]))) {
    let mut changes = 0;
    scene(&mut |gated, command| {
        gated.run(command);
        changes = gated.gate.changes().len();
        assert!(changes > 1, "the gate is not passed");
    });
    for number in 0..changes {
        for hold in [Hold::Before, Hold::After] {
            scene(&mut |gated, command| {
                gated.gate.hold(number, hold);
                let run = gated.start(command);
                until("the change is held", || gated.gate.is_holding());
                kill(run);
                gated.run(command);
            });
        }
    }
}

#[test]
fn migrate() {
    at_every_step(|run| {
        let Some(gated) = Gated::new() else { return };
        let (source, copy) = (&gated.world.target, format!("{}-copy", gated.world.target));
        run(&gated, &["--migrate", "-s", source, "-t", &copy]);
        assert_eq!(gated.world.held(&copy), gated.world.documents());
        assert_eq!(gated.world.real(source), Some(format!("{source}-1")));
    });
}

#[test]
fn recreate() {
    at_every_step(|run| {
        let Some(gated) = Gated::new() else { return };
        let (world, target) = (&gated.world, gated.world.target.as_str());
        let second = format!("{target}-also");
        world
            .manage(&["--add-alias", "-s", &second, "-t", target])
            .exits(0);
        let before = world.documents();
        run(&gated, &["--recreate-collection", target]);
        let new = format!("{target}-2");
        assert_eq!(world.real(target).as_deref(), Some(&*new));
        assert_eq!(world.real(&second).as_deref(), Some(&*new));
        assert_eq!(world.documents(), before);
        assert_eq!(world.held(&format!("{target}-1")), before);
        assert!(
            !world.exists(&format!("{target}-3")),
            "another one was begun"
        );
    });
}

#[test]
fn recreate_a_plain_one() {
    at_every_step(|run| {
        let Some(gated) = Gated::new() else { return };
        let world = &gated.world;
        let plain = format!("{}-plain", world.target);
        world
            .manage(&["--migrate", "-s", &world.target, "-t", &plain])
            .exits(0);
        let before = world.held(&plain);
        run(&gated, &["--recreate-collection", &plain, "-f"]);
        assert_eq!(world.real(&plain), Some(format!("{plain}-1")));
        assert_eq!(world.held(&plain), before);
        assert!(
            !world.exists(&format!("{plain}-2")),
            "another one was begun"
        );
    });
}

#[test]
fn rollback() {
    at_every_step(|run| {
        let Some(gated) = Gated::new() else { return };
        let (world, target) = (&gated.world, gated.world.target.as_str());
        let second = format!("{target}-also");
        world
            .manage(&["--add-alias", "-s", &second, "-t", target])
            .exits(0);
        gated.run(&["--recreate-collection", target]);
        run(&gated, &["--rollback", target]);
        let old = format!("{target}-1");
        assert_eq!(world.real(target).as_deref(), Some(&*old));
        assert_eq!(world.real(&second).as_deref(), Some(&*old));
        assert!(world.exists(&format!("{target}-2")));
    });
}

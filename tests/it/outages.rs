//! The search server, the disk or the user ends a run: it says so, loses nothing, and the next one
//! goes on.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use pyfa_testkit::pypi::{Fault, On, ReleaseSpec, RequestKind};
use pyfa_testkit::typesense::TypesenseServer;
use serde_json::json;

use crate::support::gate::Gate;
use crate::support::scene::INCREMENTAL;
use crate::support::{World, client, documents, finish, kill, outcome, plone, until};

/// Twelve projects of three releases each.
fn populated() -> Option<World> {
    let world = World::empty()?;
    for number in 0..12 {
        for version in ["1.0", "1.1", "2.0"] {
            let name = format!("plone.part{number:02}");
            world.pypi.publish(&name, version, &plone(version));
        }
    }
    Some(world)
}

#[track_caller]
fn is_complete(world: &World) {
    let beside = world.beside();
    beside.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(world.content(), beside.content());
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("a signal");
    assert!(sent.success());
}

#[test]
fn a_search_server_that_is_away_is_named_with_its_settings() {
    let Some(world) = World::empty() else { return };
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = nobody.local_addr().expect("an address").port();
    drop(nobody);
    let mut command = world.command(&["pypi", "-f", "-p", "plone"]);
    let run = outcome(command.env("TYPESENSE_PORT", port.to_string())).exits(1);
    assert!(run.stderr.contains("TYPESENSE_HOST"), "{}", run.stderr);
    assert!(run.stderr.contains(&port.to_string()), "{}", run.stderr);
    assert_eq!(world.pypi.counts().total, 0);

    let mut command = world.command(&["pypi", "-f", "-p", "plone"]);
    let run = outcome(command.env("TYPESENSE_API_KEY", "wrong-key")).exits(1);
    assert!(run.stderr.contains("TYPESENSE_API_KEY"), "{}", run.stderr);
    assert!(!run.stderr.contains("wrong-key"), "{}", run.stderr);
}

#[test]
fn a_search_server_that_goes_away_ends_the_run_and_loses_nothing() {
    let Some(world) = populated() else { return };
    let mut server = TypesenseServer::start_own().expect("a server");
    let search = client(&server.url(), server.api_key());
    let port = server.port().to_string();
    let key = server.api_key().to_owned();
    let start = || {
        let mut command = world.command(&["pypi", "-t", "own", "-i", "-p", "plone"]);
        command.env("TYPESENSE_PORT", &port);
        command.env("TYPESENSE_API_KEY", &key);
        command
    };
    world.pypi.set_latency(Duration::from_millis(150));
    world.pypi.reset_counts();
    let run = start()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program");
    until("the history is asked for", || {
        world.pypi.counts().release > 0
    });
    server.kill().expect("the end of the server");
    let run = finish(run).exits(1);
    assert!(run.stderr.contains("TYPESENSE_HOST"), "{}", run.stderr);
    assert!(!world.since_file().exists());

    server.start_again().expect("the server again");
    world.pypi.set_latency(Duration::ZERO);
    let run = outcome(&mut start()).exits(0);
    assert_eq!(
        documents(&search, "own").len(),
        36,
        "{}\n{}",
        run.stderr,
        run.stdout
    );

    // A server that starts again may give its collections another date: they are the same still,
    // rules and all.
    server.stop().expect("the end of the server");
    server.start_again().expect("the server again");
    world.pypi.remove_project("plone.part00");
    world
        .pypi
        .publish("plone.part01", "3.0", &ReleaseSpec::new());
    outcome(&mut start()).exits(0);
    assert_eq!(documents(&search, "own").len(), 30);
}

#[test]
fn a_flag_that_the_server_cannot_lower_is_pending_retry() {
    let Some(world) = populated() else { return };
    let refuses = r#"{"code":500,"error":"no room","success":false}"#;
    let gate = Gate::before(world.typesense.port());
    gate.answer("action=update", refuses);
    let run = || {
        let mut command = world.command(&["pypi", "-t", &world.target, "--format", "json"]);
        command.args(INCREMENTAL);
        outcome(command.env("TYPESENSE_PORT", gate.port().to_string()))
    };
    run().exits(0);
    assert!(!gate.has_answered());
    // The former latest release is no longer listed, so its document is not written again.
    world.pypi.remove_release("plone.part03", "2.0");
    world.pypi.publish("plone.part03", "3.0", &plone("3.0"));
    let disturbed = run().exits(3);
    assert!(gate.has_answered());
    assert_eq!(disturbed.names("pending_retry"), ["plone-part03"]);
    let reason = disturbed.report["pending_retry"][0]["reason"].to_string();
    assert!(reason.contains("no room"), "{reason}");
    run().exits(0);
    is_complete(&world);
}

#[test]
fn an_interrupt_stops_in_order_and_the_next_run_goes_on() {
    let Some(world) = populated() else { return };
    world.pypi.set_latency(Duration::from_millis(150));
    let run = world.start_pypi(&INCREMENTAL);
    until("the history is asked for", || {
        world.pypi.counts().release > 0
    });
    interrupt(&run);
    let run = finish(run).exits(3);
    assert_eq!(run.report["interrupted"], json!(true), "{}", run.stdout);
    assert_eq!(run.report["mark"], json!(null));
    assert!(run.stderr.contains("stopping"), "{}", run.stderr);
    assert!(world.document_count() >= 12);
    assert!(!world.since_file().exists());
    world.pypi.set_latency(Duration::ZERO);
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
}

#[test]
fn an_interrupt_does_not_wait_for_a_silent_registry() {
    let Some(world) = populated() else { return };
    world.pypi(&INCREMENTAL).exits(0);
    world.pypi.remove_project("plone.part00");
    world.pypi.publish("plone.part01", "3.0", &plone("new"));
    let kinds = [
        RequestKind::Index,
        RequestKind::Project,
        RequestKind::SimpleDetail,
    ];
    for kind in kinds {
        world.pypi.reset_counts();
        world.pypi.fail(On::Kind(kind), Fault::Hang);
        let run = world.start_pypi(&INCREMENTAL);
        until("it is asked for", || {
            let counts = world.pypi.counts();
            match kind {
                RequestKind::Index => counts.index > 0,
                RequestKind::Project => counts.project > 0,
                _ => counts.simple_detail > 0,
            }
        });
        let asked = Instant::now();
        interrupt(&run);
        finish(run).exits(3);
        assert!(asked.elapsed() < Duration::from_secs(10), "{kind:?}");
        world.pypi.clear_faults();
    }
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
}

#[test]
fn one_collection_has_one_writer() {
    let Some(world) = populated() else { return };
    world.pypi.fail(On::Kind(RequestKind::Project), Fault::Hang);
    let first = world.start_pypi(&INCREMENTAL);
    until("the first is at work", || world.pypi.counts().project > 0);
    let holder = format!("process {}", first.id());
    // By its alias and by its own name.
    for target in [world.target.clone(), format!("{}-1", world.target)] {
        let second = world.run(&["pypi", "-t", &target, "-f", "-p", "plone"]);
        let second = second.exits(3);
        assert!(second.stderr.contains(&holder), "{}", second.stderr);
    }
    // A run that writes nothing has nothing to wait for.
    world.pypi.clear_faults();
    world.pypi(&["-f", "-p", "plone", "--dry-run"]).exits(0);
    kill(first);
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
}

#[test]
fn different_collections_are_written_side_by_side() {
    let Some(world) = populated() else { return };
    world.pypi.set_latency(Duration::from_millis(20));
    let targets: Vec<String> = (0..3)
        .map(|_| world.typesense.unique_name("side"))
        .collect();
    let runs: Vec<Child> = targets
        .iter()
        .map(|target| {
            world
                .command(&["pypi", "-t", target, "-i", "-p", "plone"])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("the program")
        })
        .collect();
    for run in runs {
        finish(run).exits(0);
    }
    let marks = std::fs::read_to_string(world.since_file()).expect("a since-file");
    for target in &targets {
        assert_eq!(documents(&world.search(), target).len(), 36);
        assert!(marks.contains(&format!("{target}-1 ")), "{marks}");
    }
}

/// A file that may not grow is what a full disk looks like.
#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let Some(world) = populated() else { return };
    world.pypi(&INCREMENTAL).exits(0);
    let before = world.documents();
    for number in 0..40 {
        let name = format!("plone.late{number:02}");
        world.pypi.publish(&name, "1.0", &plone("late"));
        world.pypi.publish(&name, "2.0", &plone("late"));
    }
    for blocks in [0, 16, 80, 160] {
        let program = world.command(&[]);
        let mut shell = Command::new("sh");
        shell
            .current_dir(world.home.path())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .arg("-c")
            .arg(format!(
                "trap '' XFSZ; ulimit -f {blocks}; exec {} pypi -t {} -i -p plone",
                env!("CARGO_BIN_EXE_pyfa"),
                world.target
            ));
        let run = outcome(&mut shell);
        if blocks > 0 && run.code == 0 {
            // The runs before it have done the work between them, and little was left to note.
            break;
        }
        let run = run.exits(1);
        assert!(
            run.stderr.contains("ledger.sqlite") || run.stderr.contains(".pyfa"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("disk"), "{}", run.stderr);
        let after = world.documents();
        assert!(before.keys().all(|id| after.contains_key(id)));
    }
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 116);
    is_complete(&world);
}

//! One collection has one writer, on whichever host; and one that was paused for too long is none.

use std::process::Child;
use std::time::Duration;

use pyfa::database::{Database, Statement};
use pyfa::hosts::host_name;
use pyfa_testkit::pypi::ReleaseSpec;

use super::{Hosts, signal, start};
use crate::support::scene::is_as_undisturbed;
use crate::support::{finish, kill, says, until, wait};

/// How long the registry takes for each answer, so that a fetch lasts.
const SLOWLY: Duration = Duration::from_millis(100);

/// A fetch on the first host that has begun to read releases.
fn begin(hosts: &Hosts) -> Child {
    hosts.one.pypi.set_latency(SLOWLY);
    let fetching = start(&mut hosts.fetch(&hosts.one, &["-f"]));
    until("the history is asked for", || {
        hosts.one.pypi.counts().release > 0
    });
    fetching
}

#[test]
fn the_same_command_of_another_host_is_refused_and_another_one_waits() {
    let Some(hosts) = Hosts::new() else { return };
    let fetching = begin(&hosts);
    signal(&fetching, "STOP");
    let second = hosts.run_fetch(&hosts.two, &["-f"]).exits(3);
    let holder = format!("`pypi`, process {} on {}", fetching.id(), host_name());
    assert!(second.stderr.contains(&holder), "{}", second.stderr);

    let health = ["health", "-t", &hosts.two.target];
    let mut scoring = start(&mut hosts.command(&hosts.two, &health));
    says(&mut scoring, &format!("waiting for {holder}"));
    signal(&fetching, "CONT");
    hosts.one.pypi.set_latency(Duration::ZERO);
    finish(fetching);
    finish(scoring).exits(0);
}

#[test]
fn a_process_that_was_paused_for_too_long_writes_nothing_more() {
    let Some(hosts) = Hosts::new() else { return };
    let fetching = begin(&hosts);
    signal(&fetching, "STOP");
    hosts.one.pypi.set_latency(Duration::ZERO);
    let mut refused = 0;
    let second = loop {
        let second = hosts.run_fetch(&hosts.two, &["-f"]);
        if second.code != 3 {
            break second.exits(0);
        }
        assert!(second.stderr.contains("in use by `pypi`"), "{second:?}");
        refused += 1;
    };
    assert!(refused > 0, "it was not locked: {}", second.report);
    is_as_undisturbed(&hosts.two);

    let expected = hosts.two.documents();
    hosts.gate.open();
    signal(&fetching, "CONT");
    let first = finish(fetching).exits(3);
    assert!(first.stderr.contains("has lost its lock"), "{first:?}");
    assert!(first.stderr.contains("Run the command again"), "{first:?}");
    assert_eq!(hosts.gate.changes(), Vec::<String>::new());
    assert_eq!(hosts.one.documents(), expected);
    assert!(!hosts.one.since_file().exists());

    // Its next run goes on from what the other one has written.
    hosts.run_fetch(&hosts.one, &["-i"]).exits(0);
    is_as_undisturbed(&hosts.one);
}

/// It would go on reading what does not match for long, and would notice only when it writes.
#[test]
fn a_run_that_has_lost_its_lock_stops_reading() {
    let Some(hosts) = Hosts::new() else { return };
    for number in 100..400 {
        let name = format!("other{number}");
        hosts.one.pypi.publish(&name, "1.0", &ReleaseSpec::new());
    }
    hosts.one.pypi.set_latency(SLOWLY);
    let mut fetch = hosts.fetch(&hosts.one, &["-f"]);
    let fetching = start(fetch.env("PYPI_MAX_WORKERS", "1"));
    until("projects are read", || hosts.one.pypi.counts().project > 3);
    // As another host does it when the lease has run out.
    let taken = wait(async {
        let settings = crate::database::settings(&hosts.database)?;
        let database = Database::open(&settings).await?;
        let text = "UPDATE pyfa_leases SET fence = fence + 1";
        let taken = database.write(Statement::new(text, Vec::new())).await?;
        anyhow::Ok(taken)
    });
    assert!(taken.expect("a lease") > 0);
    let ended = finish(fetching).exits(3);
    assert!(ended.stderr.contains("has lost its lock"), "{ended:?}");
    let asked = hosts.one.pypi.counts().project;
    assert!(asked < 200, "it went on to ask for {asked} projects");
    assert_eq!(hosts.one.document_count(), 0);
    assert!(!hosts.one.since_file().exists());
}

#[test]
fn a_killed_process_holds_its_lock_until_the_lease_ends() {
    let Some(hosts) = Hosts::new() else { return };
    let fetching = begin(&hosts);
    kill(fetching);
    hosts.one.pypi.set_latency(Duration::ZERO);
    hosts.run_fetch(&hosts.two, &["-f"]).exits(3);
    until("the lease has ended", || {
        let ended = hosts.run_fetch(&hosts.two, &["-f"]);
        assert!([0, 3].contains(&ended.code), "{ended:?}");
        ended.code == 0
    });
    is_as_undisturbed(&hosts.two);
}

#[test]
fn without_the_database_nothing_is_written() {
    let Some(mut hosts) = Hosts::new() else {
        return;
    };
    hosts.server.stop().expect("an end");
    let run = hosts.run_fetch(&hosts.one, &["-f"]).exits(3);
    assert!(run.stderr.contains("does not answer"), "{}", run.stderr);
    assert!(run.stderr.contains("PYFA_DATABASE"), "{}", run.stderr);
    assert_eq!(hosts.one.document_count(), 0);
    // What only reads needs no lock.
    hosts.run_fetch(&hosts.one, &["-f", "--dry-run"]).exits(0);
}

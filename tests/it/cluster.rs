//! The search server is a cluster: whichever node is away or behind, a run ends in the same
//! collection.

use std::process::{Command, Stdio};
use std::time::Duration;

use pyfa_testkit::typesense::TypesenseCluster;

use crate::search::fake::{Answer, Fake};
use crate::support::scene::populate;
use crate::support::{Outcome, World, client, content, finish, outcome, until, wait};

const FULL: [&str; 3] = ["-f", "-p", "plone"];

/// `pyfa pypi -t TARGET -f`, with these nodes in this order.
fn command(world: &World, nodes: &[String], api_key: &str) -> Command {
    let mut command = world.command(&["pypi", "-t", &world.target, "--format", "json"]);
    command
        .args(FULL)
        .env("TYPESENSE_NODES", nodes.join(","))
        .env("TYPESENSE_API_KEY", api_key);
    command
}

fn run(world: &World, nodes: &[String], cluster: &TypesenseCluster) -> Outcome {
    outcome(&mut command(world, nodes, cluster.api_key()))
}

/// The nodes, that one first.
fn beginning_with(first: usize, cluster: &TypesenseCluster) -> Vec<String> {
    let mut nodes = cluster.urls();
    nodes.rotate_left(first);
    nodes
}

fn leader(cluster: &TypesenseCluster) -> usize {
    until("somebody leads", || cluster.leader().is_some());
    cluster.leader().expect("a leader")
}

/// Holds that every node that runs has what a run on a single server makes.
#[track_caller]
fn is_as_on_one_server(world: &World, cluster: &TypesenseCluster) {
    let beside = world.beside();
    beside.pypi(&FULL).exits(0);
    let expected = beside.content();
    assert_eq!(expected.len(), 36);
    for server in cluster.servers().iter().filter(|one| one.is_running()) {
        let search = client(&server.url(), cluster.api_key());
        until("the node has it all", || {
            content(&search, &world.target) == expected
        });
    }
}

/// Every verb of `pyfa manage` on the filled target, with these nodes in this order.
fn look_after(world: &World, nodes: &[String], cluster: &TypesenseCluster) {
    let manage = |line: &str| {
        let target = world.target.as_str();
        let words = line.replace("NAME", target);
        let mut command = world.command(&["manage"]);
        command
            .args(words.split(' '))
            .env("TYPESENSE_NODES", nodes.join(","))
            .env("TYPESENSE_API_KEY", cluster.api_key());
        outcome(&mut command).exits(0).stdout
    };
    assert!(manage("-ls").contains("36"));
    assert_eq!(
        manage("--migrate -s NAME -t NAME-copy"),
        format!(
            "`{0}-1` and `{0}-copy` hold the same 36 documents\n",
            world.target
        )
    );
    manage("--add-alias -s NAME-also -t NAME");
    let made = manage("--add-search-only-apikey -t NAME --format json");
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let key = made["value"].as_str().expect("a value");
    let leads_to = |name: &str, collection: &str, key: &str| {
        for server in cluster.servers().iter().filter(|one| one.is_running()) {
            let search = client(&server.url(), key);
            let query = [("q", "*".to_owned()), ("query_by", "name".to_owned())];
            until("the node has it", || {
                wait(search.search(name, &query)).is_ok_and(|found| found["found"] == 36)
            });
            let admin = client(&server.url(), cluster.api_key());
            until("the node knows", || {
                wait(admin.fetch_collection(name))
                    .is_ok_and(|found| found.is_some_and(|found| found.name == collection))
            });
        }
    };
    leads_to(&world.target, &format!("{}-1", world.target), key);
    manage("--recreate-collection NAME");
    leads_to(&world.target, &format!("{}-2", world.target), key);
    manage("--rollback NAME");
    leads_to(&world.target, &format!("{}-1", world.target), key);
    manage("--recreate-collection NAME -f");
    leads_to(&world.target, &format!("{}-3", world.target), key);
    manage("--recreate-collection NAME-copy -f");
    manage("--delete-alias NAME-copy -f");
    manage("--delete-collection NAME-copy-1 -f");
    manage("--delete-alias NAME-also -f");
    manage(&format!("--delete-apikey {} -f", made["id"]));
    assert!(manage("-lsn").lines().any(|name| name == world.target));
    until("the key is gone on the first node too", || {
        !manage("-lssoa").contains(&world.target)
    });
}

#[test]
fn any_node_may_be_away() {
    let Some(world) = World::empty() else { return };
    let mut cluster = TypesenseCluster::start().expect("a cluster");
    populate(&world);
    let leader = leader(&cluster);
    let follower_first = beginning_with((leader + 1) % cluster.urls().len(), &cluster);

    // A follower shows a moment later what it has passed on.
    run(&world, &follower_first, &cluster).exits(0);
    is_as_on_one_server(&world, &cluster);
    let again = run(&world, &follower_first, &cluster).exits(0);
    assert_eq!(again.number("documents.written"), 0);
    assert!(!again.stderr.contains("comparing"), "{}", again.stderr);
    look_after(&world, &follower_first, &cluster);

    // The leader goes while documents arrive.
    let world = world.beside();
    world.pypi.set_latency(Duration::from_millis(200));
    let at_work = command(&world, &follower_first, cluster.api_key())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let search = client(&cluster.urls()[leader], cluster.api_key());
    until("documents arrive", || {
        let found = wait(search.fetch_collection(&world.target)).expect("an answer");
        found.is_some_and(|collection| collection.num_documents > 0)
    });
    cluster.kill(leader).expect("the end of the leader");
    world.pypi.set_latency(Duration::ZERO);
    let ended = finish(at_work);
    if ended.code == 3 {
        run(&world, &follower_first, &cluster).exits(0);
    } else {
        ended.exits(0);
    }
    is_as_on_one_server(&world, &cluster);

    // One that is away may stand first.
    let world = world.beside();
    let dead_first = beginning_with(leader, &cluster);
    run(&world, &dead_first, &cluster).exits(0);
    is_as_on_one_server(&world, &cluster);
    look_after(&world, &dead_first, &cluster);
}

#[test]
fn a_node_that_lags_may_stand_first() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let lagging = runtime
        .block_on(Fake::start(vec![Answer::busy()]))
        .expect("a server");
    let nodes = [lagging.address().to_owned(), world.typesense.url()];
    outcome(&mut command(&world, &nodes, world.typesense.api_key())).exits(0);
    assert!(!lagging.requests().is_empty());
    let beside = world.beside();
    beside.pypi(&FULL).exits(0);
    assert_eq!(world.content(), beside.content());
}

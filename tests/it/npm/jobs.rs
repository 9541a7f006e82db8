//! Jobs fetch from each registry of which the profile selects something.

use serde_json::{Value, json};

use super::{NpmWorld, volto};
use crate::support::{Outcome, outcome, plone};

#[test]
fn a_fetch_job_reads_the_registries_of_its_profile() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let profiles = world.world.home.path().join("profiles");
    fs_err::create_dir_all(&profiles).expect("a folder");
    let (both, only) = (&world.world.target, format!("{}-npm", world.world.target));
    let section = "[npm]\nscopes = [\"@plone\"]\n";
    for (key, rules) in [
        (both, "classifiers = [\"Framework :: Plone\"]\n"),
        (&only, ""),
    ] {
        let text = format!("name = \"A\"\n{rules}{section}");
        fs_err::write(profiles.join(format!("{key}.toml")), text).expect("a file");
    }
    world.npm.publish("@plone/volto", "1.0.0", &volto("of npm"));
    world
        .world
        .pypi
        .publish("plone.api", "1.0", &plone("of PyPI"));
    let run = |words: &[&str]| -> Outcome {
        let mut command = world.command(words);
        outcome(command.env("PROFILES_DIR", &profiles))
    };
    let job = |id: &str| -> Value { run(&["jobs", "show", id, "--format", "json"]).report };
    run(&["jobs", "run", "fetch-full", "--target", both]).exits(0);
    world.world.pypi.reset_counts();
    run(&["worker", "--once"]).exits(0);
    let done = job("1");
    assert_eq!(done["state"], json!("done"), "{done}");
    assert_eq!(done["report"]["projects"]["matched"], json!(1), "{done}");
    assert_eq!(
        done["report"]["npm"]["projects"]["matched"],
        json!(1),
        "{done}"
    );
    assert_eq!(world.world.ids(), ["@plone--volto-1.0.0", "plone.api-1.0"]);

    // Nothing is asked of PyPI for a profile that selects nothing there.
    world.world.pypi.reset_counts();
    run(&["jobs", "run", "fetch-incremental", "--target", &only]).exits(0);
    run(&["worker", "--once"]).exits(0);
    let done = job("2");
    assert_eq!(done["state"], json!("done"), "{done}");
    assert_eq!(done["report"]["registry"], json!("npm"), "{done}");
    assert_eq!(done["report"]["projects"]["matched"], json!(1), "{done}");
    assert_eq!(world.world.pypi.counts().index, 0);

    // What fails at one registry does not keep the other waiting.
    world.npm.publish("@plone/volto", "1.1.0", &volto("of npm"));
    world.world.pypi.fail_next(
        1000,
        pyfa_testkit::pypi::On::Everything,
        pyfa_testkit::pypi::Fault::Status(503),
    );
    run(&["jobs", "run", "fetch-incremental", "--target", both]).exits(0);
    let mut command = world.command(&["worker", "--once"]);
    outcome(
        command
            .env("PROFILES_DIR", &profiles)
            .env("PYPI_MAX_RETRIES", "0"),
    )
    .exits(0);
    assert_ne!(job("3")["state"], json!("done"));
    assert_eq!(world.world.document_count(), 3);
}

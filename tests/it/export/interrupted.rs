//! What happens when an export does not come to its end: it is killed, or the server's answer is not
//! whole. The old export stays as it was.

use std::process::Stdio;

use anyhow::Result;
use pyfa_testkit::pypi::ReleaseSpec;

use super::tree;
use crate::embedded::Home;
use crate::support::gate::Gate;
use crate::support::{World, kill, outcome, plone, until};

/// Lines of an export that pass, of 80.
const LINES: usize = 20;

#[test]
fn an_answer_that_is_not_whole_makes_no_export() -> Result<()> {
    let Some(world) = World::empty() else {
        return Ok(());
    };
    for number in 0..40 {
        for version in ["1.0", "1.1"] {
            let name = format!("plone.part{number:02}");
            world.pypi.publish(&name, version, &plone(version));
        }
    }
    world.pypi(&["-f", "-p", "plone"]).exits(0);
    let gate = Gate::before(world.typesense.port());
    let run = |format: &str, output: &str| {
        let target = world.target.as_str();
        let mut command = world.command(&[
            "export", "-p", "plone", "-t", target, "--to", format, "-o", output,
        ]);
        command.env("TYPESENSE_PORT", gate.port().to_string());
        outcome(&mut command)
    };
    let formats = ["jsonl", "csv", "sqlite", "markdown", "site"];
    for format in formats {
        let output = format!("export-{format}");
        let place = world.home.path().join(&output);
        gate.cut(LINES, usize::MAX);
        let refused = run(format, &output).exits(1);
        assert!(refused.stderr.contains("20 of "), "{}", refused.stderr);
        assert!(!place.exists(), "{format}");
        // Where only the first is cut, the others make it good.
        gate.cut(LINES, 1);
        run(format, &output).exits(0);
        let made = state(&place)?;
        gate.cut(LINES, usize::MAX);
        run(format, &output).exits(1);
        assert!(state(&place)? == made, "{format}");
        gate.tell_the_truth();
    }
    let entries = fs_err::read_dir(world.home.path())?.flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let left: Vec<String> = names.filter(|name| name.ends_with(".export")).collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

/// Everything at a place: a file or a folder.
fn state(place: &std::path::Path) -> Result<Vec<(String, Vec<u8>)>> {
    if place.is_dir() {
        return Ok(tree(place)?.into_iter().collect());
    }
    Ok(vec![(String::new(), fs_err::read(place)?)])
}

#[test]
fn a_killed_export_leaves_the_old_one_whole() -> Result<()> {
    let home = Home::with_registry()?;
    home.run(&["pypi", "-f", "-p", "plone"]).exits(0);
    let export = ["export", "-p", "plone", "--to", "site", "-o", "site"];
    home.run(&export).exits(0);
    let site = home.path("site");
    let before = tree(&site)?;
    assert!(before.len() > 100);
    // Something has changed since, so that the new one would differ.
    let registry = home.registry();
    registry.publish("plone.part00", "3.0", &plone("new"));
    registry.publish("plone.more", "1.0", &ReleaseSpec::new());
    home.run(&["pypi", "-i", "-p", "plone"]).exits(0);
    let work = home.path(".site.export");
    for moment in ["lock", "documents.sqlite", "result/plone/plone.part03"] {
        let mut command = home.command(&export);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        until("the export has come so far", || work.join(moment).exists());
        kill(child);
        assert!(tree(&site)? == before, "{moment}");
        assert!(work.exists());
    }
    home.run(&export).exits(0);
    assert!(!work.exists());
    let after = tree(&site)?;
    assert!(after.contains_key("plone/plone.part00/2.0/index.html"));
    assert!(!before.contains_key("plone/plone.part00/2.0/index.html"));
    Ok(())
}

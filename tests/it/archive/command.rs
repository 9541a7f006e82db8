//! `pyfa archive` as its users start it.

use anyhow::{Context, Result};
use pyfa_testkit::github::schema_or_skip;
use serde_json::Value;

use super::{busy, do_things, run, sync, text};

#[test]
fn an_archive_begins_is_kept_and_goes() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(30)?;
    let home = tempfile::tempdir()?;
    let archive = |words: &[&str]| run(home.path(), &github, &[&["archive"], words].concat());
    archive(&["sync", "ada"]).exits(2);
    let early = archive(&["status", "--folder", "a"]).exits(2);
    assert!(
        early.stderr.contains("pyfa archive sync LOGIN"),
        "{early:?}"
    );
    archive(&["sync", "a b", "--folder", "a"]).exits(2);
    archive(&["sync", "nobody-there", "--folder", "a"]).exits(1);

    let synced = archive(&["sync", "ada", "--folder", "a"]).exits(0);
    let line = "30 commits, 10 issues, 6 pull requests, 6 reviews, 16 comments";
    assert!(synced.stdout.contains(line), "{synced:?}");
    let status = archive(&["status", "--folder", "a", "--format", "json"]).exits(0);
    assert_eq!(status.report["items"]["commit"], 30, "{status:?}");
    assert_eq!(status.report["account"]["login"], "ada");
    let shown = archive(&["status", "--folder", "a"]).exits(0);
    assert!(shown.stdout.contains("pull requests     6"), "{shown:?}");
    archive(&["verify", "--folder", "a"]).exits(0);

    // Only what is new is asked for.
    github.controls().reset();
    do_things(&github, 30);
    let again = sync(home.path(), &github, "a", &[]).exits(0);
    assert_eq!(again.report["total"]["commit"], 31, "{again:?}");
    assert!(again.number("weeks") <= 2, "{again:?}");
    assert!(again.number("calls") < 12, "{again:?}");

    // Somebody else's archive is elsewhere.
    let other = archive(&["sync", "ben", "--folder", "a"]).exits(2);
    assert!(other.stderr.contains("another account"), "{other:?}");
    fs_err::create_dir(home.path().join("mine"))?;
    fs_err::write(home.path().join("mine/letter.txt"), "dear")?;
    archive(&["sync", "ada", "--folder", "mine"]).exits(2);

    fs_err::write(home.path().join("a/letter.txt"), "dear")?;
    archive(&["delete", "--folder", "a"]).exits(2);
    archive(&["delete", "--folder", "a", "-f"]).exits(0);
    let left = super::files(&home.path().join("a"))?;
    assert_eq!(left.into_keys().collect::<Vec<_>>(), ["letter.txt"]);
    Ok(())
}

#[test]
fn a_login_that_is_none_reaches_neither_the_disk_nor_github() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(1)?;
    let home = tempfile::tempdir()?;
    let inside = home.path().join("inside");
    fs_err::create_dir(&inside)?;
    for login in [
        "../../up",
        "/tmp/up",
        "a/b",
        "ada is:private",
        "ada\nben",
        ".",
        "-",
        "ä",
    ] {
        github.controls().reset();
        let words = ["archive", "sync", "--folder", "a", "--", login];
        let refused = run(&inside, &github, &words);
        // A dash alone may be a login, of which GitHub knows nothing.
        assert!([1, 2].contains(&refused.code), "{login}: {refused:?}");
        assert!(login == "-" || github.controls().count("") == 0, "{login}");
    }
    let left = super::files(home.path())?;
    let names: Vec<&str> = left.keys().map(String::as_str).collect();
    assert!(
        names.iter().all(|name| name.starts_with("inside/")),
        "{names:?}"
    );
    Ok(())
}

#[test]
fn private_repositories_are_read_only_if_somebody_says_so() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(20)?;
    let home = tempfile::tempdir()?;
    let folder = home.path().join("a");
    {
        let mut world = github.world();
        let number = world.open("ada/secret", "ada", "hidden problem", true);
        world.comment("ada/secret", number, "ada", "hidden words");
        world.review("ada/secret", number, "ada", "approved");
    }
    sync(home.path(), &github, "a", &[]).exits(0);
    assert!(!text(&folder)?.contains("hidden") && !text(&folder)?.contains("ada/secret"));
    let with = sync(home.path(), &github, "a", &["--private"]).exits(0);
    assert_eq!(with.report["was_cleared"], true, "{with:?}");
    let all = text(&folder)?;
    for part in ["hidden work", "hidden problem", "hidden words"] {
        assert!(all.contains(part), "{part}");
    }
    // It stays so, until it is taken back.
    sync(home.path(), &github, "a", &[]).exits(0);
    assert!(text(&folder)?.contains("hidden work"));
    sync(home.path(), &github, "a", &["--public"]).exits(0);
    assert!(!text(&folder)?.contains("hidden") && !text(&folder)?.contains("ada/secret"));
    Ok(())
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(15)?;
    let home = tempfile::tempdir()?;
    let folder = home.path().join("a");
    sync(home.path(), &github, "a", &[]).exits(0);
    let verify = || {
        run(
            home.path(),
            &github,
            &["archive", "verify", "--folder", "a", "--format", "json"],
        )
    };
    verify().exits(0);
    for (name, bytes) in super::files(&folder)? {
        if name == ".lock" {
            continue;
        }
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            *changed.get_mut(place).context("a byte")? ^= 0x01;
            fs_err::write(folder.join(&name), &changed)?;
            let found = verify().exits(1);
            assert_eq!(
                found.report["damages"][0]["file"],
                name.as_str(),
                "{place}: {found:?}"
            );
        }
        fs_err::write(folder.join(&name), bytes)?;
    }
    verify().exits(0);
    // A week that is damaged is read again.
    let names = super::files(&folder)?;
    let week = names
        .keys()
        .find(|name| name.contains("-W"))
        .context("a week")?;
    let whole = names[week].clone();
    fs_err::remove_file(folder.join(week))?;
    verify().exits(1);
    let name = week
        .rsplit_once('/')
        .and_then(|(_, name)| name.strip_suffix(".jsonl"));
    sync(
        home.path(),
        &github,
        "a",
        &["--since", name.context("a week")?],
    )
    .exits(0);
    assert_eq!(fs_err::read(folder.join(week))?, whole);
    verify().exits(0);
    Ok(())
}

#[test]
fn an_export_is_one_document_in_either_shape() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(15)?;
    let home = tempfile::tempdir()?;
    sync(home.path(), &github, "a", &["--private"]).exits(0);
    let export = |words: &[&str]| {
        let words = [&["archive", "export", "--folder", "a"], words].concat();
        run(home.path(), &github, &words).exits(0)
    };
    let weeks = export(&[]).report;
    let count: usize = weeks["weeks"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, items)| items.as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(count, 15 + 8 + 5 + 3 + 3 + 8);
    export(&["--shape", "original", "-o", "github.json"]);
    let original: Value = serde_json::from_slice(&fs_err::read(home.path().join("github.json"))?)?;
    let data = original["repo_data"].as_object().context("repositories")?;
    assert_eq!(data.keys().collect::<Vec<_>>(), ["ada/one", "ada/secret"]);
    let one = &data["ada/one"];
    assert_eq!(one["num_commits"], 15);
    assert_eq!(one["commits"][0]["commit"]["message"], "day 14");
    assert_eq!(
        one["last_commit_date"],
        one["commits"][0]["commit"]["committer"]["date"]
    );
    assert_eq!(original["metadata"]["num_repos"], 2);
    assert_eq!(original["metadata"]["user_info"]["login"], "ada");
    Ok(())
}

#[test]
fn without_a_token_nothing_is_asked() -> Result<()> {
    let github = busy(1)?;
    let home = tempfile::tempdir()?;
    let mut command = super::command(
        home.path(),
        &github,
        &["archive", "sync", "ada", "--folder", "a"],
    );
    let refused = crate::support::outcome(command.env_remove("GITHUB_TOKEN")).exits(2);
    assert!(refused.stderr.contains("GITHUB_TOKEN"), "{refused:?}");
    assert!(github.controls().requests().is_empty());
    assert!(!home.path().join("a").exists());
    Ok(())
}

//! GitHub and Open Humans as a process, for the archive's pages in a browser.
//!
//! There is a person `ada` with some weeks of activity, who is at the browser, is the member `12345678`
//! of Open Humans, and lets the app `app` (`secret-of-app`) and the project `project`
//! (`secret-of-project`) in at once.
//!
//! The first line on stdout is JSON with the addresses of both. Each line on stdin returns a line of
//! JSON with what there is: files of the member, and tokens that were given out. The process ends with
//! its stdin.

use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::Result;
use pyfa_testkit::github::FakeGitHub;
use pyfa_testkit::open_humans::FakeOpenHumans;
use serde_json::json;

const MEMBER: &str = "12345678";
const DAYS: u64 = 60;

fn main() -> Result<()> {
    let (github, open_humans) = (FakeGitHub::start()?, FakeOpenHumans::start()?);
    github.set_limit(1_000_000);
    github.add_client("app", "secret-of-app");
    github.sign_in("ada");
    open_humans.add_client("project", "secret-of-project");
    open_humans.sign_in(MEMBER);
    github.world().create_repository("ada/one");
    for day in 0..DAYS {
        let mut world = github.world();
        world.commit("ada/one", "ada", &format!("day {day}"));
        let number = world.open("ada/one", "ada", "a problem", false);
        world.comment("ada/one", number, "ada", "more of it");
        drop(world);
        github.controls().advance(Duration::from_hours(24));
    }
    let mut stdout = std::io::stdout();
    let addresses = json!({ "github": github.base_url(), "open_humans": open_humans.base_url() });
    writeln!(stdout, "{addresses}")?;
    stdout.flush()?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let files = open_humans.files(MEMBER).into_iter().map(|file| file.name);
        let there = json!({
            "files": files.collect::<Vec<_>>(),
            "tokens": open_humans.tokens_of(MEMBER) + github.tokens_of("ada").len(),
        });
        writeln!(stdout, "{there}")?;
        stdout.flush()?;
    }
    Ok(())
}

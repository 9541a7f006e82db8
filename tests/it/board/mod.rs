//! Boards: a project that after any changes, faults and kills holds what the rules say.

mod careful;
mod command;
mod faults;
mod files;
mod kills;
mod limits;
mod meanwhile;
mod plain;
mod stored;
mod streams;

use std::time::Duration;

use anyhow::Result;
use pyfa::board::{Board, BoardReport, BoardSession, BoardSettings, ProjectLocks, apply};
use pyfa::forge::github::{GitHub, GitHubSettings, RESERVE, RequestPacing};
use pyfa::progress::Stop;
use pyfa_testkit::github::{FakeGitHub, schema_or_skip};

pub(crate) const TOKEN: &str = "token-of-tests";
pub(crate) const PROJECT: &str = "PVT_club_5";
pub(crate) const SLUGS: [&str; 3] = ["club/alpha", "club/beta", "guest/gamma"];

/// A board with everything that a file can say.
pub(crate) const FILE: &str = r#"
[project]
owner = "club"
number = 5

[scopes]
organisations = ["club"]
repositories = ["guest/gamma"]
exclude = ["club/beta"]
exclude_except_types = ["Accessibility"]
discussions = true

[open]
closed_days = 28

[members]
teams = ["club/core"]
logins = ["eve"]
bots = ["codecov-commenter"]

[labels]
discussion_wanted = "decision|help"

[items]
link = "_linked_id"
remove = "linked"
draft_titles = "ascii"
clear_on_new_comments = ["Next"]

[fields]
"Created" = "created_at"
"Updated" = "updated_at"
"Closed" = "closed_at"
"Author" = "author"
"Votes" = "votes"
"Comments" = "comments"
"Last By" = "final_comment_author"
"Last At" = "final_comment_at"

[fields."Author Membership"]
value = "author_membership"
options = { member = "Core", other = "External author", bot = "Bot" }

[fields."Commenter Membership"]
value = "commenter_membership"
options = { member = "Core", other = "External commenter", bot = "Robot" }

[fields."Wanted"]
value = "discussion_wanted"
options = { yes = "True" }

[[views]]
name = "Community"
filter = "no:closed"
expects = { "Commenter Membership" = ["External commenter"] }
"#;

pub(crate) fn board() -> Result<Board> {
    Ok(Board::parse(FILE, "board.toml")?)
}

/// A GitHub with an empty project; `None` where there is no schema for its GraphQL API.
pub(crate) fn club() -> Result<Option<FakeGitHub>> {
    if schema_or_skip().is_none() {
        return Ok(None);
    }
    let github = FakeGitHub::start()?;
    github.allow(TOKEN);
    let mut world = github.world();
    world.organisation_id("club");
    world.set_viewer("ada");
    for slug in SLUGS {
        world.create_repository(slug);
    }
    world.join_team("club", "core", "ada");
    world.join_team("club", "core", "ben");
    assert_eq!(world.create_project("club", 5, "Needs attention"), PROJECT);
    let member = ["Core", "External author", "Bot"];
    let commenter = ["Core", "External commenter", "Robot"];
    for (name, kind, options) in [
        ("_linked_id", "TEXT", &[][..]),
        ("Created", "DATE", &[]),
        ("Updated", "DATE", &[]),
        ("Closed", "DATE", &[]),
        ("Author", "TEXT", &[]),
        ("Votes", "NUMBER", &[]),
        ("Comments", "NUMBER", &[]),
        ("Last By", "TEXT", &[]),
        ("Last At", "DATE", &[]),
        ("Next", "DATE", &[]),
        ("Author Membership", "SINGLE_SELECT", &member),
        ("Commenter Membership", "SINGLE_SELECT", &commenter),
        ("Wanted", "SINGLE_SELECT", &["True"]),
    ] {
        world.add_field(PROJECT, name, kind, options);
    }
    world.change_project(PROJECT, |project| {
        let view = ("Community".to_owned(), "no:closed".to_owned());
        project.views.push(view);
    });
    drop(world);
    Ok(Some(github))
}

pub(crate) fn session(github: &FakeGitHub) -> Result<BoardSession> {
    session_until(github, Stop::never())
}

/// A session that ends when this asks for it.
pub(crate) fn session_until(github: &FakeGitHub, stop: Stop) -> Result<BoardSession> {
    session_with(github, stop, Duration::ZERO)
}

/// A session with a pause between two changes.
pub(crate) fn session_with(
    github: &FakeGitHub,
    stop: Stop,
    pause: Duration,
) -> Result<BoardSession> {
    let settings = GitHubSettings {
        api_url: format!("{}/", github.base_url()).parse()?,
        token: Some(TOKEN.into()),
        cool_off: Duration::ZERO,
        quota_share: 1.0,
        reserve: RESERVE,
        pace: RequestPacing {
            first_pause: Duration::ZERO,
            patience: Duration::ZERO,
            backoff: Duration::ZERO,
            ..RequestPacing::default()
        },
    };
    let pauses = BoardSettings {
        pause,
        loop_pause: Duration::ZERO,
        ..BoardSettings::default()
    };
    let client = GitHub::new(&settings, "pyfa-tests")?;
    Ok(BoardSession::new(client, pauses, stop))
}

/// Applies the board once, as a program that was started now.
pub(crate) async fn apply_once(github: &FakeGitHub, board: &Board) -> Result<BoardReport> {
    let home = tempfile::tempdir()?;
    let locks = ProjectLocks {
        home: home.path().to_owned(),
        shared: None,
    };
    Ok(apply(&session(github)?, board, &locks, None).await?)
}

/// Applies, and fails unless everything is done.
pub(crate) async fn apply_fully(github: &FakeGitHub, board: &Board) -> Result<BoardReport> {
    let report = apply_once(github, board).await?;
    anyhow::ensure!(report.is_complete(), "{report:?}");
    Ok(report)
}

pub(crate) fn days(github: &FakeGitHub, days: u64) {
    github
        .controls()
        .advance(Duration::from_secs(days * 86_400));
}

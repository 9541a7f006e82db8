//! Random worlds with random changes: after each apply the project equals the plain rules.

use anyhow::{Result, ensure};
use pyfa_testkit::github::{FakeContent, FakeGitHub, FakeValue, RandomEvents, Slot};

use super::plain::{compare, wanted};
use super::{FILE, PROJECT, SLUGS, apply_fully, board, club, days};
use pyfa::board::Board;

/// Something that happens to discussions, types, votes and people.
pub(super) fn happen(random: &mut RandomEvents, github: &FakeGitHub) {
    const PEOPLE: [&str; 6] = ["ada", "cleo", "eve", "codecov-commenter", "ci[bot]", "fay"];
    let slug = SLUGS[random.below(SLUGS.len())];
    let person = PEOPLE[random.below(PEOPLE.len())];
    let mut world = github.world();
    let here = |slot: &Slot| matches!(slot, Slot::Here(_));
    let slots = world.slots(slug);
    let present: Vec<u64> = slots
        .iter()
        .filter(|(_, slot)| here(slot))
        .map(|(number, _)| *number)
        .collect();
    let repository = world.repository_id(slug);
    let talks: Vec<u64> = world
        .discussions()
        .iter()
        .filter(|talk| talk.repository == repository)
        .map(|talk| talk.number)
        .collect();
    let talk = talks.get(random.below(talks.len().max(1))).copied();
    let issue = present.get(random.below(present.len().max(1))).copied();
    match (random.below(9), talk, issue) {
        (0, Some(number), _) => {
            let closed = world.now_seconds();
            world.change_discussion(slug, number, |talk| {
                talk.closed = match talk.closed {
                    None => Some(closed),
                    Some(_) => None,
                };
            });
        }
        (1, Some(number), _) => {
            let place = world.comment_on_discussion(slug, number, person);
            if random.below(2) == 0 {
                world.reply(slug, number, place, "ben");
            }
        }
        (2, Some(number), _) => world.reply(slug, number, 0, person),
        (3, Some(number), _) => world.change_discussion(slug, number, |talk| talk.votes += 1),
        (4, Some(number), _) if random.below(4) == 0 => world.delete_discussion(slug, number),
        (5, _, Some(number)) => world.change(slug, number, true, |issue| {
            issue.kind = Some("Accessibility".to_owned());
        }),
        (6, _, Some(number)) => world.change(slug, number, true, |issue| issue.votes += 1),
        _ => {
            let title = format!("talk ü {}", random.below(1_000_000));
            world.open_discussion(slug, person, &title);
        }
    }
}

#[tokio::test]
async fn a_project_equals_the_plain_rules_after_any_changes() -> Result<()> {
    for seed in 1..=6 {
        let Some(github) = club()? else { return Ok(()) };
        let board = board()?;
        let mut random = RandomEvents::new(seed, "club", &SLUGS);
        for round in 0..8 {
            for _ in 0..25 {
                random.happen(&github);
                if random.below(3) == 0 {
                    happen(&mut random, &github);
                }
            }
            if round == 3 {
                // Everything that is closed leaves the board.
                days(&github, 30);
            }
            if round % 3 == 1 {
                days(&github, 1);
            }
            apply_fully(&github, &board)
                .await
                .map_err(|error| error.context(format!("seed {seed}, round {round}")))?;
            compare(&github).map_err(|error| error.context(format!("seed {seed}, {round}")))?;
            let before = github.world().mutations();
            let again = apply_fully(&github, &board).await?;
            ensure!(
                github.world().mutations() == before && again.mutations == 0,
                "seed {seed}: a second apply has changed something: {again:?}"
            );
        }
        ensure!(wanted(&github).len() > 5, "seed {seed} shows too little");
    }
    Ok(())
}

#[tokio::test]
async fn new_comments_empty_the_next_date_and_nothing_else_does() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let mut world = github.world();
    let quiet = world.open("club/alpha", "cleo", "quiet", false);
    let busy = world.open("club/alpha", "cleo", "busy", false);
    let talk = world.open_discussion("club/alpha", "dan", "talk");
    world.comment_on_discussion("club/alpha", talk, "ada");
    drop(world);
    apply_fully(&github, &board).await?;
    let mut world = github.world();
    let items: Vec<u64> = world.project(PROJECT).items.keys().copied().collect();
    for item in &items {
        let date = FakeValue::Date("2026-04-01".to_owned());
        world.set_value(PROJECT, *item, "Next", date);
    }
    world.comment("club/alpha", busy, "dan", "a comment on the same day");
    world.label("club/alpha", quiet, "ada", "bug");
    world.reply("club/alpha", talk, 0, "cleo");
    drop(world);
    let report = apply_fully(&github, &board).await?;
    assert_eq!(report.changed, 2, "{report:?}");
    let world = github.world();
    let project = world.project(PROJECT);
    let repository = world.repository_id("club/alpha");
    for item in project.items.values() {
        let keeps = item.content == FakeContent::Issue(repository, quiet);
        assert_eq!(project.shown(item, "Next").is_some(), keeps, "{item:?}");
    }
    drop(world);
    compare(&github)
}

#[tokio::test]
async fn bots_who_reply_are_people_if_the_file_says_so() -> Result<()> {
    for (says, expected) in [
        ("", "Robot"),
        ("bots_in_replies = false", "External commenter"),
    ] {
        let Some(github) = club()? else { return Ok(()) };
        let text = FILE.replace("[members]", &format!("[members]\n{says}"));
        let board = Board::parse(&text, "board.toml")?;
        let mut world = github.world();
        let issue = world.open("club/alpha", "cleo", "issue", false);
        world.comment("club/alpha", issue, "ci[bot]", "built");
        let talk = world.open_discussion("club/alpha", "dan", "talk");
        let place = world.comment_on_discussion("club/alpha", talk, "fay");
        drop(world);
        github.controls().advance(std::time::Duration::from_secs(5));
        github.world().reply("club/alpha", talk, place, "ci[bot]");
        apply_fully(&github, &board).await?;
        let world = github.world();
        let project = world.project(PROJECT);
        let shown = project.items.values();
        let mut shown: Vec<_> = shown
            .filter_map(|item| project.shown(item, "Commenter Membership"))
            .collect();
        shown.sort();
        let mut all = ["Robot", expected];
        all.sort_unstable();
        assert_eq!(shown, all, "{says}");
    }
    Ok(())
}

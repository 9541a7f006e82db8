//! The rules once more, as plainly as they can be said, over the world itself.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use jiff::Timestamp;
use pyfa_testkit::github::{FakeContent, FakeGitHub, World};

use super::PROJECT;

/// What an item is about, and what its fields show.
type Shown = BTreeMap<String, BTreeMap<&'static str, Option<String>>>;

const FIELDS: [&str; 11] = [
    "Created",
    "Updated",
    "Closed",
    "Author",
    "Votes",
    "Comments",
    "Last By",
    "Last At",
    "Author Membership",
    "Commenter Membership",
    "Wanted",
];

/// What a plain thing tells.
struct Thing<'t> {
    created: u64,
    updated: u64,
    closed: Option<u64>,
    author: u64,
    votes: u64,
    labels: &'t [String],
    /// Authors and times of all comments and replies, and which of them are replies.
    comments: Vec<(u64, u64, bool)>,
    is_discussion: bool,
}

fn day(seconds: u64) -> String {
    let time = Timestamp::from_second(i64::try_from(seconds).unwrap_or(0)).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}

fn membership(world: &World<'_>, id: u64, bot: &str, other: &str) -> String {
    match world.login(id).as_deref() {
        Some("eve") => "Core".to_owned(),
        Some(_) if world.team("club", "core").contains(&id) => "Core".to_owned(),
        Some("codecov-commenter") => bot.to_owned(),
        Some(_)
            if world
                .accounts()
                .iter()
                .any(|user| user.id == id && user.is_bot) =>
        {
            bot.to_owned()
        }
        _ => other.to_owned(),
    }
}

fn fields(world: &World<'_>, thing: &Thing<'_>) -> BTreeMap<&'static str, Option<String>> {
    let login = |id: u64| world.login(id);
    let bare =
        |login: Option<String>| login.map(|login| login.trim_end_matches("[bot]").to_owned());
    // The last comment; a reply only if it is later than that.
    let comment = thing.comments.iter().rfind(|one| !one.2);
    let reply = thing.comments.iter().filter(|one| one.2);
    let reply = reply.max_by_key(|one| one.1);
    let last = match (comment, reply) {
        (Some(comment), Some(reply)) if reply.1 > comment.1 => Some(reply),
        (comment, reply) => comment.or(reply),
    };
    let (last_by, last_at) = last.map_or((thing.author, thing.created), |one| (one.0, one.1));
    let wants = |label: &String| {
        let label = label.to_lowercase();
        label.contains("decision") || label.contains("help")
    };
    let is_wanted = thing.is_discussion || thing.labels.iter().any(wants);
    BTreeMap::from([
        ("Created", Some(day(thing.created))),
        ("Updated", Some(day(thing.updated))),
        ("Closed", thing.closed.map(day)),
        ("Author", bare(login(thing.author))),
        ("Votes", Some(thing.votes.to_string())),
        ("Comments", Some(thing.comments.len().to_string())),
        ("Last By", bare(login(last_by))),
        ("Last At", Some(day(last_at))),
        (
            "Author Membership",
            Some(membership(world, thing.author, "Bot", "External author")),
        ),
        (
            "Commenter Membership",
            Some(membership(world, last_by, "Robot", "External commenter")),
        ),
        ("Wanted", is_wanted.then(|| "True".to_owned())),
    ])
}

/// What belongs on the board, by `owner/name#number` or the title of a draft.
pub(super) fn wanted(github: &FakeGitHub) -> Shown {
    let now = github.controls().now();
    let oldest = (now / 86_400 - 28) * 86_400;
    let world = github.world();
    let mut wanted = Shown::new();
    let is_recent = |closed: Option<u64>| closed.is_none_or(|closed| closed >= oldest);
    for (slug, repository, issue) in world.issues() {
        let is_left_out = slug == "club/beta" && issue.kind.as_deref() != Some("Accessibility");
        let is_hidden = world.is_hidden(repository, issue.number);
        if is_left_out || is_hidden || !is_recent(issue.closed) {
            continue;
        }
        let comments = issue.events.iter().filter(|one| one.kind == "commented");
        let thing = Thing {
            created: issue.created,
            updated: issue.updated,
            closed: issue.closed,
            author: issue.author,
            votes: issue.votes,
            labels: &issue.labels,
            comments: comments
                .map(|one| (one.actor, one.created, false))
                .collect(),
            is_discussion: false,
        };
        wanted.insert(format!("{slug}#{}", issue.number), fields(&world, &thing));
    }
    let names: BTreeMap<u64, String> = world.repositories().into_iter().collect();
    for talk in world.discussions() {
        let Some(slug) = names.get(&talk.repository) else {
            continue;
        };
        if slug == "club/beta" || !is_recent(talk.closed) {
            continue;
        }
        let comments = talk.threads.iter().flat_map(|thread| {
            let replies = thread.replies.iter().map(|(by, at)| (*by, *at, true));
            std::iter::once((thread.author, thread.created, false)).chain(replies)
        });
        let thing = Thing {
            created: talk.created,
            updated: talk.updated,
            closed: talk.closed,
            author: talk.author,
            votes: talk.votes,
            labels: &talk.labels,
            comments: comments.collect(),
            is_discussion: true,
        };
        let title: String = talk.title.chars().filter(char::is_ascii).collect();
        let url = format!("https://github.com/{slug}/discussions/{}", talk.number);
        wanted.insert(format!("{title} {url}"), fields(&world, &thing));
    }
    wanted
}

/// What the project shows of items that a board has put there, and of those it fills in.
pub(super) fn shown(github: &FakeGitHub) -> Result<Shown> {
    let world = github.world();
    let names: BTreeMap<u64, String> = world.repositories().into_iter().collect();
    let project = world.project(PROJECT);
    let mut all = Shown::new();
    for item in project.items.values() {
        let name = match &item.content {
            FakeContent::Issue(repository, number) => {
                let Some((repository, number)) = world.where_is(*repository, *number) else {
                    continue;
                };
                let slug = names
                    .get(&repository)
                    .map(String::as_str)
                    .unwrap_or_default();
                if world.is_hidden(repository, number) {
                    continue;
                }
                format!("{slug}#{number}")
            }
            FakeContent::Draft { title, body } => format!("{title} {body}"),
        };
        let values = FIELDS.map(|field| (field, project.shown(item, field)));
        let known = all.insert(name.clone(), values.into());
        ensure!(known.is_none(), "{name} is on the project twice");
    }
    Ok(all)
}

/// Fails unless the project shows exactly what belongs on it.
pub(super) fn compare(github: &FakeGitHub) -> Result<()> {
    let (wanted, shown) = (wanted(github), shown(github)?);
    for (name, fields) in &wanted {
        let Some(found) = shown.get(name) else {
            anyhow::bail!("{name} is missing; there are {:?}", shown.keys());
        };
        for (field, value) in fields {
            let found = found.get(field).cloned().flatten();
            ensure!(
                found == *value,
                "{name}, {field}: {found:?} instead of {value:?}"
            );
        }
    }
    let others: Vec<_> = shown
        .keys()
        .filter(|name| !wanted.contains_key(*name))
        .collect();
    ensure!(others.is_empty(), "these do not belong there: {others:?}");
    Ok(())
}

//! The map: developers and repositories.

use crate::records::ColumnKind::{Boolean, Integer, Text, Time};
use crate::records::{Column, Lookup, Resource};

/// What can be compared with nothing, too.
const TEXT: &[Lookup] = &[
    Lookup::Exact,
    Lookup::In,
    Lookup::Less,
    Lookup::AtMost,
    Lookup::Greater,
    Lookup::AtLeast,
    Lookup::StartsWith,
    Lookup::IsNull,
];
/// The same for what people write.
const WORDS: &[Lookup] = &[
    Lookup::Exact,
    Lookup::In,
    Lookup::Less,
    Lookup::AtMost,
    Lookup::Greater,
    Lookup::AtLeast,
    Lookup::StartsWith,
    Lookup::IsNull,
    Lookup::Contains,
];

const CREATED: Column = Column::new("created_at", Time, "When it was created.")
    .filtered(Lookup::RANGE)
    .ordered();
const UPDATED: Column = Column::new("updated_at", Time, "When it last changed.")
    .filtered(Lookup::RANGE)
    .ordered();
const ID: Column = Column::new("id", Text, "A UUID that is made of GitHub's id.").required();
const GITHUB_ID: Column = Column::new("github_id", Integer, "GitHub's id.")
    .filtered(Lookup::CHOICE)
    .required();

const fn count(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Integer, description)
        .filtered(Lookup::RANGE)
        .ordered()
        .required()
}

const fn switch(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Boolean, description).filtered(Lookup::EXACT)
}

const fn text(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Text, description).filtered(TEXT)
}

const fn words(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Text, description).filtered(WORDS)
}

/// Developers.
pub const DEVELOPERS: Resource = Resource {
    name: "developers",
    table: "developers",
    condition: Some("state = 'present' AND read_at IS NOT NULL"),
    key: &["id"],
    columns: &[
        ID,
        GITHUB_ID,
        text("login", "The login."),
        text("type", "`User`, `Organization` or `Bot`."),
        words("name", "The name."),
        text("location", "The place."),
        words("bio", "What the developer says of themselves."),
        text("company", "The company."),
        text("email", "The public e-mail address.").personal(),
        count("followers_count", "How many follow the developer."),
        count("following_count", "How many the developer follows."),
        count("public_gists", "Public gists."),
        count("public_repos", "Public repositories."),
        Column::new(
            "starred_count",
            Integer,
            "Stars given, if the list was read.",
        ),
        CREATED,
        UPDATED,
        Column::new("avatar_url", Text, "The picture."),
        Column::new("html_url", Text, "The page on GitHub."),
        Column::new("synced_at", Time, "When everything was last read."),
    ],
    default_order: "-created_at",
    description: "Developers of the map whose account was read and is there.",
};

/// Repositories.
pub const REPOSITORIES: Resource = Resource {
    name: "repositories",
    table: "discovered_repositories",
    condition: Some("state = 'present'"),
    key: &["id"],
    columns: &[
        ID,
        GITHUB_ID,
        Column::new("owner_github_id", Integer, "GitHub's id of the owner.")
            .filtered(Lookup::CHOICE)
            .required(),
        text("name", "The name without the owner.").required(),
        text("full_name", "Owner and name.").required(),
        words("description", "The description."),
        text("homepage", "The home page."),
        text("language", "The language that most of it is written in."),
        CREATED,
        UPDATED,
        Column::new("pushed_at", Time, "When something was last pushed.")
            .filtered(Lookup::RANGE)
            .ordered(),
        switch("has_downloads", "Whether it has downloads."),
        switch("has_issues", "Whether it has issues."),
        switch("has_pages", "Whether it has pages."),
        switch("has_projects", "Whether it has projects."),
        switch("has_wiki", "Whether it has a wiki."),
        switch("private", "Whether it is private."),
        switch("archived", "Whether it is archived."),
        switch("disabled", "Whether it is disabled."),
        switch("fork", "Whether it is a fork."),
        count("stargazers_count", "Stars."),
        Column::new("subscribers_count", Integer, "Those who watch it.")
            .filtered(Lookup::RANGE)
            .ordered(),
        count(
            "watchers_count",
            "The same number as stars, as GitHub gives it.",
        ),
        count("forks_count", "Forks."),
        count("open_issues_count", "Open issues and pull requests."),
        Column::new("synced_at", Time, "When everything was last read."),
    ],
    default_order: "-created_at",
    description: "Repositories of the map that GitHub shows.",
};

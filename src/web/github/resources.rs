//! What can be asked about developers and repositories: the filters of the original, over the tables
//! of the map. Plain data.

use crate::records::ColumnKind::{Boolean, Integer, Text, Time};
use crate::records::{Column, Lookup, Resource};

const RANGE: &[Lookup] = &[Lookup::Exact, Lookup::AtMost, Lookup::AtLeast];
const RANGE_OR_NOTHING: &[Lookup] = &[
    Lookup::Exact,
    Lookup::AtMost,
    Lookup::AtLeast,
    Lookup::IsNull,
];
const WORDS: &[Lookup] = &[
    Lookup::Exact,
    Lookup::AtMost,
    Lookup::AtLeast,
    Lookup::IsNull,
    Lookup::Contains,
];

/// A table in the shape of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Developers,
    Repositories,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Shaped {
    pub(super) kind: Kind,
    pub(super) resource: &'static Resource,
}

pub(super) const DEVELOPERS: Shaped = Shaped {
    kind: Kind::Developers,
    resource: &DEVELOPER_ROWS,
};
pub(super) const REPOSITORIES: Shaped = Shaped {
    kind: Kind::Repositories,
    resource: &REPOSITORY_ROWS,
};

const fn column(
    name: &'static str,
    kind: crate::records::ColumnKind,
    lookups: &'static [Lookup],
) -> Column {
    Column::new(name, kind, "").filtered(lookups)
}

const CREATED: Column = column("created_at", Time, RANGE).ordered();
const UPDATED: Column = column("updated_at", Time, RANGE).ordered();

const fn count(name: &'static str) -> Column {
    column(name, Integer, RANGE).ordered().required()
}

const fn switch(name: &'static str) -> Column {
    column(name, Boolean, Lookup::EXACT)
}

static DEVELOPER_ROWS: Resource = Resource {
    name: "developers",
    table: "developers",
    condition: Some("state = 'present' AND read_at IS NOT NULL"),
    key: &["id"],
    columns: &[
        Column::new("id", Text, "").required(),
        Column::new("github_id", Integer, "").required(),
        column("login", Text, RANGE),
        column("name", Text, WORDS),
        column("location", Text, RANGE_OR_NOTHING),
        column("bio", Text, WORDS),
        column("company", Text, RANGE_OR_NOTHING),
        column("email", Text, RANGE_OR_NOTHING).personal(),
        CREATED,
        UPDATED,
        count("followers_count"),
        count("following_count"),
        count("public_gists"),
        count("public_repos"),
    ],
    default_order: "-created_at",
    description: "",
};

static REPOSITORY_ROWS: Resource = Resource {
    name: "repositories",
    table: "discovered_repositories",
    condition: Some("state = 'present'"),
    key: &["id"],
    columns: &[
        Column::new("id", Text, "").required(),
        Column::new("github_id", Integer, "").required(),
        column("owner_github_id", Integer, Lookup::EXACT).required(),
        column("name", Text, Lookup::EXACT).required(),
        column("full_name", Text, Lookup::EXACT).required(),
        column(
            "description",
            Text,
            &[Lookup::Exact, Lookup::IsNull, Lookup::Contains],
        ),
        column("homepage", Text, &[Lookup::Exact, Lookup::IsNull]),
        column("language", Text, &[Lookup::Exact, Lookup::IsNull]),
        CREATED,
        UPDATED,
        switch("has_downloads"),
        switch("has_issues"),
        switch("has_pages"),
        switch("has_projects"),
        switch("has_wiki"),
        switch("private"),
        switch("archived"),
        switch("disabled"),
        count("stargazers_count"),
        column("subscribers_count", Integer, RANGE).ordered(),
        count("watchers_count"),
        count("open_issues_count"),
    ],
    default_order: "-created_at",
    description: "",
};
